/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop: epoll, a hierarchical timer wheel, deferred calls. One per process, no threads.
 *
 * Timers are filed by the tick they were last set to. Setting one to a later time leaves it where
 * it is filed: when that slot comes up it is filed again. So the usual life of a time-out (set, set
 * later, set later, stopped) costs stores.
 */
#include "net/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/must.h"
#include "net/io.h"

enum { TICK_MS = 4, SLOT_BITS = 6, SLOTS = 1 << SLOT_BITS, LEVELS = 4, EVENTS = 256 };

static struct {
	int		 epoll;
	bool		 stop;
	/* the last one that was worked off, or is being */
	uint64_t	 tick;
	/* its timers come last: it still takes some */
	bool		 at_work;
	struct list	 slot[LEVELS][SLOTS];
	uint64_t	 set[LEVELS];			/* slots that may hold timers */
	struct list	 tasks;
} L = { .epoll = -1 };

void
loop_init(void)
{
	MUST(L.epoll < 0);
	L.epoll = epoll_create1(EPOLL_CLOEXEC);
	MUST(L.epoll >= 0);
	clock_tick();
	L.stop = false;
	L.tick = clock_ms() / TICK_MS;
	memset(L.set, 0, sizeof L.set);
	for (unsigned l = 0; l < LEVELS; l++)
		for (unsigned i = 0; i < SLOTS; i++)
			list_init(&L.slot[l][i]);
	list_init(&L.tasks);
}

void
loop_free(void)
{
	if (L.epoll >= 0)
		close(L.epoll);
	L.epoll = -1;
	io_table_free();
}

int
loop_fd(void)
{
	return L.epoll;
}

void
loop_stop(void)
{
	L.stop = true;
}

/* Files a timer by its due time; never into a tick that was worked off. */
static void
file_timer(struct timer *t)
{
	uint64_t	 due = (t->due_ms + TICK_MS - 1) / TICK_MS, delta;
	unsigned	 l = 0, i;

	if (due <= L.tick)
		due = L.at_work ? L.tick : L.tick + 1;
	t->filed_ms = due * TICK_MS;
	delta = due - L.tick;
	while (l < LEVELS - 1 && delta >= (uint64_t)SLOTS << (SLOT_BITS * l))
		l++;
	/* beyond the wheel: as late as it goes, filed again then */
	if (delta >= (uint64_t)SLOTS << (SLOT_BITS * l)) {
		due = L.tick + ((uint64_t)(SLOTS - 1) << (SLOT_BITS * l));
		t->filed_ms = due * TICK_MS;
	}
	i = (unsigned)(due >> (SLOT_BITS * l)) & (SLOTS - 1);
	list_add(&L.slot[l][i], &t->node);
	L.set[l] |= (uint64_t)1 << i;
}

void
timer_init(struct timer *t, void (*cb)(struct timer *))
{
	list_init(&t->node);
	t->due_ms = t->filed_ms = 0;
	t->cb = cb;
}

void
timer_set(struct timer *t, uint64_t in_ms)
{
	uint64_t	 now = clock_ms();

	t->due_ms = in_ms > UINT64_MAX / 2 ? UINT64_MAX / 2 : now + in_ms;
	if (t->due_ms == 0)
		t->due_ms = 1;
	if (!list_empty(&t->node)) {
		if (t->due_ms >= t->filed_ms)
			return;
		list_remove(&t->node);
	}
	file_timer(t);
}

void
timer_stop(struct timer *t)
{
	t->due_ms = 0;
	list_remove(&t->node);
}

/* Takes a slot's timers out and files them again, nearer. */
static void
cascade(unsigned level, unsigned i)
{
	struct list	 due;

	L.set[level] &= ~((uint64_t)1 << i);
	if (list_empty(&L.slot[level][i]))
		return;
	due = L.slot[level][i];
	due.next->prev = due.prev->next = &due;
	list_init(&L.slot[level][i]);
	LIST_EACH(&due, n) {
		struct timer *t = CONTAINER_OF(n, struct timer, node);

		list_remove(n);
		file_timer(t);
	}
}

static void
fire(unsigned i)
{
	struct list	*slot = &L.slot[0][i], *n, due;
	uint64_t	 now = clock_ms();

	L.set[0] &= ~((uint64_t)1 << i);
	if (list_empty(slot))
		return;
	due = *slot;
	due.next->prev = due.prev->next = &due;
	list_init(slot);
	while ((n = list_first(&due)) != NULL) {
		struct timer *t = CONTAINER_OF(n, struct timer, node);

		list_remove(n);
		if (t->due_ms > now) {
			file_timer(t);
			continue;
		}
		t->due_ms = 0;
		t->cb(t);
	}
}

/* Ticks until slot position `from` (exclusive) reaches a set bit, 1..SLOTS; 0: none is set. */
static unsigned
distance(uint64_t set, unsigned from)
{
	unsigned	 shift = (from + 1) & (SLOTS - 1);
	uint64_t	 turned = shift == 0 ? set : set >> shift | set << (SLOTS - shift);

	return set == 0 ? 0 : (unsigned)__builtin_ctzll(turned) + 1;
}

/* The next tick at which something has to be done; UINT64_MAX: none. */
static uint64_t
next_tick(void)
{
	uint64_t	 best = UINT64_MAX;

	for (unsigned l = 0; l < LEVELS; l++) {
		unsigned	 shift = SLOT_BITS * l;
		uint64_t	 at = L.tick >> shift;
		unsigned	 d = distance(L.set[l], (unsigned)at & (SLOTS - 1));

		if (d != 0 && (at + d) << shift < best)
			best = (at + d) << shift;
	}
	return best;
}

static void
work_timers(void)
{
	uint64_t	 now = clock_ms() / TICK_MS, at;

	while ((at = next_tick()) <= now) {
		L.tick = at;
		/* what is due in this very tick may still be filed there */
		L.at_work = true;
		for (unsigned l = LEVELS - 1; l > 0; l--)
			if ((at & (((uint64_t)1 << (SLOT_BITS * l)) - 1)) == 0)
				cascade(l, (unsigned)(at >> (SLOT_BITS * l)) & (SLOTS - 1));
		L.at_work = false;
		fire((unsigned)at & (SLOTS - 1));
	}
	L.tick = now;
}

void
task_init(struct task *t, void (*cb)(struct task *))
{
	list_init(&t->node);
	t->cb = cb;
}

void
task_later(struct task *t)
{
	if (list_empty(&t->node))
		list_add(&L.tasks, &t->node);
}

void
task_drop(struct task *t)
{
	list_remove(&t->node);
}

/*
 * Only those that were asked for before: a task that asks for itself again runs in the next round.
 */
static void
run_tasks(void)
{
	struct list	 now, *n;

	if (list_empty(&L.tasks))
		return;
	now = L.tasks;
	now.next->prev = now.prev->next = &now;
	list_init(&L.tasks);
	while ((n = list_first(&now)) != NULL) {
		struct task *t = CONTAINER_OF(n, struct task, node);

		list_remove(n);
		t->cb(t);
	}
}

static int
patience(int max_ms)
{
	uint64_t	 at = next_tick(), now, ms;

	if (!list_empty(&L.tasks) || L.stop)
		return 0;
	if (at == UINT64_MAX)
		return max_ms;
	now = clock_ms();
	ms = at * TICK_MS > now ? at * TICK_MS - now : 0;
	if (max_ms >= 0 && ms > (uint64_t)max_ms)
		return max_ms;
	return ms > 3600000 ? 3600000 : (int)ms;
}

void
loop_round(int max_ms)
{
	struct epoll_event	 ev[EVENTS];
	int			 n;

	n = epoll_wait(L.epoll, ev, EVENTS, patience(max_ms));
	MUST(n >= 0 || errno == EINTR);
	clock_tick();
	for (int i = 0; i < n; i++)
		io_event(ev[i].data.u64, ev[i].events);
	work_timers();
	run_tasks();
}

void
loop_run(void)
{
	L.stop = false;
	while (!L.stop)
		loop_round(-1);
}
