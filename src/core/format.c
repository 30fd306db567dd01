/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logformat: compiles "% [encoding] [-] [[0]width[.precision]] [{arg}] code [{arg}]" and writes
 * lines. The rules of encodings, widths and dashes are those of Squid's formatting, byte for byte.
 */
#include "core/format.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/formatcodes.h"
#include "core/formatfields.h"
#include "core/formatjson.h"
#include "core/formatput.h"
#include "core/settings.h"

enum { FORMAT_TAG = TAG4('F', 'M', 'T', '1'), WIDTH_MAX = FORMATPUT_WIDTH, CLIP = 8192 };

struct logformat {
	uint32_t		 tag;
	char			*name, *text;	/* operations borrow from text */
	struct format_op	*ops;
	size_t			 n, cap;
	bool			 json;
	/* one of those that log_mime_hdrs adds the heads to */
	bool			 mime;
	bool			 wants_heads, wants_client_name;
};

static struct format_op *
add_op(struct logformat *f, enum format_code code)
{
	static uint32_t	 serial;

	f->ops = mem_room(f->ops, f->n, &f->cap, sizeof *f->ops);
	f->ops[f->n] = (struct format_op){ .code = (uint8_t)code, .min = -1, .max = -1,
	    .divisor = 1000, .separator = ',', .serial = ++serial };
	return &f->ops[f->n++];
}

/* Text up to the next %; quotes and brackets in it choose the encoding of the codes behind them. */
static size_t
literal(struct logformat *f, struct span rest, enum format_quote *state)
{
	ptrdiff_t	 percent = span_find(rest, '%');
	size_t		 n = percent < 0 ? rest.n : (size_t)percent;

	add_op(f, CODE_LITERAL)->text = span_at(rest.p, n);
	for (size_t i = 0; i < n; i++) {
		char	 c = rest.p[i];

		if (c == '"' && *state != QUOTE_MIME)
			*state = *state == QUOTE_QUOTES ? QUOTE_DEFAULT : QUOTE_QUOTES;
		else if (c == '[' && *state == QUOTE_DEFAULT)
			*state = QUOTE_MIME;
		else if (c == ']' && *state == QUOTE_MIME)
			*state = QUOTE_DEFAULT;
	}
	return n;
}

static bool
digits(struct span rest, size_t *at, int *out)
{
	int	 v = 0;

	if (*at >= rest.n || rest.p[*at] < '0' || rest.p[*at] > '9')
		return false;
	for (; *at < rest.n && rest.p[*at] >= '0' && rest.p[*at] <= '9'; (*at)++)
		v = v < WIDTH_MAX ? v * 10 + (rest.p[*at] - '0') : v;
	*out = v < WIDTH_MAX ? v : WIDTH_MAX;
	return true;
}

/* {arg}: *at stands on '{'. False: it never ends. */
static bool
argument(struct span rest, size_t *at, struct span *out)
{
	ptrdiff_t	 end = span_find(span_at(rest.p + *at, rest.n - *at), '}');

	if (end < 0)
		return false;
	*out = span_at(rest.p + *at + 1, (size_t)end - 1);
	*at += (size_t)end + 1;
	return true;
}

/* What stands between % and the name of the code, without the argument. */
static void
modifiers(struct format_op *op, struct span rest, size_t *at)
{
	static const char	 marks[] = "\"[#/'";
	const char		*mark;

	if (*at < rest.n && (mark = memchr(marks, rest.p[*at], sizeof marks - 1)) != NULL) {
		op->quote = (uint8_t)(QUOTE_QUOTES + (mark - marks));
		(*at)++;
	}
	if (*at < rest.n && rest.p[*at] == '-') {
		op->left = true;
		(*at)++;
	}
	if (*at < rest.n && rest.p[*at] == '0') {
		op->zero = true;
		(*at)++;
	}
	digits(rest, at, &op->min);
	if (*at < rest.n && rest.p[*at] == '.') {
		(*at)++;
		digits(rest, at, &op->max);
	}
	op->divisor = 1000;
	if (op->max > 0) {
		op->divisor = 1000000;
		for (int i = op->max; i > 0 && op->divisor > 1; i--)
			op->divisor /= 10;
	}
}

/* {name[:[separator]element]} of fields, {name[:separator]} of notes. */
static void
split_argument(struct format_op *op)
{
	ptrdiff_t	 colon = span_find(op->text, ':');

	op->name = colon < 0 ? op->text : span_at(op->text.p, (size_t)colon);
	op->field = (uint16_t)field_lookup(op->name);
	if (colon < 0)
		return;
	op->element = span_at(op->text.p + colon + 1, op->text.n - (size_t)colon - 1);
	if (op->code == CODE_NOTE || op->element.n == 0)
		return;
	if (memchr(",;:", op->element.p[0], 3) != NULL) {
		op->separator = op->element.p[0];
		op->element.p++;
		op->element.n--;
	}
}

static bool
find_fact(struct format_op *op)
{
	for (unsigned i = 0; i < fact_count; i++)
		if (span_is(op->text, fact_rows[i].key))
			op->row = &fact_rows[i];
	return op->row != NULL;
}

static void
note_needs(struct logformat *f, const struct format_op *op)
{
	f->wants_heads |= op->code == CODE_REQ_FIELD || op->code == CODE_REP_FIELD;
	f->wants_client_name |= op->code == CODE_CLIENT_NAME;
}

/* rest begins behind the %. Returns the bytes taken, or 0 after an error. */
static size_t
one_code(struct logformat *f, struct span rest, enum format_quote state, struct diag_place at,
    struct diag *d)
{
	struct format_op	*op = add_op(f, CODE_NOTHING);
	enum format_code	 code;
	unsigned		 escaped;
	bool			 dead;
	size_t			 i = 0, n;

	op->quote = (uint8_t)state;
	modifiers(op, rest, &i);
	if (i < rest.n && rest.p[i] == '{' && !argument(rest, &i, &op->text)) {
		diag_error(d, at, "logformat %s: '{' without '}'", f->name);
		return 0;
	}
	n = formatnames_find(span_at(rest.p + i, rest.n - i), &code, &escaped, &dead);
	if (n == 0) {
		diag_error(d, at, "logformat %s: unknown code \"%%%.*s\"", f->name,
		    (int)(rest.n < 20 ? rest.n : 20), rest.p);
		return 0;
	}
	if (dead)
		diag_note(d, at, "logformat %s: %%%.*s has no value in this proxy and prints \"-\"",
		    f->name, (int)n, rest.p + i);
	i += n;
	op->code = (uint8_t)code;
	if (i < rest.n && rest.p[i] == '{' && op->text.n == 0 && !argument(rest, &i, &op->text)) {
		diag_error(d, at, "logformat %s: '{' without '}'", f->name);
		return 0;
	}
	if (op->quote == QUOTE_DEFAULT)
		op->quote = escaped == 0 ? QUOTE_RAW : escaped == 1 ? QUOTE_PASS : QUOTE_ADDRESS;
	if (code == CODE_REQ_FIELD || code == CODE_REP_FIELD || code == CODE_NOTE)
		split_argument(op);
	if (code == CODE_FACT && !find_fact(op)) {
		diag_error(d, at, "logformat %s: no fact is called \"%.*s\"", f->name,
		    SPAN_ARG(op->text));
		return 0;
	}
	note_needs(f, op);
	return i;
}

static struct logformat *
fresh(const char *name)
{
	struct logformat	*f = mem_zero(sizeof *f);

	f->tag = FORMAT_TAG;
	f->name = mem_str(name);
	return f;
}

struct logformat *
format_compile(const char *name, struct span text, struct diag_place at, struct diag *d)
{
	struct logformat	*f = fresh(name);
	enum format_quote	 state = QUOTE_DEFAULT;
	struct span		 rest;
	bool			 good = true;

	f->text = span_dup(text);
	rest = span_at(f->text, text.n);
	while (rest.n > 0) {
		struct diag_place	 here = at;
		size_t			 n;

		if (at.col > 0)
			here.col += (uint32_t)(rest.p - f->text);
		if (rest.p[0] != '%') {
			n = literal(f, rest, &state);
		} else if ((n = 1 + one_code(f, span_at(rest.p + 1, rest.n - 1), state, here,
		    d)) == 1) {
			good = false;		/* the rest may have more errors */
		}
		rest = span_at(rest.p + n, rest.n - n);
	}
	if (!good)
		format_free(&f);
	return f;
}

struct logformat *
format_builtin(const char *name)
{
	static const struct { const char *name, *text; bool mime; } formats[] = {
		{ "squid", "%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt", true },
		{ "common", "%>a %[ui %[un [%tl] \"%rm %ru HTTP/%rv\" %>Hs %<st %Ss:%Sh", true },
		{ "combined",
		    "%>a %[ui %[un [%tl] \"%rm %ru HTTP/%rv\" %>Hs %<st \"%{Referer}>h\" \"%{User-Agent}>h\" %Ss:%Sh",
		    true },
		{ "referrer", "%ts.%03tu %>a %{Referer}>h %ru", false },
		{ "useragent", "%>a [%tl] \"%{User-Agent}>h\"", false },
	};
	struct logformat	*f;
	struct diag		 d;

	if (strcmp(name, "json") == 0) {
		f = fresh(name);
		f->json = true;
		return f;
	}
	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		if (strcmp(name, formats[i].name) != 0)
			continue;
		diag_init(&d);
		f = format_compile(name, span_of(formats[i].text), (struct diag_place){ 0 }, &d);
		MUST(f != NULL && d.errors == 0);
		diag_free(&d);
		f->mime = formats[i].mime;
		return f;
	}
	return NULL;
}

void
format_free(struct logformat **f)
{
	if (*f == NULL)
		return;
	OBJ_OK(*f, FORMAT_TAG);
	OBJ_GONE(*f);
	free((*f)->ops);
	free((*f)->text);
	free((*f)->name);
	free(*f);
	*f = NULL;
}

const char *
format_name(const struct logformat *f)
{
	return f->name;
}

bool
format_wants_heads(const struct logformat *f)
{
	return f->wants_heads;
}

bool
format_wants_client_name(const struct logformat *f)
{
	return f->wants_client_name;
}

/* log_mime_hdrs: both heads in brackets behind the line. */
static void
write_heads(const struct txn *t, struct sb *out)
{
	SB_LIT(out, " [");
	formatquote_put(QUOTE_MIME, formatfields_all(&t->req), out);
	SB_LIT(out, "] [");
	formatquote_put(QUOTE_MIME, formatfields_all(&t->reply), out);
	SB_LIT(out, "]");
}

void
format_write_clipped(const struct logformat *f, const struct txn *t, size_t clip, struct sb *out)
{
	struct format_value	 v;

	OBJ_OK(f, FORMAT_TAG);
	if (f->json) {
		formatjson_write(t, clip, out);
		return;
	}
	for (size_t i = 0; i < f->n; i++) {
		const struct format_op	*op = &f->ops[i];

		if (op->code == CODE_LITERAL) {
			sb_span(out, op->text);
			continue;
		}
		formatcodes_value(op, t, &v);
		if (v.kind == VALUE_NONE || (v.kind == VALUE_TEXT && v.text.n == 0))
			sb_char(out, '-');
		else if (v.kind == VALUE_TEXT)
			formatput_text(op, v.text, clip, out);
		else
			formatput_number(op, &v, out);
	}
	if (f->mime && t->s != NULL && t->s->log_mime_hdrs)
		write_heads(t, out);
}

void
format_write(const struct logformat *f, const struct txn *t, struct sb *out)
{
	format_write_clipped(f, t, CLIP, out);
}
