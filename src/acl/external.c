/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking external ACL helpers. An entry is a line with its answer, or with those who wait for it;
 * requests that make the same line join. What a request was told stays with it, so that all its
 * rules see the same answer. Runs in a worker.
 */
#include "acl/external.h"

#include <stdlib.h>

#include "acl/notes.h"
#include "base/clock.h"
#include "base/hmap.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "net/helper.h"

enum { ENTRY_TAG = TAG4('X', 'A', 'C', 'L'), LINE_MAX_BYTES = 32768 };

/* An answer in the hands of one transaction; in its arena. */
struct external_seen {
	struct external_seen		*next;
	const struct external_type	*type;
	struct span			 line;
	enum external_answer		 answer;
};

struct external_wait {
	struct list	 node;		/* in the entry */
	struct txn	*t;
	uint64_t	 began_us;
};

struct entry {
	uint32_t			 tag;
	bool				 known;		/* `answer` holds until until_us */
	bool				 telling;	/* not to be dropped now */
	/* a helper died of this question, or over it */
	bool				 died;
	uint8_t				 answer;	/* enum external_answer */
	const struct external_type	*type;
	struct helper_call		*call;		/* under way */
	uint64_t			 until_us, renew_us;
	struct list			 waiters;	/* struct external_wait */
	struct list			 node;		/* in its pool: longest unused first */
	/* the helper's words, taken apart in place; `pairs` lie in it */
	char				*reply;
	struct helper_reply		 parsed;
	struct span			 line;		/* stands behind this struct */
};

struct pool {
	struct helper_pool	*helpers;	/* NULL: not asked yet */
	struct hmap		 by_line;
	struct list		 used;
	uint64_t		 n;
};

static struct pool	*pools;
static size_t		 n_pools;

void
external_start(const struct settings *s)
{
	n_pools = s->n_externals;
	pools = mem_zero((n_pools + 1) * sizeof *pools);
	for (size_t i = 0; i < n_pools; i++) {
		const struct external_type	*x = s->externals[i];
		const struct helper_settings	 hs = {
			.name = x->name, .argv = (const char *const *)x->argv,
			.children = x->children, .startup = x->startup, .idle = x->idle,
			.concurrency = x->concurrency, .queue = x->queue,
		};

		MUST(x->index == i);
		hmap_init(&pools[i].by_line, false);
		list_init(&pools[i].used);
		pools[i].helpers = helper_pool_new(&hs);
	}
}

static void
drop(struct pool *p, struct entry *e)
{
	OBJ_OK(e, ENTRY_TAG);
	MUST(list_empty(&e->waiters));
	if (e->call != NULL)
		helper_cancel(&e->call);
	hmap_take(&p->by_line, e->line);
	list_remove(&e->node);
	p->n--;
	free(e->reply);
	OBJ_GONE(e);
	free(e);
}

void
external_stop(void)
{
	for (size_t i = 0; i < n_pools; i++) {
		LIST_EACH(&pools[i].used, n) {
			struct entry	*e = CONTAINER_OF(n, struct entry, node);

			while (!list_empty(&e->waiters))
				list_remove(list_first(&e->waiters));	/* nobody is woken: the loop
									 * has ended */
			drop(&pools[i], e);
		}
		helper_pool_free(&pools[i].helpers);
		hmap_free(&pools[i].by_line);
	}
	free(pools);
	pools = NULL;
	n_pools = 0;
}

static struct entry *
make_entry(struct pool *p, const struct external_type *type, struct span line)
{
	struct entry	*e = mem_zero(sizeof *e + line.n);

	memcpy(e + 1, line.p, line.n);
	e->tag = ENTRY_TAG;
	e->type = type;
	e->line = span_at((const char *)(e + 1), line.n);
	list_init(&e->waiters);
	list_init(&e->node);
	list_add(&p->used, &e->node);
	hmap_put(&p->by_line, e->line, e);
	p->n++;
	return e;
}

/*
 * Entries over the limit go, the longest unused first, but none that a helper is being asked about.
 */
static void
trim(struct pool *p, uint64_t most)
{
	LIST_EACH(&p->used, n) {
		struct entry	*e = CONTAINER_OF(n, struct entry, node);

		if (p->n <= most)
			return;
		if (e->call == NULL && !e->telling && list_empty(&e->waiters))
			drop(p, e);
	}
}

/* All but secrets become notes; some mean something by themselves. */
static void
adopt_pairs(struct txn *t, const struct helper_reply *r)
{
	notes_take(t, r);
	for (unsigned i = 0; i < r->n; i++) {
		struct span	 key = r->pairs[i].key, value = r->pairs[i].value;

		if (span_is(key, "password") || value.n == 0)
			continue;
		value = arena_span(&t->arena, value);
		/* what goes into facts is one line */
		for (size_t k = 0; k < value.n; k++)
			if ((unsigned char)value.p[k] < ' ' || value.p[k] == 0x7f)
				((char *)(uintptr_t)value.p)[k] = ' ';
		if (span_is(key, "user")) {
			t->ext_user = value;
			if (t->f.user.n == 0)
				t->f.user = value;
		} else if (span_is(key, "tag") && t->f.tag.n == 0) {
			t->f.tag = value;
		} else if (span_is(key, "message")) {
			t->auth_message = value;
		}
	}
}

/* The answer becomes one of this request. False: no memory, which is as good as no answer. */
static bool
adopt(struct txn *t, const struct external_type *type, struct span line,
    enum external_answer answer, const struct helper_reply *r)
{
	struct external_seen	*s = arena_get(&t->arena, sizeof *s);

	if (s == NULL)
		return false;
	*s = (struct external_seen){ t->external, type, arena_span(&t->arena, line), answer };
	if (s->line.p == NULL)
		return false;
	t->external = s;
	if (r != NULL)
		adopt_pairs(t, r);
	return true;
}

static enum external_answer
seen(const struct txn *t, const struct external_type *type, struct span line)
{
	for (const struct external_seen *s = t->external; s != NULL; s = s->next)
		if (s->type == type && span_eq(s->line, line))
			return s->answer;
	return EXTERNAL_UNASKED;
}

/* In a room of the process: valid until the next call. */
static bool
make_line(const struct txn *t, const struct external_args *x, struct span *line)
{
	static char	 room[LINE_MAX_BYTES];
	struct sb	 b;

	sb_fixed(&b, room, sizeof room);
	if (!external_line(t, x, &b))
		return false;
	*line = sb_done(&b);
	return true;
}

static bool	 ask(struct entry *e);

/* Remembered and not over. grace=: asked anew while it still holds. */
static struct entry *
remembered(const struct external_type *type, struct span line)
{
	struct pool	*p = &pools[type->index];
	struct entry	*e = hmap_get(&p->by_line, line);

	if (e == NULL || !e->known || clock_us() >= e->until_us)
		return NULL;
	list_remove(&e->node);
	list_add(&p->used, &e->node);
	if (clock_us() >= e->renew_us && e->call == NULL)
		ask(e);
	return e;
}

enum external_answer
external_known(struct txn *t, const struct external_args *x)
{
	enum external_answer	 answer;
	struct entry		*e;
	struct span		 line;

	OBJ_OK(t, TXN_TAG);
	if (t->dry || x->type->index >= n_pools || !make_line(t, x, &line))
		return EXTERNAL_BROKEN;
	answer = seen(t, x->type, line);
	if (answer != EXTERNAL_UNASKED)
		return answer;
	e = remembered(x->type, line);
	if (e == NULL) {
		t->external_ask = x;
		return EXTERNAL_UNASKED;
	}
	return adopt(t, x->type, line, (enum external_answer)e->answer, &e->parsed) ?
	    (enum external_answer)e->answer : EXTERNAL_BROKEN;
}

/* Tells all who wait. Waking one may end others. */
static void
tell(struct entry *e, enum external_answer answer, const struct helper_reply *r)
{
	struct list	*n, told;

	list_init(&told);
	if (!list_empty(&e->waiters)) {
		list_add(&e->waiters, &told);
		/* the waiters hang on `told` now; who comes meanwhile asks anew */
		list_remove(&e->waiters);
	}
	e->telling = true;
	while ((n = list_first(&told)) != NULL) {
		struct external_wait	*w = CONTAINER_OF(n, struct external_wait, node);
		struct txn		*t = w->t;

		list_remove(n);
		t->external_wait = NULL;
		t->f.auth_time += clock_us() - w->began_us;
		adopt(t, e->type, e->line, answer, r);
		txn_wake(t);
	}
	e->telling = false;
}

static void
remember(struct entry *e)
{
	uint64_t	 ttl_s = e->answer == EXTERNAL_YES ? e->type->ttl_s :
	    e->type->negative_ttl_s, now = clock_us();

	e->known = ttl_s > 0 && e->type->entries > 0;
	e->until_us = now + ttl_s * 1000000;
	e->renew_us = e->until_us - ttl_s * 10000 * e->type->grace;
}

static void
no_answer(struct entry *e, const char *what)
{
	static uint64_t	 said;

	if (msg_seldom(&said))
		msg(MSG_WARNING, "external_acl_type %s: %s", e->type->name, what);
	tell(e, EXTERNAL_BROKEN, NULL);
}

static void
take_reply(struct entry *e, struct span line)
{
	char			*reply = span_dup(line);
	struct helper_reply	 parsed;

	helper_parse(reply, line.n, &parsed);
	/* what was known before still holds */
	if (parsed.word != HELPER_OK && parsed.word != HELPER_ERR) {
		tell(e, EXTERNAL_BROKEN, parsed.word == HELPER_BH ? &parsed : NULL);
		free(reply);
		return;
	}
	free(e->reply);
	e->reply = reply;
	e->parsed = parsed;
	e->answer = e->parsed.word == HELPER_OK ? EXTERNAL_YES : EXTERNAL_NO;
	remember(e);
	tell(e, (enum external_answer)e->answer, &e->parsed);
}

static void
answered(void *arg, enum helper_result result, struct span line)
{
	struct entry	*e = arg;
	struct pool	*p;
	uint64_t	 most;

	OBJ_OK(e, ENTRY_TAG);
	p = &pools[e->type->index];
	most = e->type->entries;
	e->call = NULL;
	if (result == HELPER_DIED && !e->died) {
		e->died = true;
		if (ask(e))
			return;
	}
	e->died = false;
	switch (result) {
	case HELPER_ANSWER:
		take_reply(e, line);
		break;
	case HELPER_TIMEOUT:
		no_answer(e, "the helper gave no answer in time");
		break;
	case HELPER_DIED:
		no_answer(e, "the helper ended without an answer");
		break;
	case HELPER_OVERLOAD:
		no_answer(e, "too many questions wait for the helper");
		break;
	}
	if (!e->known && e->call == NULL && list_empty(&e->waiters))
		drop(p, e);
	trim(p, most);
}

static bool
ask(struct entry *e)
{
	e->call = helper_ask(pools[e->type->index].helpers, e->line, answered, e);
	return e->call != NULL;
}

/* Nobody will answer: this request knows it. */
static enum step
give_up(struct txn *t, const struct external_type *type, struct span line)
{
	static uint64_t	 said;

	if (msg_seldom(&said))
		msg(MSG_WARNING, "external_acl_type %s: too many questions wait for the helper",
		    type->name);
	if (!adopt(t, type, line, EXTERNAL_BROKEN, NULL))
		return txn_fail(t, WHY_NO_MEMORY, NULL);
	return STEP_GONE;
}

enum step
external_fetch(struct txn *t)
{
	const struct external_args	*x = t->external_ask;
	struct external_wait		*w;
	struct entry			*e;
	struct pool			*p;
	struct span			 line;

	OBJ_OK(t, TXN_TAG);
	if (t->external_wait != NULL)
		return STEP_WAIT;
	MUST(x != NULL);
	p = &pools[x->type->index];
	w = arena_get(&t->arena, sizeof *w);
	if (w == NULL || !make_line(t, x, &line))
		return txn_fail(t, WHY_NO_MEMORY, NULL);
	e = hmap_get(&p->by_line, line);
	if (e == NULL)
		e = make_entry(p, x->type, line);
	if (e->call == NULL && !ask(e)) {
		if (!e->known && !e->telling)
			drop(p, e);
		return give_up(t, x->type, line);
	}
	*w = (struct external_wait){ .t = t, .began_us = clock_us() };
	list_init(&w->node);
	list_add(&e->waiters, &w->node);
	t->external_wait = w;
	return STEP_WAIT;
}

void
external_cancel(struct txn *t)
{
	if (t->external_wait != NULL)
		list_remove(&t->external_wait->node);
	t->external_wait = NULL;
}
