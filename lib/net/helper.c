/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool of helper processes: which one gets a request, what waits, when another process is
 * started, what happens when one dies. The lines themselves are helperproc.c's. All answers that do
 * not come from a helper (time-out, death, overload) are told from the pool's task, which also
 * frees what is done with; so nothing disappears under a caller's feet. Longer than most files,
 * because starting, dying, queueing and timing out all work on the same few lists.
 */
#include "net/helper.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "net/helperproc.h"
#include "net/loop.h"

#define POOL_TAG	TAG4('H', 'L', 'P', 'O')
#define CALL_TAG	TAG4('H', 'L', 'P', 'C')

enum {
	TRIES = 2,			/* processes that may die of one request */
	/* a process that dies younger than this without an answer is a failure */
	QUICK_MS = 10000,
	QUICK_MOST = 2,			/* so many are replaced at once, then with growing delays */
	DELAY_MS = 1000, DELAY_MOST_MS = 30000,
	TIMEOUT_MS = 60000,
	GRACE_MS = 2000,		/* after the end of its input, before SIGTERM */
};

struct helper_call {
	uint32_t	 tag;
	/* of the queue or the ended; on none while a process has it */
	struct list	 node;
	struct helper_pool *pool;
	struct helperproc *proc;	/* that has it, or NULL */
	bool		 over;		/* done() is being called */
	unsigned	 tries;
	enum helper_result result;	/* of an ended one */
	struct timer	 timer;
	void		(*done)(void *, enum helper_result, struct span);
	void		*arg;
	size_t		 n;
	char		 line[];
};

struct helper_pool {
	uint32_t	 tag;
	bool		 freed;
	struct helper_settings s;
	char		*name;
	struct helperproc_owner owner;
	struct list	 procs, lost;	/* in use; to be freed */
	unsigned	 running, failures;	/* failures: young deaths in a row */
	uint64_t	 start_again_ms;	/* nothing is started before */
	struct timer	 timer;		/* ... and this starts then */
	struct list	 queue, ended;
	unsigned	 queued;
	uint64_t	 over_since_ms;	/* the queue is longer than it should be; 0: it is not */
	uint64_t	 over_said_s;
	struct task	 task;
	struct helper_stats stats;
};

static void
drop_call(struct helper_call *c)
{
	timer_stop(&c->timer);
	list_remove(&c->node);
	OBJ_GONE(c);
	mem_wipe(c->line, c->n);	/* it may have held a password */
	free(c);
}

static void
tell(struct helper_call *c, enum helper_result r, struct span line)
{
	c->over = true;
	timer_stop(&c->timer);
	c->done(c->arg, r, line);
	drop_call(c);
}

/* Told by the task. The call is in no queue and with no process. */
static void
end(struct helper_call *c, enum helper_result r)
{
	timer_stop(&c->timer);
	c->result = r;
	c->proc = NULL;
	list_add(&c->pool->ended, &c->node);
	task_later(&c->pool->task);
}

static void
unqueue(struct helper_call *c)
{
	list_remove(&c->node);
	c->pool->queued--;
}

static uint64_t
patience(const struct helper_pool *p)
{
	return p->s.timeout_ms != 0 ? p->s.timeout_ms : TIMEOUT_MS;
}

static void
send(struct helper_call *c, struct helperproc *h)
{
	c->proc = h;
	c->tries++;
	timer_set(&c->timer, patience(c->pool));
	helperproc_send(h, span_at(c->line, c->n), c);
}

/* A process failed before it was of any use: the next start has to wait, longer each time. */
static void
count_failure(struct helper_pool *p)
{
	uint64_t	 ms = DELAY_MS;

	if (clock_ms() < p->start_again_ms)	/* a sibling of the one that was counted */
		return;
	if (++p->failures <= QUICK_MOST)
		return;
	for (unsigned i = QUICK_MOST + 1; i < p->failures && ms < DELAY_MOST_MS; i++)
		ms *= 2;
	if (ms > DELAY_MOST_MS)
		ms = DELAY_MOST_MS;
	p->start_again_ms = clock_ms() + ms;
	timer_set(&p->timer, ms);
	msg(MSG_ERROR,
	    "helper %s fails too quickly (%u times in a row); the next start is in %u seconds",
	    p->s.name, p->failures, (unsigned)(ms / 1000));
}

static bool
may_start(const struct helper_pool *p)
{
	return !p->freed && p->running < p->s.children && clock_ms() >= p->start_again_ms;
}

static struct helperproc *
start(struct helper_pool *p)
{
	struct helperproc	*h = helperproc_start(p->s.argv, p->s.concurrency, &p->owner);

	if (h == NULL) {
		msg(MSG_ERROR, "cannot start helper %s (%s): %s", p->s.name, p->s.argv[0],
		    strerror(errno));
		count_failure(p);
		return NULL;
	}
	h->pool = p;
	list_add(&p->procs, &h->node);
	p->running++;
	return h;
}

/* The first process that has nothing to do, else the least busy with room. */
static struct helperproc *
pick(struct helper_pool *p)
{
	struct helperproc	*best = NULL;

	LIST_EACH(&p->procs, n) {
		struct helperproc	*h = CONTAINER_OF(n, struct helperproc, node);

		if (helperproc_has_room(h) && (best == NULL || h->busy < best->busy))
			best = h;
		if (best != NULL && best->busy == 0)
			break;
	}
	return best;
}

static unsigned
idle(const struct helper_pool *p)
{
	unsigned	 n = 0;

	LIST_EACH(&p->procs, k) {
		if (CONTAINER_OF(k, struct helperproc, node)->busy == 0)
			n++;
	}
	return n;
}

/* Gives waiting requests to processes, starting some where that is allowed. */
static void
dispatch(struct helper_pool *p)
{
	while (!list_empty(&p->queue)) {
		struct helperproc	*h = pick(p);
		struct helper_call	*c = CONTAINER_OF(p->queue.next, struct helper_call, node);

		/* One that is half full is taken only when no other may be started. */
		if ((h == NULL || (h->busy > 0 && h->busy * 2 >= h->slots)) && may_start(p)) {
			struct helperproc	*fresh = start(p);

			h = fresh != NULL ? fresh : h;
		}
		if (h == NULL && may_start(p))
			continue;
		if (h == NULL)
			break;
		unqueue(c);
		send(c, h);
	}
	/* Nothing runs, nothing may be started yet: waiting would only be a slower failure. */
	while (!list_empty(&p->queue) && p->running == 0 && !may_start(p)) {
		struct helper_call	*c = CONTAINER_OF(p->queue.next, struct helper_call, node);

		unqueue(c);
		end(c, HELPER_DIED);
	}
}

/* As Squid: `startup` from the beginning, and `idle` kept ready once there is something to do. */
static void
top_up(struct helper_pool *p)
{
	while (may_start(p) &&
	    (p->running < p->s.startup || (p->stats.asked > 0 && idle(p) < p->s.idle)))
		if (start(p) == NULL)
			break;
}

static void
on_answer(struct helperproc *h, void *token, struct span line)
{
	struct helper_pool	*p = h->pool;
	struct helper_call	*c = token;

	OBJ_OK(p, POOL_TAG);
	p->failures = 0;
	if (!list_empty(&p->queue))
		task_later(&p->task);
	if (c == NULL)
		return;
	OBJ_OK(c, CALL_TAG);
	p->stats.answered++;
	tell(c, HELPER_ANSWER, line);
}

/*
 * Called for death and misbehaviour alike; what it had goes to another process, once, before all
 * that waits.
 */
static void
on_lost(struct helperproc *h)
{
	struct helper_pool	*p = h->pool;
	struct helper_call	*c;
	struct list		 again;

	OBJ_OK(p, POOL_TAG);
	list_remove(&h->node);
	list_add(&p->lost, &h->node);
	p->running--;
	if (!p->freed)
		p->stats.died++;
	if (!p->freed && h->answers == 0 && clock_ms() - h->started_ms < QUICK_MS)
		count_failure(p);
	list_init(&again);
	while ((c = helperproc_next(h)) != NULL) {
		OBJ_OK(c, CALL_TAG);
		c->proc = NULL;
		timer_stop(&c->timer);
		if (c->tries >= TRIES || p->freed)
			end(c, HELPER_DIED);
		else
			list_push(&again, &c->node);
	}
	LIST_EACH(&again, n) {
		list_remove(n);
		list_push(&p->queue, n);
		p->queued++;
		timer_set(&CONTAINER_OF(n, struct helper_call, node)->timer, patience(p));
	}
	task_later(&p->task);
}

/* No answer in time, or no process had time for it. */
static void
on_call_timer(struct timer *t)
{
	struct helper_call	*c = CONTAINER_OF(t, struct helper_call, timer);
	struct helperproc	*h = c->proc;

	OBJ_OK(c, CALL_TAG);
	if (h == NULL) {
		unqueue(c);
		end(c, HELPER_OVERLOAD);
		return;
	}
	c->pool->stats.timeouts++;
	helperproc_forget(h, c);
	end(c, HELPER_TIMEOUT);
	/* Half of its channels are lost: it hangs. */
	if (h->dead * 2 >= h->slots)
		helperproc_give_up(h, "does not answer; the process is ended");
}

/* Those that end meanwhile (a caller who asks again at once) are for the next round. */
static void
tell_ended(struct helper_pool *p)
{
	struct list	 now;

	list_init(&now);
	while (!list_empty(&p->ended)) {
		struct list	*n = p->ended.next;

		list_remove(n);
		list_add(&now, n);
	}
	while (!list_empty(&now)) {
		struct helper_call	*c = CONTAINER_OF(now.next, struct helper_call, node);

		list_remove(&c->node);
		tell(c, c->result, SPAN_NONE);
	}
}

static void
dispose(struct helper_pool *p)
{
	timer_stop(&p->timer);
	task_drop(&p->task);
	OBJ_GONE(p);
	free(p->name);
	free(p);
}

static void
on_task(struct task *t)
{
	struct helper_pool	*p = CONTAINER_OF(t, struct helper_pool, task);

	OBJ_OK(p, POOL_TAG);
	while (!list_empty(&p->lost)) {
		struct helperproc	*h = CONTAINER_OF(p->lost.next, struct helperproc, node);

		list_remove(&h->node);
		/* one that hangs does not listen */
		helperproc_free(&h, h->dead > 0 ? 0 : GRACE_MS);
	}
	if (!p->freed) {
		dispatch(p);
		top_up(p);
	}
	tell_ended(p);
	if (p->freed && list_empty(&p->lost) && list_empty(&p->ended))
		dispose(p);
}

static void
on_timer(struct timer *t)
{
	struct helper_pool	*p = CONTAINER_OF(t, struct helper_pool, timer);

	OBJ_OK(p, POOL_TAG);
	task_later(&p->task);
}

struct helper_pool *
helper_pool_new(const struct helper_settings *s)
{
	struct helper_pool	*p = mem_zero(sizeof *p);

	p->tag = POOL_TAG;
	p->s = *s;
	p->name = mem_str(s->name);
	p->s.name = p->name;
	if (p->s.children == 0)
		p->s.children = 1;
	if (p->s.no_queue)
		p->s.queue = 0;
	else if (p->s.queue == 0)
		p->s.queue = p->s.children * 2;
	p->owner = (struct helperproc_owner){ p->name, on_answer, on_lost };
	list_init(&p->procs);
	list_init(&p->lost);
	list_init(&p->queue);
	list_init(&p->ended);
	timer_init(&p->timer, on_timer);
	task_init(&p->task, on_task);
	if (s->startup > 0)
		task_later(&p->task);
	return p;
}

void
helper_pool_free(struct helper_pool **pp)
{
	struct helper_pool	*p = *pp;

	*pp = NULL;
	if (p == NULL)
		return;
	OBJ_OK(p, POOL_TAG);
	p->freed = true;
	while (!list_empty(&p->queue)) {
		struct helper_call	*c = CONTAINER_OF(p->queue.next, struct helper_call, node);

		unqueue(c);
		end(c, HELPER_DIED);
	}
	while (!list_empty(&p->procs)) {
		struct helperproc	*h = CONTAINER_OF(p->procs.next, struct helperproc, node);

		/*
		 * What it is at nobody waits for; if it hangs it does not hear the end of its
		 * input, and this process may be about to end.
		 */
		if (h->busy > 0 && h->child.pid != 0)
			kill(h->child.pid, SIGTERM);
		helperproc_give_up(h, NULL);
	}
	task_later(&p->task);
}

/* With room somewhere the queue is only passed through. */
static bool
full(struct helper_pool *p)
{
	if (p->queued < p->s.queue)
		p->over_since_ms = 0;
	if (p->queued < p->s.queue || pick(p) != NULL || may_start(p))
		return false;
	if (!p->s.tolerant)
		return true;
	if (p->over_since_ms == 0)
		p->over_since_ms = clock_ms();
	if (msg_seldom(&p->over_said_s))
		msg(MSG_WARNING,
		    "%s: %u requests wait for its %u processes: more of them (children=) are needed", p->name, p->queued + 1, p->s.children);
	return clock_ms() - p->over_since_ms >= HELPER_OVERLOAD_MS;
}

struct helper_call *
helper_ask(struct helper_pool *p, struct span line,
    void (*done)(void *arg, enum helper_result r, struct span line), void *arg)
{
	struct helper_call	*c;

	OBJ_OK(p, POOL_TAG);
	if (line.n > HELPERPROC_LINE)
		return NULL;
	if (full(p))
		return NULL;
	c = mem_alloc(sizeof *c + line.n);
	*c = (struct helper_call){ .tag = CALL_TAG, .pool = p, .done = done, .arg = arg,
	    .n = line.n };
	if (line.n > 0)
		memcpy(c->line, line.p, line.n);
	list_init(&c->node);
	timer_init(&c->timer, on_call_timer);
	timer_set(&c->timer, patience(p));
	list_add(&p->queue, &c->node);
	p->queued++;
	p->stats.asked++;
	dispatch(p);
	if (may_start(p) && idle(p) < p->s.idle)
		task_later(&p->task);
	return c;
}

void
helper_cancel(struct helper_call **cp)
{
	struct helper_call	*c = *cp;

	*cp = NULL;
	if (c == NULL)
		return;
	OBJ_OK(c, CALL_TAG);
	if (c->over)
		return;
	if (c->proc != NULL)
		helperproc_forget(c->proc, c);
	else if (c->result == HELPER_ANSWER)		/* waiting */
		c->pool->queued--;
	drop_call(c);
}

void
helper_stats(const struct helper_pool *p, struct helper_stats *out)
{
	*out = p->stats;
	out->running = p->running;
	out->queued = p->queued;
	out->busy = 0;
	LIST_EACH(&p->procs, n)
		out->busy += CONTAINER_OF(n, struct helperproc, node)->busy;
}
