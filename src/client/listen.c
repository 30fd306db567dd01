/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accepting. A worker has a socket of its own for each port (SO_REUSEPORT; the master keeps them),
 * so nobody else is woken. When descriptors run short, accepting pauses and goes on by itself: what
 * waits in the queue is not lost. It pauses before they run out: who has been accepted needs more
 * of them to be served. Runs in a worker.
 */
#include "client/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "client/client.h"
#include "core/presence.h"
#include "core/shared.h"
#include "net/nearby.h"
#include "shm/board.h"

enum {
	BATCH = 64,
	PAUSE_MS = 50,
	SAY_AGAIN_MS = 60000,
	/* one part in so many of the descriptors is for origins, names, files */
	KEPT_BACK = 4,
};

struct listener {
	struct io		 io;		/* closed while it cannot be watched */
	int			 fd;
	const struct port	*port;
	struct task		 more;
	struct timer		 pause;
};

static struct listener		*list;
static size_t			 count;
static const struct settings	*settings;
static int			 enough;	/* descriptors in use: nobody is accepted beyond */
static uint64_t			 said_ms;

static void
set_keepalive(int fd, const struct port *p)
{
	int	 on = 1, idle = (int)p->ka_idle_s, each = (int)p->ka_interval_s, n;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	if (idle > 0)
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	if (each > 0)
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &each, sizeof each);
	if (each > 0 && p->ka_timeout_s > 0) {
		n = (int)(p->ka_timeout_s / p->ka_interval_s) + 1;
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &n, sizeof n);
	}
}

/* False: there is no room for it (errno); it is closed. */
static bool
welcome(struct listener *l, int fd, const struct sockaddr *sa)
{
	struct addr	 peer;
	int		 e;

	if (!addr_from_sock(&peer, sa)) {
		close(fd);
		return true;
	}
	if (!addr_is_loopback(&l->port->addr))	/* else inherited */
		nearby_tune(fd, &peer);
	if (l->port->keepalive)
		set_keepalive(fd, l->port);
	if (client_new(fd, &peer, l->port, settings))
		return true;
	e = errno;
	close(fd);
	errno = e;
	board_count(shared.board, shared.slot, BOARD_TURNED_AWAY, 1);
	return false;
}

/*
 * A new descriptor has the lowest number that is free: so many are in use, at least. INT_MAX: all.
 */
static int
in_use(void)
{
	int	 fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0 ? fd : INT_MAX;
}

static void
set_enough(void)
{
	struct rlimit	 most;
	int		 now = in_use();

	enough = INT_MAX;
	if (getrlimit(RLIMIT_NOFILE, &most) == 0 && most.rlim_cur < INT_MAX &&
	    now < (int)most.rlim_cur)
		enough = (int)most.rlim_cur - ((int)most.rlim_cur - now) / KEPT_BACK;
}

/* What still waits in the queue is not lost. */
static void
rest(struct listener *l, const char *why)
{
	if (said_ms == 0 || clock_ms() - said_ms >= SAY_AGAIN_MS) {
		said_ms = clock_ms();
		msg(MSG_WARNING, "connections wait to be accepted: %s (%u are open)", why,
		    presence_count());
	}
	if (presence_pressure != NULL)
		presence_pressure();
	timer_set(&l->pause, PAUSE_MS);
}

static const char *
reason(int error)
{
	return error == ENOSPC ? "fs.epoll.max_user_watches is reached" : strerror(error);
}

static void
refuse(struct listener *l)
{
	if (errno == EAGAIN)
		l->io.ready &= (uint8_t)~IO_READ;
	else if (io_starved(errno))
		rest(l, reason(errno));
	else				/* the connection broke while it waited (accept(2)) */
		task_later(&l->more);
}

static void
take(struct listener *l)
{
	if (timer_is_set(&l->pause))
		return;
	for (unsigned i = 0; i < BATCH; i++) {
		struct sockaddr_storage	 ss;
		socklen_t		 n = sizeof ss;
		int			 fd;

		if (!(l->io.ready & IO_READ))
			return;
		fd = accept4(l->io.fd, (struct sockaddr *)&ss, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			refuse(l);
			return;
		}
		if (!welcome(l, fd, (struct sockaddr *)&ss)) {
			rest(l, reason(errno));
			return;
		}
		if (fd >= enough) {
			rest(l, "nearly all descriptors are in use");
			return;
		}
	}
	task_later(&l->more);
}

static void
on_ready(struct io *io, unsigned events)
{
	(void)events;
	take(CONTAINER_OF(io, struct listener, io));
}

static void
on_more(struct task *t)
{
	take(CONTAINER_OF(t, struct listener, more));
}

static void
watch(struct listener *l)
{
	if (io_open(&l->io, l->fd, IO_READ, on_ready))
		task_later(&l->more);
	else
		rest(l, reason(errno));
}

static void
on_pause(struct timer *t)
{
	struct listener	*l = CONTAINER_OF(t, struct listener, pause);

	if (in_use() >= enough)
		rest(l, "nearly all descriptors are in use");
	else if (io_is_open(&l->io))
		take(l);
	else
		watch(l);
}

void
listen_start(const struct settings *s, const int *fds, size_t n)
{
	static const int	 on = 1;

	MUST(list == NULL);
	settings = s;
	set_enough();
	list = mem_zero(n * sizeof *list);
	count = n;
	for (size_t i = 0; i < n; i++) {
		struct listener *l = &list[i];

		l->port = &s->ports[i % s->n_ports];
		/* what is accepted inherits both */
		setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		nearby_tune(fds[i], &l->port->addr);
		task_init(&l->more, on_more);
		timer_init(&l->pause, on_pause);
		l->fd = fds[i];
		watch(l);
	}
}

void
listen_stop(void)
{
	for (size_t i = 0; i < count; i++) {
		task_drop(&list[i].more);
		timer_stop(&list[i].pause);
		close(io_is_open(&list[i].io) ? io_release(&list[i].io) : list[i].fd);
	}
	free(list);
	list = NULL;
	count = 0;
}
