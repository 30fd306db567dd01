/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of those who wait for growing objects, walked at each wake of this process by the store.
 * Worker.
 */
#include "cache/follow.h"

#include <stdbool.h>

#include "base/clock.h"
#include "base/must.h"
#include "core/shared.h"
#include "net/loop.h"

/*
 * A walk over n waiters is followed by at least n / EACH_MS milliseconds without one, so that it
 * takes a bounded share of the time however many they are.
 */
enum { EACH_MS = 256 };

static struct list	 waiting = { &waiting, &waiting };
static struct timer	 later;
static uint64_t		 not_before_ms;

/* Each once: who waits again in its callback is on the list anew, for the next wake. */
static void
walk(void)
{
	struct list	 now;
	unsigned	 n = 0;

	if (list_empty(&waiting))
		return;
	now = waiting;
	now.next->prev = now.prev->next = &now;
	list_init(&waiting);
	for (struct list *e; (e = list_first(&now)) != NULL; n++) {
		struct follow_waiter *w = CONTAINER_OF(e, struct follow_waiter, node);

		list_remove(e);
		w->woken(w);
	}
	not_before_ms = clock_ms() + n / EACH_MS;
}

static void
on_later(struct timer *t)
{
	(void)t;
	walk();
}

static void
woken(void)
{
	if (clock_ms() >= not_before_ms)
		walk();
	else if (!timer_is_set(&later))
		timer_set(&later, not_before_ms - clock_ms());
}

void
follow_init(void)
{
	list_init(&waiting);
	timer_init(&later, on_later);
	not_before_ms = 0;
	shared_store_woken = woken;
}

void
follow_free(void)
{
	shared_store_woken = NULL;
	timer_stop(&later);
}

void
follow_waiter(struct follow_waiter *w, void (*cb)(struct follow_waiter *))
{
	list_init(&w->node);
	w->woken = cb;
}

void
follow_wait(struct follow_waiter *w)
{
	if (list_empty(&w->node))
		list_add(&waiting, &w->node);
}

void
follow_drop(struct follow_waiter *w)
{
	list_remove(&w->node);
}
