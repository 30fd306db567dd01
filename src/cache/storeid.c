/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking the store-id helpers: one question a request, nothing is remembered beyond it. Runs in a
 * worker.
 */
#include "cache/storeid.h"

#include <stdlib.h>

#include "acl/need.h"
#include "acl/notes.h"
#include "acl/rules.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "core/format.h"
#include "net/helper.h"

enum { STOREID_TAG = TAG4('S', 'T', 'I', 'D'), LINE_MAX_BYTES = 32768, ID_MAX = 8192 };

/* In the transaction's arena. */
struct storeid {
	uint32_t		 tag;
	bool			 over;
	struct list		 node;		/* of those that wait */
	struct txn		*t;
	struct helper_call	*call;
	struct span		 id;
};

static struct {
	const struct store_id	*conf;		/* NULL: no helper */
	struct helper_pool	*helpers;
	struct list		 waiting;
} ids;

void
storeid_start(const struct settings *s)
{
	const struct store_id	*x = &s->store_id;
	struct helper_settings	 hs = {
		.name = "store_id", .argv = (const char *const *)x->program,
		.children = x->children, .startup = x->startup, .idle = x->idle,
		.concurrency = x->concurrency, .queue = x->queue, .no_queue = x->bypass &&
		x->queue == 0, .tolerant = !x->bypass,
	};

	MUST(ids.conf == NULL);
	list_init(&ids.waiting);
	if (x->program == NULL || s->n_cache_dirs == 0)
		return;
	ids.conf = x;
	ids.helpers = helper_pool_new(&hs);
}

void
storeid_stop(void)
{
	struct list	*n;

	if (ids.conf == NULL)
		return;
	/* nobody is woken: the loop has ended */
	while ((n = list_first(&ids.waiting)) != NULL)
		storeid_cancel(CONTAINER_OF(n, struct storeid, node)->t);
	helper_pool_free(&ids.helpers);
	ids.conf = NULL;
}

bool
storeid_wanted(const struct txn *t)
{
	return ids.conf != NULL && !t->dry;
}

/* why: the helper's words, which may hold anything. */
static void
complain(const char *what, struct span why)
{
	static uint64_t	 said;
	char		 text[200];

	if (!msg_seldom(&said))
		return;
	span_copy(span_at(why.p, why.n < sizeof text ? why.n : sizeof text - 1), text, sizeof text);
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	msg(MSG_WARNING, "store_id_program: %s%s%s; the address is taken", what,
	    text[0] != '\0' ? ": " : "", text);
}

/*
 * It is part of keys and is matched against expressions: one line of text, not longer than a URL
 * may be.
 */
static bool
sound(struct span id)
{
	if (id.n == 0 || id.n > ID_MAX)
		return false;
	for (size_t i = 0; i < id.n; i++)
		if ((unsigned char)id.p[i] < ' ' || id.p[i] == 0x7f)
			return false;
	return true;
}

/* Squid notes all pairs of an answer, store-id too. */
static void
take_pairs(struct storeid *x, const struct helper_reply *r)
{
	for (unsigned i = 0; i < r->n; i++) {
		struct span	 key = r->pairs[i].key, value = r->pairs[i].value;

		if (value.n > 0)
			notes_put(x->t, key, value);
		if (r->word != HELPER_OK || !span_is(key, "store-id"))
			continue;
		if (sound(value))
			x->id = arena_span(&x->t->arena, value);
		else
			complain("a store-id that is empty, too long or not one line", SPAN(""));
	}
}

static struct span
message_of(const struct helper_reply *r)
{
	for (unsigned i = 0; i < r->n; i++)
		if (span_is(r->pairs[i].key, "message"))
			return r->pairs[i].value;
	return r->rest;
}

static void
take_answer(struct storeid *x, struct span line)
{
	char			*text = span_dup(line);
	struct helper_reply	 r;

	helper_parse(text, line.n, &r);
	take_pairs(x, &r);
	if (r.word == HELPER_BH)
		complain("a broken helper", message_of(&r));
	else if (r.word == HELPER_OTHER)
		complain("an answer that is neither OK, ERR nor BH", r.rest);
	free(text);
}

static void
answered(void *arg, enum helper_result result, struct span line)
{
	struct storeid	*x = arg;

	OBJ_OK(x, STOREID_TAG);
	x->call = NULL;
	x->over = true;
	list_remove(&x->node);
	switch (result) {
	case HELPER_ANSWER:
		take_answer(x, line);
		break;
	case HELPER_TIMEOUT:
		complain("no answer in time", SPAN(""));
		break;
	case HELPER_DIED:
		complain("it ended without an answer", SPAN(""));
		break;
	case HELPER_OVERLOAD:
		complain("too many questions wait for it", SPAN(""));
		break;
	}
	txn_wake(x->t);
}

/* "URL extras". False: it is too long. */
static bool
make_line(const struct txn *t, struct sb *to)
{
	sb_span(to, t->f.url);
	if (ids.conf->extras != NULL) {
		sb_char(to, ' ');
		format_write(ids.conf->extras, t, to);
	}
	return sb_ok(to);
}

/* False: without the helper. */
static bool
ask(struct storeid *x)
{
	static char	 room[LINE_MAX_BYTES];
	struct sb	 b;
	struct span	 line;

	sb_fixed(&b, room, sizeof room);
	if (!make_line(x->t, &b)) {
		complain("the line for it would be too long", SPAN(""));
		return false;
	}
	line = sb_done(&b);
	for (size_t i = 0; i < line.n; i++)
		if ((unsigned char)room[i] < ' ' || room[i] == 0x7f)
			room[i] = ' ';
	x->call = helper_ask(ids.helpers, line, answered, x);
	if (x->call == NULL && !ids.conf->bypass)
		complain("too many questions wait for it", SPAN(""));
	return x->call != NULL;
}

/* store_id_access. STEP_GONE: judged. A user that is not there is no match. */
static enum step
judge(struct txn *t, bool *allowed)
{
	struct ruling	 r;
	enum step	 step = need_judge(ids.conf->access, t, &r);

	*allowed = step == STEP_GONE && r.kind == RULING_ALLOW;
	return step;
}

static struct storeid *
begin(struct txn *t)
{
	struct storeid	*x = arena_get(&t->arena, sizeof *x);

	if (x == NULL)
		return NULL;
	*x = (struct storeid){ .tag = STOREID_TAG, .t = t };
	list_init(&x->node);
	return x;
}

enum step
storeid_fetch(struct txn *t, struct span *id)
{
	bool		 allowed = false;
	enum step	 step;

	OBJ_OK(t, TXN_TAG);
	*id = SPAN_NONE;
	if (t->storeid == NULL) {
		MUST(storeid_wanted(t));
		step = judge(t, &allowed);
		if (step != STEP_GONE)
			return step;
		t->storeid = begin(t);
		if (t->storeid == NULL)
			return txn_fail(t, WHY_NO_MEMORY, NULL);
		t->storeid->over = !allowed || !ask(t->storeid);
		if (!t->storeid->over)
			list_add(&ids.waiting, &t->storeid->node);
	}
	if (!t->storeid->over)
		return STEP_WAIT;
	*id = t->storeid->id;
	return STEP_GONE;
}

struct span
storeid_of(const struct txn *t)
{
	return t->storeid != NULL ? t->storeid->id : SPAN_NONE;
}

void
storeid_cancel(struct txn *t)
{
	struct storeid	*x = t->storeid;

	if (x == NULL)
		return;
	OBJ_OK(x, STOREID_TAG);
	list_remove(&x->node);
	helper_cancel(&x->call);
	x->over = true;
}
