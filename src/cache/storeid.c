/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking the store-id helpers: one question a request, nothing is remembered beyond it. Runs in a
 * worker.
 */
#include "cache/storeid.h"

#include "acl/need.h"
#include "acl/notes.h"
#include "acl/rules.h"
#include "acl/urlhelper.h"
#include "base/must.h"

enum { STOREID_TAG = TAG4('S', 'T', 'I', 'D'), ID_MAX = 8192 };

/* In the transaction's arena. */
struct storeid {
	uint32_t		 tag;
	bool			 over;
	struct urlhelper_ask	 ask;
	struct span		 id;
};

static struct urlhelper		*helper;	/* NULL: none */
static const struct url_helper	*conf;

void
storeid_start(const struct settings *s)
{
	const struct urlhelper_settings	 us = { .name = "store_id_program", .conf = &s->store_id };

	MUST(helper == NULL);
	if (s->store_id.program == NULL || s->n_cache_dirs == 0)
		return;
	conf = &s->store_id;
	helper = urlhelper_new(&us);
}

void
storeid_stop(void)
{
	urlhelper_free(&helper);
}

bool
storeid_wanted(const struct txn *t)
{
	return helper != NULL && !t->dry;
}

static void
complain(const char *what, struct span why)
{
	static uint64_t	 said;

	urlhelper_complain(&said, "store_id_program", what, why, "the address is taken");
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

static void
take_id(struct txn *t, const struct helper_reply *r)
{
	for (unsigned i = 0; i < r->n; i++) {
		if (!span_is(r->pairs[i].key, "store-id"))
			continue;
		if (sound(r->pairs[i].value))
			t->storeid->id = arena_span(&t->arena, r->pairs[i].value);
		else
			complain("a store-id that is empty, too long or not one line", SPAN(""));
	}
}

static void
take_answer(struct txn *t, const struct helper_reply *r)
{
	notes_take(t, r);
	switch (r->word) {
	case HELPER_OK:
		take_id(t, r);
		break;
	case HELPER_ERR:
		break;
	case HELPER_BH:
		complain("a broken helper", urlhelper_message(r));
		break;
	case HELPER_OTHER:
		complain("an answer that is neither OK, ERR nor BH", r->rest);
		break;
	}
}

static void
answered(struct txn *t, enum helper_result result, struct helper_reply *r)
{
	OBJ_OK(t->storeid, STOREID_TAG);
	t->storeid->over = true;
	switch (result) {
	case HELPER_ANSWER:
		take_answer(t, r);
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
}

/* False: without the helper. */
static bool
ask(struct txn *t)
{
	switch (urlhelper_ask(helper, &t->storeid->ask, t, answered)) {
	case URLHELPER_ASKED:
		return true;
	case URLHELPER_TOO_LONG:
		complain("the line for it would be too long", SPAN(""));
		break;
	case URLHELPER_BUSY:
		if (!conf->bypass)
			complain("too many questions wait for it", SPAN(""));
		break;
	}
	return false;
}

/* store_id_access. STEP_GONE: judged. A user that is not there is no match. */
static enum step
judge(struct txn *t, bool *allowed)
{
	struct ruling	 r;
	enum step	 step = need_judge(conf->access, t, &r);

	*allowed = step == STEP_GONE && r.kind == RULING_ALLOW;
	return step;
}

static struct storeid *
begin(struct txn *t)
{
	struct storeid	*x = arena_get(&t->arena, sizeof *x);

	if (x == NULL)
		return NULL;
	*x = (struct storeid){ .tag = STOREID_TAG };
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
		t->storeid->over = !allowed || !ask(t);
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
	urlhelper_cancel(&x->ask);
	x->over = true;
}
