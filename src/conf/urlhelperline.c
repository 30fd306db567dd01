/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Helpers that are told URLs: store_id_program and url_rewrite_program, with what belongs to them
 * and is neither a rule list nor a plain value. Runs in the master.
 */
#include "base/must.h"
#include "conf/parsers.h"
#include "conf/values.h"
#include "core/format.h"

/* The row in the table says whose line it is. */
static struct url_helper *
helper_of(const struct args *a)
{
	MUST(a->row->at >= 0);
	return (struct url_helper *)(void *)((char *)a->l->s + a->row->at);
}

void
urlhelperline_program(struct args *a)
{
	struct url_helper	*x = helper_of(a);

	if (args_more(a) && a->n == 1 && args_take(a, "none"))
		x->program = NULL;
	else
		values_program(a, &x->program);
}

void
urlhelperline_children(struct args *a)
{
	struct url_helper		*x = helper_of(a);
	const struct values_children	 to = { &x->children, &x->startup, &x->idle,
	    &x->concurrency, &x->queue, &x->overload_passes };

	values_children(a, &to);
}

void
urlhelperline_concurrency(struct args *a)
{
	uint64_t	 n;

	if (values_number(a, &n) && n <= 1000000)
		helper_of(a)->concurrency = (unsigned)n;
	else
		diag_error(a->l->d, a->at, "%.*s needs a number up to 1000000", SPAN_ARG(a->name));
	args_end(a);
}

void
urlhelperline_extras(struct args *a)
{
	struct url_helper	*x = helper_of(a);
	struct acl_word		 w = args_next(a);
	struct logformat	*f = format_compile(a->row->name, w.text, w.at, a->l->d);

	if (f == NULL)
		return;
	format_free(&x->extras);
	x->extras = f;
	args_end(a);
}

/* Where the quoted text that begins at `at` ends; its length without a closing quote. */
static size_t
quote_end(struct span text, size_t at)
{
	char	 quote = text.p[at++];

	for (; at < text.n && text.p[at] != quote; at++)
		if (text.p[at] == '\\' && at + 1 < text.n)
			at++;
	return at;
}

/* response=WORD or response="an answer of several words" */
static void
take_response(struct args *a, struct span value)
{
	struct span	 text = a->line->text;
	size_t		 at = (size_t)(value.p - text.p), end;

	if (value.n == 0 || (value.p[0] != '"' && value.p[0] != '\'')) {
		a->l->s->rewrite.late_response = loader_str(a->l, value);
		args_next(a);
		return;
	}
	end = quote_end(text, at);
	a->line->at = at;
	a->l->s->rewrite.late_response = loader_str(a->l,
	    lexer_rest(a->line, &a->l->s->arena, a->l->d));
	while (a->i < a->n && a->l->starts[a->i] <= end)
		a->i++;
}

static bool
timeout_option(struct args *a)
{
	static const struct { const char *word; enum rewrite_late late; } actions[] = {
		{ "fail", REWRITE_LATE_FAIL }, { "bypass", REWRITE_LATE_BYPASS },
		{ "retry", REWRITE_LATE_RETRY },
		{ "use_configured_response", REWRITE_LATE_RESPONSE },
	};
	struct span	 w = args_peek(a).text, v;

	if (values_key(w, "response", &v)) {
		take_response(a, v);
		return true;
	}
	if (!values_key(w, "on_timeout", &v))
		return args_error(a, "'%.*s' is no option of %s", SPAN_ARG(w), a->row->name);
	for (size_t i = 0; i < COUNT_OF(actions); i++)
		if (span_iis(v, actions[i].word)) {
			a->l->s->rewrite.late = actions[i].late;
			args_next(a);
			return true;
		}
	return args_error(a, "on_timeout is bypass, fail, retry or use_configured_response");
}

void
urlhelperline_timeout(struct args *a)
{
	struct url_rewrite	*x = &a->l->s->rewrite;

	if (!values_time(a, "second", &x->timeout_ms))
		return;
	x->late = REWRITE_LATE_BYPASS;		/* Squid's, where nothing is said */
	x->late_response = NULL;
	while (args_more(a))
		if (!timeout_option(a))
			return;
	if (x->late == REWRITE_LATE_RESPONSE && x->late_response == NULL)
		args_error(a, "on_timeout=use_configured_response needs response=");
	else if (x->late != REWRITE_LATE_RESPONSE && x->late_response != NULL)
		args_error(a, "response= is for on_timeout=use_configured_response");
}

void
urlhelperline_finish(struct loader *l)
{
	struct url_rewrite	*x = &l->s->rewrite;

	x->wanted = x->helper.program != NULL || x->adapted->n > 0;
}
