/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log step of a worker: formats a line for each place whose ACLs hold straight into this worker's ring. A full ring makes the
 * transaction wait; which place it had come to is remembered here, so that no line is put twice.
 */
#include "log/log.h"

#include <stdlib.h>

#include "acl/notes.h"
#include "acl/rules.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/msg.h"
#include "core/format.h"
#include "core/settings.h"
#include "core/shared.h"
#include "log/logdest.h"
#include "log/peruser.h"
#include "net/loop.h"
#include "shm/board.h"
#include "shm/ring.h"

enum { LOOK_MS = 20, CLIP_HARD = 256 };

/* A transaction whose lines did not all fit. */
struct waiter {
	struct list	 node;
	struct txn	*t;		/* NULL: a tunnel, which comes again by itself */
	uint64_t	 number, interim;
	size_t		 place;		/* the first one without its line */
};

static struct list	 waiters;
static struct waiter	*woken;		/* the one that is being told of room: need not be looked for */
static struct timer	 look;
static struct txn	*ahead;		/* whose lines are in the ring, hidden */
static unsigned		 ahead_put;
static uint64_t		 dropped, said_full_s, said_drop_s;

/* Each is woken at most once a round; it ends its wait then, or finds the ring full again. */
static void
look_again(struct timer *timer)
{
	struct list	 round;

	list_init(&round);
	if (!list_empty(&waiters)) {
		list_add(&waiters, &round);
		list_remove(&waiters);		/* the nodes hang on `round` now */
	}
	while (!list_empty(&round)) {
		struct list	*n = list_first(&round);
		struct txn	*t = CONTAINER_OF(n, struct waiter, node)->t;

		list_remove(n);
		list_add(&waiters, n);
		if (t == NULL || ring_room(shared.ring) < RING_RECORD_MAX)
			continue;
		woken = CONTAINER_OF(n, struct waiter, node);
		txn_wake(t);
		woken = NULL;
	}
	if (!list_empty(&waiters))
		timer_set(timer, LOOK_MS);
}

void
log_start(const struct settings *s)
{
	(void)s;
	list_init(&waiters);
	timer_init(&look, look_again);
	if (shared.ring != NULL && !ring_reset_writer(shared.ring))
		msg(MSG_ERROR, "the log ring of slot %u made no sense: unread records are lost", shared.slot);
}

uint64_t
log_dropped(void)
{
	return dropped;
}

static struct waiter *
find_waiter(const struct txn *t, bool tunnel)
{
	if (waiters.next == NULL)		/* no log_start: tests */
		list_init(&waiters);
	if (!tunnel && woken != NULL && woken->t == t)
		return woken;
	LIST_EACH(&waiters, n) {
		struct waiter	*w = CONTAINER_OF(n, struct waiter, node);

		if (tunnel ? w->t == NULL && w->number == t->f.number : w->t == t)
			return w;
	}
	return NULL;
}

static void
end_wait(struct waiter *w)
{
	list_remove(&w->node);
	if (w == woken)
		woken = NULL;
	free(w);
}

void
log_cancel(struct txn *t)
{
	struct waiter	*w = find_waiter(t, false);

	if (w != NULL)
		end_wait(w);
}

static const struct addr *
logged_client(const struct txn *t)
{
	return t->s->log_uses_indirect_client ? &t->f.indirect : &t->f.client;
}

/* The file name in front of a per-user line. */
static void
put_name(const struct txn *t, struct sb *b)
{
	size_t	 at = b->n;

	sb_char(b, '\0');
	peruser_name(t->f.user, logged_client(t), (int64_t)(t->f.ended / 1000000), b);
	b->p[at] = (char)(b->n - at - 1);
}

/* False: the ring is full. */
static bool
put_line(const struct txn *t, const struct log_place *p)
{
	enum logrec	 kind = p->kind == LOG_PER_USER ? LOGREC_USER : LOGREC_LINE;
	char		*room = ring_reserve(shared.ring, RING_RECORD_MAX);
	struct sb	 b;
	size_t		 from;

	if (room == NULL)
		return false;
	sb_fixed(&b, room, RING_RECORD_MAX - 1);
	if (kind == LOGREC_USER)
		put_name(t, &b);
	from = b.n;
	format_write(p->format, t, &b);
	if (!sb_ok(&b)) {			/* absurdly long texts: cut them */
		b.n = from;
		b.failed = false;
		format_write_clipped(p->format, t, CLIP_HARD, &b);
	}
	room[b.n++] = '\n';
	ring_commit(shared.ring, (uint16_t)p->dest, (uint16_t)kind, b.n);
	return true;
}

static bool
holds(const struct log_place *p, struct txn *t)
{
	return p->when == NULL || cond_holds_now(p->when, t);
}

static bool
admitted(struct txn *t)
{
	struct ruling	 ruling;

	if (t->s->log_access == NULL || t->s->log_access->n == 0)
		return true;
	rules_judge(t->s->log_access, t, false, &ruling);
	return ruling.kind == RULING_ALLOW;
}

/* Lines for all places from *at on, *put of them. False: the ring is full, *at is the place it is full for. */
static bool
put_lines(struct txn *t, size_t *at, unsigned *put)
{
	const struct settings	*s = t->s;

	for (; *at < s->n_logs; (*at)++) {
		const struct log_place	*p = &s->logs[*at];

		if (!p->access || !holds(p, t))
			continue;
		if (p->kind == LOG_NONE)
			break;			/* as Squid: nothing behind it either */
		if (p->format == NULL)
			continue;
		if (put_line(t, p)) {
			++*put;
			board_count(shared.board, shared.slot, BOARD_LOG_RECORDS, 1);
			continue;
		}
		if (!p->drop)
			return false;
		dropped++;
		board_count(shared.board, shared.slot, BOARD_LOG_DROPPED, 1);
		if (msg_seldom(&said_drop_s))
			msg(MSG_WARNING, "the log ring is full: %llu lines dropped so far (on-error=drop)", (unsigned long long)dropped);
	}
	return true;
}

/* True: all lines are in the ring. Else the place is remembered. w: what is remembered already, or NULL. */
static bool
log_all(struct txn *t, bool tunnel, struct waiter *w)
{
	size_t		 at = 0;
	unsigned	 put = 0;
	bool		 all = true;

	if (w != NULL && w->interim == t->f.interim)
		at = w->place;
	if (at > 0 || w != NULL || admitted(t))
		all = put_lines(t, &at, &put);
	if (put > 0 && ring_wants_wake(shared.ring))
		logdest_wake(shared.logger_wake);
	if (all) {
		if (w != NULL)
			end_wait(w);
		return true;
	}
	if (w == NULL) {
		w = mem_zero(sizeof *w);
		w->t = tunnel ? NULL : t;
		list_add(&waiters, &w->node);
	}
	w->number = t->f.number;
	w->interim = t->f.interim;
	w->place = at;
	board_count(shared.board, shared.slot, BOARD_LOG_WAITS, 1);
	if (msg_seldom(&said_full_s))
		msg(MSG_WARNING, "the log ring is full: requests wait for the logger");
	return false;
}

static void
end_times(struct txn *t)
{
	t->f.ended = clock_wall_us();
	t->f.duration = t->f.started != 0 && t->f.ended > t->f.started ? t->f.ended - t->f.started : 0;
}

void
log_ahead(struct txn *t)
{
	size_t	 at = 0;

	OBJ_OK(t, TXN_TAG);
	if (shared.ring == NULL || t->dry || t->s->n_logs == 0)
		return;
	log_forget(t);
	end_times(t);
	notes_add(t);
	ahead_put = 0;
	ring_hold(shared.ring);
	ahead = t;
	if (admitted(t) && !put_lines(t, &at, &ahead_put))
		log_forget(t);
}

void
log_forget(struct txn *t)
{
	if (ahead == NULL)
		return;
	MUST(ahead == t);
	ring_drop(shared.ring);
	ahead = NULL;
	t->f.ended = t->f.duration = 0;
}

enum step
log_request(struct txn *t)
{
	struct waiter	*w = NULL;

	OBJ_OK(t, TXN_TAG);
	if (ahead == t) {
		ring_show(shared.ring);
		ahead = NULL;
		if (ahead_put > 0 && ring_wants_wake(shared.ring))
			logdest_wake(shared.logger_wake);
		return STEP_NEXT;
	}
	if (t->f.ended == 0)
		end_times(t);
	else
		w = find_waiter(t, false);
	notes_add(t);
	if (shared.ring == NULL || t->dry || t->s->n_logs == 0 || log_all(t, false, w))
		return STEP_NEXT;
	if (!timer_is_set(&look))
		timer_set(&look, LOOK_MS);
	return STEP_WAIT;
}

bool
log_tunnel(struct txn *t)
{
	bool	 done, over = t->f.ended != 0;

	OBJ_OK(t, TXN_TAG);
	if (shared.ring == NULL || t->s->n_logs == 0)
		return true;
	if (!over)
		end_times(t);
	done = log_all(t, true, find_waiter(t, true));
	if (t->f.interim > 0 && !over)
		t->f.ended = t->f.duration = 0;	/* it goes on */
	return done;
}
