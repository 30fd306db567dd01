/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logger process. A round gathers what is new in the rings, lets every destination write, and
 * frees of each ring what no destination waits for any more. After a round with work it naps
 * (workers do not wake it), so that under load it runs some fifty times a second whatever comes;
 * only when nothing came it sleeps until a worker writes to the eventfd.
 */
#include "log/logger.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "log/outlet.h"
#include "shm/ring.h"

enum { NAP_MS = 20, SLEEP_MS = 1000, STOP_MS = 5000, PREDECESSOR_MS = 10000 };

struct logger {
	const struct logger_setup	*s;
	struct logdest_file		*file;
	struct outlet			*outlets[LOGDEST_MAX];
	unsigned			 n_outlets;
	/* by ring: gathered up to here; may be freed up to here */
	uint64_t			*scan, *low;
	uint64_t			 stop_ms;	/* asked to stop: when to give up */
	uint64_t			 said_damage_s, said_lost_s;
};

static volatile sig_atomic_t	 told_to_end;
static pid_t			 master;

/* systemd and timeout(1) send SIGTERM to everybody: while there is a master it alone says when. */
static void
on_term(int sig, siginfo_t *from, void *context)
{
	(void)sig;
	(void)context;
	if (master == 0 || from->si_pid == master)
		told_to_end = 1;
}

static void
set_signals(void)
{
	static const int	 ignored[] = { SIGPIPE, SIGINT, SIGHUP, SIGUSR1 };
	struct sigaction	 sa = { .sa_handler = SIG_IGN };
	sigset_t		 none;

	for (size_t i = 0; i < COUNT_OF(ignored); i++)
		sigaction(ignored[i], &sa, NULL);
	told_to_end = 0;
	sa = (struct sigaction){ .sa_sigaction = on_term, .sa_flags = SA_SIGINFO };
	sigaction(SIGTERM, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static uint64_t
now_ms(void)
{
	return clock_exact_us() / 1000;
}

/*
 * Another logger may be finishing after its master was killed: two readers would write lines twice.
 */
static void
wait_for_predecessor(const struct logdest_table *t)
{
	struct timespec	 pause = { .tv_nsec = 10 * 1000 * 1000 };
	uint64_t	 until = now_ms() + PREDECESSOR_MS;

	while (!logdest_take(t) && now_ms() < until) {
		atomic_fetch_add(&logdest_orders(t)->rounds, 1);
		nanosleep(&pause, NULL);
	}
}

/* A ring that was made anew has other positions: nothing of it has been written. */
static void
forget_old_ring(struct logdest_file *t, unsigned r)
{
	for (int i = 0; i < LOGDEST_MAX && atomic_load(&t->row[i].used) != 0; i++) {
		struct logdest	*j = &t->row[i];

		j->done[r] = j->next[r] = 0;
		atomic_store(&j->open, 0);
	}
}

static void
open_rings(struct logger *l)
{
	for (unsigned r = 0; r < l->s->n_rings; r++) {
		struct ring	*ring = l->s->rings[r];

		if (ring == NULL)
			continue;
		if (l->file->ring_id[r] != ring_id(ring)) {
			if (l->file->ring_id[r] != 0)
				forget_old_ring(l->file, r);
			l->file->ring_id[r] = ring_id(ring);
		}
		l->scan[r] = ring_tail(ring);
		ring_sleep(ring, RING_AWAKE);
	}
}

static void
learn_destinations(struct logger *l)
{
	const char	*devlog = l->s->devlog != NULL ? l->s->devlog : "/dev/log";

	while (l->n_outlets < LOGDEST_MAX && atomic_load(&l->file->row[l->n_outlets].used) != 0) {
		l->outlets[l->n_outlets] = outlet_new(&l->file->row[l->n_outlets], l->s->n_rings,
		    devlog);
		l->n_outlets++;
	}
}

/* Judged: the bytes come from shared memory. */
static bool
understand(uint16_t kind, struct span bytes, struct logref *ref)
{
	size_t	 n;

	ref->name = SPAN_NONE;
	ref->line = bytes;
	if (kind == LOGREC_LINE)
		return bytes.n > 0;
	if (kind != LOGREC_USER || bytes.n < 2)
		return false;
	n = (unsigned char)bytes.p[0];
	if (n + 1 >= bytes.n)
		return false;
	ref->name = span_at(bytes.p + 1, n);
	ref->line = span_at(bytes.p + 1 + n, bytes.n - 1 - n);
	return true;
}

static unsigned
gather_ring(struct logger *l, unsigned r)
{
	struct ring	*ring = l->s->rings[r];
	struct logref	 ref = { .ring = (uint16_t)r };
	uint64_t	 damaged = ring_damaged(ring);
	uint16_t	 dest, kind;
	const void	*p;
	size_t		 n;
	unsigned	 got = 0;

	for (;;) {
		ref.from = l->scan[r];
		if (!ring_next(ring, &l->scan[r], &dest, &kind, &p, &n))
			break;
		ref.end = l->scan[r];
		if (dest >= l->n_outlets)
			learn_destinations(l);
		if (dest < l->n_outlets && understand(kind, span_at(p, n), &ref))
			outlet_add(l->outlets[dest], &ref);
		else if (msg_seldom(&l->said_lost_s))
			msg(MSG_ERROR,
			    "a log record of ring %u makes no sense (destination %u, kind %u)", r,
			    dest, kind);
		got++;
	}
	if (ring_damaged(ring) != damaged && msg_seldom(&l->said_damage_s))
		msg(MSG_ERROR, "log ring %u has damaged records: they are lost", r);
	return got;
}

/*
 * Whether the ring has something new. What a dead writer held is new as well: nobody is left to
 * decide about it. The position is read before the slot is looked at: if that is free then, the
 * position is a dead writer's, not its successor's.
 */
static bool
is_fresh(struct logger *l, unsigned r)
{
	struct ring		*ring = l->s->rings[r];
	struct ring_position	 p;

	if (ring == NULL)
		return false;
	p = ring_position(ring);
	if (p.head != p.held && l->s->writer_lives != NULL && !l->s->writer_lives(r))
		ring_settle_at(ring, p);
	return ring_head(ring) != l->scan[r];
}

static unsigned
gather(struct logger *l)
{
	unsigned	 got = 0;

	learn_destinations(l);
	for (unsigned r = 0; r < l->s->n_rings; r++)
		if (is_fresh(l, r))
			got += gather_ring(l, r);
	return got;
}

/* True: nothing waits. */
static bool
flush(struct logger *l)
{
	bool	 all = true;

	for (unsigned i = 0; i < l->n_outlets; i++)
		all &= outlet_flush(l->outlets[i], now_ms());
	return all;
}

static void
free_rings(struct logger *l)
{
	for (unsigned r = 0; r < l->s->n_rings; r++)
		l->low[r] = l->scan[r];
	for (unsigned i = 0; i < l->n_outlets; i++)
		outlet_low(l->outlets[i], l->low);
	for (unsigned r = 0; r < l->s->n_rings; r++)
		if (l->s->rings[r] != NULL && ring_tail(l->s->rings[r]) != l->low[r])
			ring_free_to(l->s->rings[r], l->low[r]);
}

/* A place that may drop must not make the others wait: it lets go before a ring is full. */
static void
relieve(struct logger *l)
{
	bool		 tight = false;
	uint64_t	 n;

	for (unsigned r = 0; r < l->s->n_rings; r++)
		if (l->s->rings[r] != NULL &&
		    ring_used(l->s->rings[r]) > ring_size(l->s->rings[r]) / 2)
			tight = true;
	for (unsigned i = 0; tight && i < l->n_outlets; i++)
		if ((n = outlet_drop(l->outlets[i])) > 0)
			msg(MSG_WARNING, "log %s: %llu lines dropped", l->file->row[i].spec,
			    (unsigned long long)n);
}

static void
rotate(struct logger *l)
{
	struct logdest_orders	*t = logdest_orders(l->s->table);
	uint64_t		 asked = atomic_load(&t->rotate_asked);

	if (asked == atomic_load(&t->rotate_done))
		return;
	for (unsigned i = 0; i < l->n_outlets; i++)
		outlet_rotate(l->outlets[i], atomic_load(&t->rotate_keep));
	atomic_store(&t->rotate_done, asked);
}

static void
set_readers(struct logger *l, enum ring_reader how)
{
	for (unsigned r = 0; r < l->s->n_rings; r++)
		if (l->s->rings[r] != NULL)
			ring_sleep(l->s->rings[r], how);
}

static bool
anything_new(struct logger *l)
{
	for (unsigned r = 0; r < l->s->n_rings; r++)
		if (is_fresh(l, r))
			return true;
	return false;
}

/* Descriptors to wait for and the longest wait, for destinations that are not done. */
static unsigned
waits(struct logger *l, struct pollfd *fds, int *timeout)
{
	unsigned	 n = 0;
	uint64_t	 now = now_ms(), retry;
	int		 fd;

	fds[n++] = (struct pollfd){ .fd = l->s->wake, .events = POLLIN };
	for (unsigned i = 0; i < l->n_outlets; i++) {
		retry = outlet_retry(l->outlets[i], &fd);
		if (fd >= 0)
			fds[n++] = (struct pollfd){ .fd = fd, .events = POLLOUT };
		if (retry != 0 && retry < now + (unsigned)*timeout)
			*timeout = retry > now ? (int)(retry - now) : 0;
	}
	return n;
}

static void
rest(struct logger *l, bool busy)
{
	struct pollfd	 fds[LOGDEST_MAX + 1];
	int		 timeout = busy ? NAP_MS : SLEEP_MS;
	uint64_t	 n;

	set_readers(l, busy ? RING_NAPPING : RING_SLEEPING);
	if (busy || !anything_new(l))
		poll(fds, waits(l, fds, &timeout), timeout);
	set_readers(l, RING_AWAKE);
	if (l->s->wake >= 0 && read(l->s->wake, &n, sizeof n) < 0) {
		/* nobody woke us */
	}
}

/* True: it is time to end. */
static bool
ending(struct logger *l, bool all_written)
{
	bool	 asked = told_to_end || atomic_load(&logdest_orders(l->s->table)->stop) != 0 ||
	    (master != 0 && getppid() != master);

	if (!asked)
		return false;
	if (l->stop_ms == 0)
		l->stop_ms = now_ms() + STOP_MS;
	if (all_written && !anything_new(l))
		return true;
	return now_ms() >= l->stop_ms;
}

void
logger_run(const struct logger_setup *s)
{
	struct logger	*l = mem_zero(sizeof *l);
	bool		 all;
	unsigned	 got;

	MUST(s->n_rings <= LOGDEST_RINGS);
	l->s = s;
	master = s->master;
	l->scan = mem_zero((s->n_rings + 1) * sizeof *l->scan);
	l->low = mem_zero((s->n_rings + 1) * sizeof *l->low);
	set_signals();
	l->file = logdest_file(s->table);
	wait_for_predecessor(s->table);
	open_rings(l);
	for (;;) {
		atomic_fetch_add(&logdest_orders(s->table)->rounds, 1);
		got = gather(l);
		all = flush(l);
		rotate(l);
		relieve(l);
		free_rings(l);
		if (ending(l, all))
			break;
		rest(l, got > 0);
	}
	for (unsigned i = 0; i < l->n_outlets; i++)
		outlet_free(&l->outlets[i]);
	free(l->scan);
	free(l->low);
	free(l);
}
