/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log step of a worker: formats a line for each place whose ACLs hold straight into this
 * worker's ring. A full ring makes the transaction wait, before the end of its answer is sent where
 * that is known; which place it had come to is remembered, so that no line is put twice.
 */
#include "log/log.h"

#include "acl/notes.h"
#include "acl/rules.h"
#include "base/clock.h"
#include "base/msg.h"
#include "core/format.h"
#include "core/formatcodes.h"
#include "core/settings.h"
#include "core/shared.h"
#include "log/logdest.h"
#include "log/peruser.h"
#include "net/loop.h"
#include "shm/board.h"
#include "shm/ring.h"

enum { LOOK_MS = 20, HURRY_MS = 4, WAKE_MOST = 256, CLIP_HARD = 256 };

/* What a record comes to; counted when it is sure. */
struct tally {
	unsigned	 put, dropped;
};

/* struct logwait, the next one first */
static struct list	 waiters = { &waiters, &waiters };
static unsigned		 n_waiters;
static struct timer	 look;
static uint64_t		 look_ms = LOOK_MS;
static struct txn	*ahead;		/* whose lines are in the ring, hidden */
static struct tally	 ahead_tally;
static uint64_t		 dropped, said_full_s, said_drop_s;

static void
end_wait(struct logwait *w)
{
	if (!logwait_is_set(w))
		return;
	list_remove(&w->node);
	*w = (struct logwait){ .room = w->room };
	n_waiters--;
}

/*
 * Each is asked at most once a round; its wait ends then, or it finds the ring full again and is
 * the last in the line. A few hundred at a time: each may send an answer.
 */
static void
look_again(struct timer *timer)
{
	unsigned	 n = n_waiters < WAKE_MOST ? n_waiters : WAKE_MOST;

	for (; n > 0 && n_waiters > 0 && ring_room(shared.ring) >= RING_RECORD_MAX; n--) {
		struct list	*first = list_first(&waiters);
		struct logwait	*w = CONTAINER_OF(first, struct logwait, node);

		list_remove(first);
		list_add(&waiters, first);
		w->room(w);
	}
	if (n_waiters > 0)
		timer_set(timer, ring_room(shared.ring) >= RING_RECORD_MAX ? 1 : look_ms);
}

void
log_start(const struct settings *s)
{
	(void)s;
	list_init(&waiters);
	n_waiters = 0;
	look_ms = LOOK_MS;
	timer_init(&look, look_again);
	if (shared.ring != NULL && !ring_reset_writer(shared.ring))
		msg(MSG_ERROR, "the log ring of slot %u made no sense: unread records are lost",
		    shared.slot);
}

uint64_t
log_dropped(void)
{
	return dropped;
}

unsigned
log_waiting(void)
{
	return n_waiters;
}

void
log_hurry(void)
{
	look_ms = HURRY_MS;
	if (n_waiters > 0)
		timer_set(&look, 1);
}

static void
wait_for_room(struct logwait *w, size_t place, uint64_t interim)
{
	if (!logwait_is_set(w)) {
		list_add(&waiters, &w->node);
		n_waiters++;
	}
	w->place = (uint32_t)place;
	w->interim = (uint32_t)interim;
	board_count(shared.board, shared.slot, BOARD_LOG_WAITS, 1);
	if (ring_wants_wake(shared.ring))
		logdest_wake(shared.logger_wake);
	if (!timer_is_set(&look))
		timer_set(&look, look_ms);
	if (msg_seldom(&said_full_s))
		msg(MSG_WARNING, "the log ring is full: requests wait for the logger");
}

static void
wake(struct logwait *w)
{
	txn_wake(CONTAINER_OF(w, struct txn, logwait));
}

/* The file name in front of a per-user line. */
static void
put_name(const struct txn *t, struct sb *b)
{
	struct addr	 client = formatcodes_client(t);
	size_t		 at = b->n;

	sb_char(b, '\0');
	peruser_name(t->f.user, &client, (int64_t)(t->f.ended / 1000000), b);
	b->p[at] = (char)(b->n - at - 1);
}

/* False: the ring is full. clip: long texts are cut. */
static bool
put_line(const struct txn *t, const struct log_place *p, bool clip)
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
	if (!clip)
		format_write(p->format, t, &b);
	if (clip || !sb_ok(&b)) {		/* absurdly long */
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

/* Lines for all places from *at on. False: the ring is full, *at is the place it is full for. */
static bool
put_lines(struct txn *t, bool clip, size_t *at, struct tally *n)
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
		if (put_line(t, p, clip))
			n->put++;
		else if (p->drop)
			n->dropped++;
		else
			return false;
	}
	return true;
}

static void
count(const struct tally *n)
{
	if (n->put > 0) {
		board_count(shared.board, shared.slot, BOARD_LOG_RECORDS, n->put);
		if (ring_wants_wake(shared.ring))
			logdest_wake(shared.logger_wake);
	}
	if (n->dropped == 0)
		return;
	dropped += n->dropped;
	board_count(shared.board, shared.slot, BOARD_LOG_DROPPED, n->dropped);
	if (msg_seldom(&said_drop_s))
		msg(MSG_WARNING, "the log ring is full: %llu lines dropped so far (on-error=drop)",
		    (unsigned long long)dropped);
}

/*
 * True: all lines are in the ring. Else w has the place it came to, and is asked when there is
 * room.
 */
static bool
log_all(struct txn *t, struct logwait *w)
{
	struct tally	 n = { 0, 0 };
	size_t		 at = logwait_is_set(w) && w->interim == t->f.interim ? w->place : 0;
	bool		 all = true;

	if (at > 0 || admitted(t))
		all = put_lines(t, false, &at, &n);
	count(&n);
	if (all)
		end_wait(w);
	else
		wait_for_room(w, at, t->f.interim);
	return all;
}

static void
end_times(struct txn *t)
{
	t->f.ended = clock_wall_us();
	t->f.duration = t->f.started != 0 && t->f.ended > t->f.started ?
	    t->f.ended - t->f.started : 0;
}

static bool
put_ahead(struct txn *t, bool clip)
{
	size_t	 at = 0;

	end_times(t);
	ahead_tally = (struct tally){ 0, 0 };
	ring_hold(shared.ring);
	ahead = t;
	if (put_lines(t, clip, &at, &ahead_tally))
		return true;
	log_forget(t);
	return false;
}

/* Of lines that wait to be shown nothing is read: those of one record have to fit together. */
static bool
fit_ahead(struct txn *t)
{
	if (put_ahead(t, false))
		return true;
	if (ring_used(shared.ring) > 0)
		return false;
	/* more room there will never be: else log_request puts them one by one */
	put_ahead(t, true);
	return true;
}

bool
log_ahead(struct txn *t)
{
	OBJ_OK(t, TXN_TAG);
	if (shared.ring == NULL || t->dry || t->s->n_logs == 0)
		return true;
	log_forget(t);
	notes_add(t);
	if (admitted(t) && !fit_ahead(t)) {
		t->logwait.room = wake;
		wait_for_room(&t->logwait, 0, 0);
		return false;
	}
	end_wait(&t->logwait);
	return true;
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
	OBJ_OK(t, TXN_TAG);
	if (ahead == t) {
		ring_show(shared.ring);
		ahead = NULL;
		count(&ahead_tally);
		return STEP_NEXT;
	}
	if (t->f.ended == 0)
		end_times(t);
	if (t->s->n_notes > 0)
		notes_add(t);
	if (shared.ring == NULL || t->dry || t->s->n_logs == 0)
		return STEP_NEXT;
	t->logwait.room = wake;
	return log_all(t, &t->logwait) ? STEP_NEXT : STEP_WAIT;
}

bool
log_tunnel(struct txn *t, struct logwait *w)
{
	bool	 all, over = t->f.ended != 0;

	OBJ_OK(t, TXN_TAG);
	if (shared.ring == NULL || t->s->n_logs == 0)
		return true;
	if (!over)
		end_times(t);
	all = log_all(t, w);
	if (t->f.interim > 0 && !over)
		t->f.ended = t->f.duration = 0;	/* it goes on */
	return all;
}
