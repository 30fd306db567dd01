/* SPDX-License-Identifier: Apache-2.0 */
/* The rewrite step. Runs in a worker. */
#include "access/rewrite.h"

#include <stdlib.h>

#include "access/access.h"
#include "access/newtarget.h"
#include "access/rewriteanswer.h"
#include "acl/need.h"
#include "acl/notes.h"
#include "acl/rules.h"
#include "acl/urlhelper.h"
#include "base/must.h"
#include "core/settings.h"

enum { REWRITING_TAG = TAG4('R', 'W', 'R', 'T') };

/* In the transaction's arena. */
struct rewriting {
	uint32_t		 tag;
	bool			 over;		/* `answer` is there */
	bool			 applied;
	struct urlhelper_ask	 ask;
	struct rewriteanswer	 answer;	/* its texts are in the arena */
};

static struct urlhelper		*helper;	/* NULL: none */

void
rewrite_start(const struct settings *s)
{
	const struct urlhelper_settings	 us = {
		.name = "url_rewrite_program", .conf = &s->rewrite.helper,
		.timeout_ms = s->rewrite.timeout_ms,
		.late_again = s->rewrite.late == REWRITE_LATE_RETRY,
	};

	MUST(helper == NULL);
	if (s->rewrite.helper.program != NULL)
		helper = urlhelper_new(&us);
}

void
rewrite_stop(void)
{
	urlhelper_free(&helper);
}

static void
complain(const char *what, struct span why, bool refused)
{
	static uint64_t	 said[2];

	urlhelper_complain(&said[refused], "url_rewrite_program", what, why,
	    refused ? "the request is refused" : "the request goes on as it is");
}

/* ---- the answer, or that there is none ---- */

static void
pass(struct txn *t, const char *what)
{
	complain(what, SPAN(""), false);
	t->rewriting->answer.kind = REWRITEANSWER_SAME;
}

static void
fail(struct txn *t, const char *what)
{
	complain(what, SPAN(""), true);
	t->rewriting->answer.kind = REWRITEANSWER_BAD;
	t->rewriting->answer.fault = what;
}

static void
fail_or_bypass(struct txn *t, const char *what)
{
	if (t->s->rewrite.helper.bypass)
		pass(t, what);
	else
		fail(t, what);
}

static void
take_reply(struct txn *t, struct helper_reply *r)
{
	struct rewriteanswer	*a = &t->rewriting->answer;

	rewriteanswer_judge(r, t->req.method == METHOD_CONNECT, a);
	if (a->kind == REWRITEANSWER_BAD)
		complain(a->fault, a->url, true);
	if (a->url.n > 0) {
		a->url = arena_span(&t->arena, a->url);
		if (a->url.p == NULL)
			fail(t, "its answer needs too much memory");
	}
	rewriteanswer_hide_logins(r);
	notes_take(t, r);
}

/* on_timeout=use_configured_response */
static void
take_configured(struct txn *t)
{
	struct span		 line = span_of(t->s->rewrite.late_response);
	char			*text = span_dup(line);
	struct helper_reply	 r;

	helper_parse(text, line.n, &r);
	take_reply(t, &r);
	free(text);
}

static void
late(struct txn *t)
{
	static const char	 what[] = "no answer in time";

	if (t->s->rewrite.timeout_ms == 0) {
		fail_or_bypass(t, what);
		return;
	}
	switch (t->s->rewrite.late) {
	case REWRITE_LATE_BYPASS:
		pass(t, what);
		break;
	case REWRITE_LATE_RESPONSE:
		take_configured(t);
		break;
	case REWRITE_LATE_FAIL:
	case REWRITE_LATE_RETRY:
		fail(t, what);
		break;
	}
}

static void
answered(struct txn *t, enum helper_result result, struct helper_reply *r)
{
	OBJ_OK(t->rewriting, REWRITING_TAG);
	t->rewriting->over = true;
	switch (result) {
	case HELPER_ANSWER:
		take_reply(t, r);
		break;
	case HELPER_TIMEOUT:
	case HELPER_OVERLOAD:		/* it waited in vain for its turn */
		late(t);
		break;
	case HELPER_DIED:
		fail_or_bypass(t, "it ended without an answer");
		break;
	}
}

/* ---- asking ---- */

static void
ask(struct txn *t)
{
	static const char	 busy[] = "too many questions wait for it";

	switch (urlhelper_ask(helper, &t->rewriting->ask, t, answered)) {
	case URLHELPER_ASKED:
		return;
	case URLHELPER_TOO_LONG:
		fail(t, "the line for it would be too long");
		break;
	case URLHELPER_BUSY:
		if (t->s->rewrite.helper.overload_passes)
			pass(t, busy);
		else
			fail_or_bypass(t, busy);
		break;
	}
	t->rewriting->over = true;
}

/* STEP_GONE: asked, or nothing is to be asked. A user that is not there is no match. */
static enum step
begin(struct txn *t)
{
	struct ruling		 r = { .kind = RULING_ALLOW };
	struct rewriting	*x;
	enum step		 next;

	if (t->s->rewrite.helper.access->n > 0) {
		next = need_judge(t->s->rewrite.helper.access, t, &r);
		if (next != STEP_GONE)
			return next;
	}
	x = arena_get(&t->arena, sizeof *x);
	if (x == NULL)
		return txn_fail(t, WHY_NO_MEMORY, NULL);
	*x = (struct rewriting){ .tag = REWRITING_TAG };
	t->rewriting = x;
	if (r.kind == RULING_ALLOW)
		ask(t);
	else
		x->over = true;
	return STEP_GONE;
}

/* ---- what follows from it ---- */

/* What may stand in a field: blanks, controls and bytes beyond ASCII are percent-encoded. */
static enum step
send_away(struct txn *t, const struct rewriteanswer *a)
{
	static const char	 digits[] = "0123456789ABCDEF";
	char			*p = arena_get(&t->arena, a->url.n * 3);
	size_t			 n = 0;

	if (p == NULL)
		return txn_fail(t, WHY_NO_MEMORY, NULL);
	for (size_t i = 0; i < a->url.n; i++) {
		unsigned char	 c = (unsigned char)a->url.p[i];

		if (c > ' ' && c < 0x7f) {
			p[n++] = (char)c;
			continue;
		}
		p[n++] = '%';
		p[n++] = digits[c >> 4];
		p[n++] = digits[c & 15];
	}
	t->redirect = span_at(p, n);
	t->redirect_status = (uint16_t)a->status;
	return STEP_GONE;
}

static enum step
send_elsewhere(struct txn *t, const struct rewriteanswer *a)
{
	enum step	 next = newtarget_set(t, a->url);

	if (next != STEP_GONE)
		complain("an address that cannot be asked for", a->url, true);
	return next;
}

static enum step
apply(struct txn *t)
{
	const struct rewriteanswer	*a = &t->rewriting->answer;

	switch (a->kind) {
	case REWRITEANSWER_SAME:
		break;
	case REWRITEANSWER_OTHER:
		return send_elsewhere(t, a);
	case REWRITEANSWER_REDIRECT:
		return send_away(t, a);
	case REWRITEANSWER_BROKEN:
		complain("a broken helper", a->url, false);
		break;
	case REWRITEANSWER_UNKNOWN:
		complain("an answer that nobody can understand", a->url, false);
		break;
	case REWRITEANSWER_BAD:
		return txn_fail(t, WHY_REWRITE_FAILED, "url_rewrite_program: %s", a->fault);
	}
	return STEP_GONE;
}

/* STEP_GONE: the request is what it is to be. */
static enum step
consult(struct txn *t)
{
	enum step	 next;

	if (t->rewriting == NULL && (next = begin(t)) != STEP_GONE)
		return next;
	OBJ_OK(t->rewriting, REWRITING_TAG);
	if (!t->rewriting->over)
		return STEP_WAIT;
	if (t->rewriting->applied)
		return STEP_GONE;
	t->rewriting->applied = true;
	return apply(t);
}

enum step
rewrite_request(struct txn *t)
{
	struct ruling	 r;
	enum step	 next = STEP_GONE;

	OBJ_OK(t, TXN_TAG);
	if (helper != NULL && !t->dry)
		next = consult(t);
	if (next == STEP_GONE && t->s->rewrite.adapted->n > 0)
		next = access_judge(t, t->s->rewrite.adapted, &r);
	if (next != STEP_GONE)
		return next;
	return t->for_us || t->redirect.n > 0 ? STEP_LOCAL : STEP_LOOKUP;
}

void
rewrite_cancel(struct txn *t)
{
	if (t->rewriting == NULL)
		return;
	OBJ_OK(t->rewriting, REWRITING_TAG);
	urlhelper_cancel(&t->rewriting->ask);
	t->rewriting->over = true;
}
