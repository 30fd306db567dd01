/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy Eyeballs (RFC 8305, 4 and 5): the list is taken in the order of the resolver with the
 * families interleaved; an attempt that fails starts the next at once, one that is slow starts it
 * after delay_ms (or as late as gap_ms says), the first that is through wins and the others are
 * closed. An address that was silent lately (deadaddr.h) comes last. One timer serves everything.
 * The common case costs socket, TCP_NODELAY, connect and the registration.
 */
#include "net/dial.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "net/deadaddr.h"
#include "net/loop.h"
#include "net/nearby.h"

#define DIAL_TAG	TAG4('D', 'I', 'A', 'L')

enum { DIAL_MOST = 64 };		/* addresses of one list; the rest is not tried */

struct attempt {
	struct io	 io;		/* open while it is under way */
	struct dial	*d;
	struct addr	 addr;
	uint64_t	 until_ms;
};

struct dial {
	uint32_t		 tag;
	bool			 over;		/* done() has been called or is being called */
	struct dial_options	 o;
	struct addr		 bind4, bind6;	/* copies of what o points to */
	void			(*done)(void *, struct io *, const struct addr *, int);
	void			*arg;
	struct timer		 timer;
	struct task		 task;		/* ends it outside of dial_start */
	/* the end of everything; when the next attempt is due */
	uint64_t		 until_ms, next_ms;
	int			 error;
	/* addresses; the first untried; attempts under way */
	unsigned		 n, next, open;
	struct attempt		*won;
	struct attempt		 a[];
};

static uint64_t	 mark_said_s, no_address_said_s;
/* when an attempt began beside another the last time, in any dial; 0: never */
static uint64_t	 beside_ms;

static uint64_t
after(uint64_t now, uint64_t ms)
{
	return ms == 0 || ms > UINT64_MAX - now ? UINT64_MAX : now + ms;
}

/* Closes all and frees; the caller's io, if taken, is no longer ours. */
static void
dispose(struct dial *d)
{
	for (unsigned i = 0; i < d->next; i++)
		io_close(&d->a[i].io);
	timer_stop(&d->timer);
	task_drop(&d->task);
	OBJ_GONE(d);
	free(d);
}

/* Who began earlier and is still silent is remembered: the next list has him last. */
static void
learn(const struct dial *d)
{
	for (const struct attempt *a = d->a; a < d->won; a++)
		if (io_is_open(&a->io))
			deadaddr_note(&a->addr);
	if (d->n > 1)
		deadaddr_forget(&d->won->addr);
}

static void
finish(struct dial *d)
{
	if (d->won != NULL)
		learn(d);
	d->over = true;
	timer_stop(&d->timer);
	task_drop(&d->task);
	if (d->won != NULL)
		d->done(d->arg, &d->won->io, &d->won->addr, 0);
	else
		d->done(d->arg, NULL, d->next > 0 ? &d->a[d->next - 1].addr : NULL, d->error);
	dispose(d);
}

static bool
prepare(struct dial *d, int fd, const struct addr *to)
{
	bool			 v4 = addr_is_v4(to);
	const struct addr	*from = v4 ? d->o.bind4 : d->o.bind6;
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	nearby_tune(fd, to);
	if (d->o.tos != 0)
		setsockopt(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_TOS : IPV6_TCLASS, &d->o.tos,
		    sizeof d->o.tos);
	if (d->o.mark != 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_MARK, &d->o.mark, sizeof d->o.mark) != 0 &&
	    msg_seldom(&mark_said_s))
		msg(MSG_WARNING, "cannot set the mark 0x%x on an outgoing connection: %s",
		    d->o.mark, strerror(errno));
	if (from == NULL)
		return true;
	/*
	 * The port is chosen at connect(), when the other end is known: the range serves each
	 * destination anew.
	 */
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
	len = addr_to_sock(from, &ss);
	return bind(fd, (struct sockaddr *)&ss, len) == 0;
}

/* Nobody can be connected to, and the page that says so is read by those who cannot change it. */
static void
tell_no_address(const struct dial *d, const struct addr *to)
{
	const struct addr	*from = addr_is_v4(to) ? d->o.bind4 : d->o.bind6;
	char			 text[ADDR_TEXT];

	if (from != NULL)
		msg(MSG_WARNING,
		    "cannot connect from %s: no address of this machine, or all its ports are in use", addr_print(from, text));
	else
		msg(MSG_WARNING,
		    "cannot connect to %s: no address of this machine leads there, or all ports are in use (net.ipv4.ip_local_port_range)",
		    addr_print(to, text));
}

static void	 on_io(struct io *io, unsigned events);

/* True when the attempt is under way or through; else d->error says why not. */
static bool
attempt(struct dial *d, struct attempt *a, uint64_t now)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len = addr_to_sock(&a->addr, &ss);
	int			 fd = socket(ss.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	bool			 now_through;

	if (fd < 0) {
		d->error = errno;
		return false;
	}
	if (!prepare(d, fd, &a->addr))
		goto fail;
	a->until_ms = after(now, d->o.each_ms);
	now_through = connect(fd, (struct sockaddr *)&ss, len) == 0;
	if ((!now_through && errno != EINPROGRESS) ||
	    !io_open(&a->io, fd, now_through ? IO_WRITE : 0, on_io))
		goto fail;
	if (now_through)
		d->won = a;
	d->open++;
	return true;
fail:
	d->error = errno;
	close(fd);
	if (d->error == EADDRNOTAVAIL && msg_seldom(&no_address_said_s))
		tell_no_address(d, &a->addr);
	return false;
}

/* Starts the next address that can be started. */
static void
advance(struct dial *d, uint64_t now)
{
	while (d->next < d->n)
		if (attempt(d, &d->a[d->next++], now))
			break;
	d->next_ms = d->next < d->n ? now + d->o.delay_ms : UINT64_MAX;
	if (d->won != NULL || d->open == 0)
		task_later(&d->task);
}

static void
arm(struct dial *d, uint64_t now)
{
	uint64_t	 due = d->until_ms < d->next_ms ? d->until_ms : d->next_ms;

	for (unsigned i = 0; i < d->next; i++)
		if (io_is_open(&d->a[i].io) && d->a[i].until_ms < due)
			due = d->a[i].until_ms;
	if (due != UINT64_MAX)
		timer_set(&d->timer, due > now ? due - now : 1);
}

static void
give_up(struct dial *d, struct attempt *a, int error)
{
	io_close(&a->io);
	d->open--;
	d->error = error;
}

static void
on_io(struct io *io, unsigned events)
{
	struct attempt	*a = CONTAINER_OF(io, struct attempt, io);
	struct dial	*d = a->d;
	uint64_t	 now = clock_ms();
	int		 error;

	OBJ_OK(d, DIAL_TAG);
	if (d->won != NULL)
		return;			/* connected at once: the task tells */
	if (events & IO_ERR) {
		error = io_error(io);
		give_up(d, a, error != 0 ? error : ECONNREFUSED);
		advance(d, now);
		arm(d, now);
	} else if (events & IO_WRITE) {
		d->won = a;
		finish(d);
	}
}

/* Whether one may begin beside those under way; else it is due later. */
static bool
may_begin_beside(struct dial *d, uint64_t now)
{
	uint64_t	 due = (d->o.gap_ms == 0 || beside_ms == 0) ? now :
	    after(beside_ms, d->o.gap_ms);

	if (due > now) {
		d->next_ms = due;
		return false;
	}
	beside_ms = now;
	return true;
}

static void
on_timer(struct timer *t)
{
	struct dial	*d = CONTAINER_OF(t, struct dial, timer);
	uint64_t	 now = clock_ms();
	bool		 lost = false;

	OBJ_OK(d, DIAL_TAG);
	if (d->won != NULL)
		return;
	if (now >= d->until_ms) {
		d->error = ETIMEDOUT;
		finish(d);
		return;
	}
	for (unsigned i = 0; i < d->next; i++) {
		if (!io_is_open(&d->a[i].io) || now < d->a[i].until_ms)
			continue;
		give_up(d, &d->a[i], ETIMEDOUT);
		deadaddr_note(&d->a[i].addr);
		lost = true;
	}
	if (lost || (now >= d->next_ms && may_begin_beside(d, now)))
		advance(d, now);
	arm(d, now);
}

static void
on_task(struct task *t)
{
	struct dial	*d = CONTAINER_OF(t, struct dial, task);

	OBJ_OK(d, DIAL_TAG);
	finish(d);
}

/* The list's order with the families taken in turn, beginning with that of the first address. */
static void
interleave(struct dial *d, const struct addr *list)
{
	size_t	 at[2] = { 0, 0 };
	bool	 first = addr_is_v4(&list[0]);
	int	 turn = 0;

	for (unsigned i = 0; i < d->n; turn = !turn) {
		size_t	*j = &at[turn];

		while (*j < d->n && addr_is_v4(&list[*j]) != (turn == 0 ? first : !first))
			++*j;
		if (*j == d->n)
			continue;
		d->a[i].addr = list[(*j)++];
		d->a[i].io.fd = -1;
		d->a[i++].d = d;
	}
}

/* Behind the others, in their order; they are tried all the same. */
static void
dead_last(struct dial *d)
{
	struct addr	 dead[DIAL_MOST];
	unsigned	 alive = 0, n = 0;

	for (unsigned i = 0; i < d->n; i++)
		if (deadaddr_is(&d->a[i].addr))
			dead[n++] = d->a[i].addr;
		else
			d->a[alive++].addr = d->a[i].addr;
	for (unsigned i = 0; i < n; i++)
		d->a[alive + i].addr = dead[i];
}

/* Makes *from point to a copy of ours without a port. */
static void
borrow(const struct addr **from, struct addr *copy)
{
	if (*from == NULL)
		return;
	*copy = **from;
	copy->port = 0;
	*from = copy;
}

struct dial *
dial_start(const struct addr *list, size_t n, const struct dial_options *o,
    void (*done)(void *arg, struct io *io, const struct addr *which, int error), void *arg)
{
	struct dial	*d;
	uint64_t	 now = clock_ms();

	if (n > DIAL_MOST)
		n = DIAL_MOST;
	d = mem_zero(sizeof *d + n * sizeof d->a[0]);
	d->tag = DIAL_TAG;
	d->o = *o;
	borrow(&d->o.bind4, &d->bind4);
	borrow(&d->o.bind6, &d->bind6);
	d->done = done;
	d->arg = arg;
	d->n = (unsigned)n;
	d->error = EHOSTUNREACH;	/* an empty list */
	d->until_ms = after(now, o->timeout_ms);
	timer_init(&d->timer, on_timer);
	task_init(&d->task, on_task);
	if (n > 0)
		interleave(d, list);
	if (n > 1)
		dead_last(d);
	advance(d, now);
	if (d->open > 0)
		arm(d, now);
	return d;
}

void
dial_cancel(struct dial **dp)
{
	struct dial	*d = *dp;

	*dp = NULL;
	if (d == NULL)
		return;
	OBJ_OK(d, DIAL_TAG);
	if (!d->over)
		dispose(d);
}
