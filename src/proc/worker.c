/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker: starts what a request may need, tells the master that it serves, and runs the loop
 * until it is told to leave, or until the master is dead (then it finishes what it has, because
 * nobody would replace it). In the worker.
 */
#include "proc/worker.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "access/rewrite.h"
#include "acl/external.h"
#include "auth/auth.h"
#include "base/clock.h"
#include "base/msg.h"
#include "base/must.h"
#include "cache/stored.h"
#include "cache/storeid.h"
#include "client/client.h"
#include "core/shared.h"
#include "log/log.h"
#include "net/dns.h"
#include "net/io.h"
#include "net/loop.h"
#include "path.h"
#include "proc/inforce.h"
#include "proc/leash.h"
#include "proc/storage.h"
#include "shm/board.h"
#include "store/store.h"

enum {
	LOOK_MS = 5, LOOK_MOST_MS = 160, ABORT_MS = 45, ORPHAN_MS = 1000,
	CROWD = 200,		/* so many connections leave something worth giving back */
};

static struct io		 leash_io, wake_io;
static struct timer		 leaving;	/* looks whether everything is finished */
/* at the latest; UINT64_MAX: the master says when */
static uint64_t			 leave_by_ms;
static uint64_t			 look_ms = LOOK_MS;
static bool			 draining, quitting;

static void
look(struct timer *t)
{
	if (!path_busy() || clock_ms() >= leave_by_ms) {
		loop_stop();
		return;
	}
	/* Many draining workers with a tunnel each must not be many that wake all the time. */
	look_ms = look_ms * 2 < LOOK_MOST_MS ? look_ms * 2 : LOOK_MOST_MS;
	timer_set(t, quitting ? LOOK_MS : look_ms);
}

static void
drain(uint64_t within_ms)
{
	if (draining)
		return;
	draining = true;
	board_set_state(shared.board, shared.slot, BOARD_DRAINING);
	leave_by_ms = within_ms == UINT64_MAX ? UINT64_MAX : clock_ms() + within_ms;
	client_stop_accepting();
	client_drain();
	timer_set(&leaving, 1);
}

/* What is under way ends now, with its record; the loop turns a little longer, for a full ring. */
static void
quit(void)
{
	if (quitting)
		return;
	quitting = true;
	board_set_state(shared.board, shared.slot, BOARD_ENDING);
	if (!draining)
		client_stop_accepting();
	draining = true;
	leave_by_ms = clock_ms() + ABORT_MS;
	path_abort_all();
	log_hurry();
	timer_set(&leaving, 1);
}

static void
rotate(int fd)
{
	if (fd < 0)
		return;
	dup2(fd, STDERR_FILENO);
	close(fd);
}

/*
 * What a crowd needed lies in pieces between what is in use; the library gives such pages back only
 * when it is told to.
 */
static void
give_back(void)
{
	static uint64_t	 most;
	uint64_t	 open = board_count_of(shared.board, shared.slot, BOARD_CONNECTIONS_OPEN);

	if (open > most) {
		most = open;
	} else if (most > CROWD && open < most / 4) {
		malloc_trim(0);
		most = open;
	}
}

static void
heard(struct io *io, unsigned events)
{
	int	 passed;

	(void)events;
	for (;;)
		switch (leash_hear(io->fd, &passed)) {
		case LEASH_NOTHING:
			return;
		case LEASH_DRAIN:
			drain(UINT64_MAX);
			break;
		case LEASH_FINISH:
			drain(UINT64_MAX);
			client_close_idle();
			break;
		case LEASH_QUIT:
			quit();
			break;
		case LEASH_ROTATE:
			rotate(passed);
			break;
		case LEASH_ASK:
			leash_say(io->fd, LEASH_ALIVE, -1);
			give_back();
			break;
		case LEASH_READY:	/* not for a worker */
		case LEASH_ALIVE:
			break;
		case LEASH_GONE:
			io_close(io);
			msg(MSG_ERROR, "the master is gone: finishing what there is");
			drain(ORPHAN_MS);
			/* A new master waits for us: the run directory is ours until then. */
			if (leave_by_ms == UINT64_MAX)
				leave_by_ms = clock_ms() + ORPHAN_MS;
			return;
		}
}

static void
woken(struct io *io, unsigned events)
{
	(void)io;
	(void)events;
	if (shared_store_woken != NULL)
		shared_store_woken();
}

/* A worker that does not hear what it must hear is none. */
static void
watch(struct io *io, int fd, void (*cb)(struct io *, unsigned))
{
	if (io_open(io, fd, IO_READ, cb))
		return;
	msg(MSG_ERROR, "cannot watch a descriptor: %s", errno == ENOSPC ?
	    "fs.epoll.max_user_watches is reached" : strerror(errno));
	_exit(1);
}

static void
start_storage(void)
{
	if (shared.store == NULL)
		return;
	storage_join(shared.slot);
	watch(&wake_io, storage_wake_fd(), woken);
}

static bool
host_has_v6(void)
{
	int	 fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static void
start_dns(const struct settings *s)
{
	const struct dns_settings	 d = {
		.servers = (const char *const *)s->dns_nameservers,
		.hosts_file = s->hosts_file,
		.defnames = s->dns_defnames,
		.timeout_ms = s->dns_timeout_ms,
		.retry_ms = s->dns_retransmit_interval_ms,
		.positive_ttl_s = (uint32_t)(s->positive_dns_ttl_s < UINT32_MAX ?
		s->positive_dns_ttl_s : UINT32_MAX),
		.negative_ttl_s = (uint32_t)(s->negative_dns_ttl_s < UINT32_MAX ?
		s->negative_dns_ttl_s : UINT32_MAX),
		.entries = (uint32_t)(s->ipcache_size < UINT32_MAX ? s->ipcache_size : UINT32_MAX),
		.v6 = host_has_v6(),
		.port = 53,
		.packet_max = (uint32_t)(s->dns_packet_max <= UINT16_MAX ? s->dns_packet_max : 0),
	};

	if (!dns_init(&d))
		msg(MSG_ERROR, "names cannot be looked up");
}

_Noreturn void
worker_run(const struct settings *s, int leash, int *listen_fds, size_t n)
{
	unsigned	 n_rings;

	must_context = path_context;
	clock_tick();
	loop_init();
	timer_init(&leaving, look);
	shared.ring = inforce_rings(&n_rings)[shared.slot];
	start_storage();
	stored_start();
	start_dns(s);
	path_init();
	log_start(s);
	auth_start(s);
	external_start(s);
	rewrite_start(s);
	storeid_start(s);
	client_start(s, listen_fds, n);
	free(listen_fds);
	watch(&leash_io, leash, heard);
	board_set_state(shared.board, shared.slot, BOARD_SERVING);
	leash_say(leash, LEASH_READY, -1);
	loop_run();
	if (log_waiting() > 0)
		msg(MSG_ERROR, "the log ring stayed full: the records of %u requests are lost",
		    log_waiting());
	if (shared.store != NULL)
		store_leave(shared.store);
	auth_stop();
	external_stop();
	rewrite_stop();
	storeid_stop();
	/* Not exit(): what the master would do at its end is not this process's to do. */
	_exit(0);
}
