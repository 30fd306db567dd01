/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request line of external ACL helpers: compiled from the words of external_acl_type, written
 * for a request.
 */
#include "acl/external.h"

#include "base/must.h"

enum { WORD_MAX = 1024 };

static bool
is_modifier(char c)
{
	return memchr("\"[#/'", c, 5) != NULL;
}

/* The code behind % and its modifier. */
static struct span
code_of(struct span word, bool *modified)
{
	*modified = word.n > 1 && is_modifier(word.p[1]);
	return span_at(word.p + 1 + *modified, word.n - 1 - *modified);
}

/*
 * Older spellings: %>{Field} and %{Field} for %{Field}>h, %<{Field} for %{Field}<h. Newer ones as
 * they are.
 */
static void
put_code(struct sb *b, struct span code)
{
	bool	 arrow = code.n > 2 && (code.p[0] == '>' || code.p[0] == '<') && code.p[1] == '{';

	if (arrow && code.p[code.n - 1] == '}') {
		sb_add(b, code.p + 1, code.n - 1);
		sb_char(b, code.p[0]);
		sb_char(b, 'h');
		return;
	}
	sb_span(b, code);
	if (!arrow && code.n > 2 && code.p[0] == '{' && code.p[code.n - 1] == '}')
		SB_LIT(b, ">h");
}

bool
external_item(struct external_type *type, struct span word, struct diag_place at, struct diag *d,
    struct external_item *item)
{
	bool		 modified;
	struct span	 code = code_of(word, &modified);
	char		 room[WORD_MAX];
	struct sb	 b;

	*item = (struct external_item){ .kind = EXTERNAL_FORMAT };
	if (span_is(code, "ACL") || span_is(code, "DATA")) {
		item->kind = span_is(code, "ACL") ? EXTERNAL_ACL : EXTERNAL_DATA;
		item->whole = modified;
		return true;
	}
	if (span_starts(code, SPAN("USER_CERT_")) || span_starts(code, SPAN("USER_CA_CERT_")))
		code = SPAN("USER_CERT");	/* of a client's certificate nothing is known */
	if (span_is(code, "LOGIN") || span_is(code, "ul"))
		type->needs_user = true;
	sb_fixed(&b, room, sizeof room);
	sb_char(&b, '%');
	if (modified)
		sb_char(&b, word.p[1]);
	else if (!span_is(code, "%"))
		sb_char(&b, type->plain ? '/' : '#');
	put_code(&b, code);
	if (!sb_ok(&b)) {
		diag_error(d, at, "external_acl_type %s: a code of the format is too long",
		    type->name);
		return false;
	}
	item->format = format_compile("external_acl_type", sb_done(&b), at, d);
	return item->format != NULL;
}

/* As %# writes values: RFC 1738's unsafe bytes, controls and what is not ASCII. */
static void
put_escaped(struct sb *b, struct span s)
{
	static const char	 digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char	 c = (unsigned char)s.p[i];

		if (c > ' ' && c < 0x7f && strchr("<>\"#%{}|\\^~[]`'", c) == NULL) {
			sb_char(b, (char)c);
			continue;
		}
		sb_char(b, '%');
		sb_char(b, digits[c >> 4]);
		sb_char(b, digits[c & 15]);
	}
}

static void
put_data(struct sb *b, const struct external_args *x, bool whole)
{
	if (x->n == 0)
		sb_char(b, '-');
	for (size_t i = 0; i < x->n; i++) {
		if (i > 0)
			sb_str(b, whole ? "%20" : " ");
		if (x->type->plain)
			sb_span(b, x->list[i]);
		else
			put_escaped(b, x->list[i]);
	}
}

bool
external_line(const struct txn *t, const struct external_args *x, struct sb *to)
{
	const struct external_type	*type = x->type;

	for (size_t i = 0; i < type->n_items; i++) {
		const struct external_item	*item = &type->items[i];

		if (i > 0)
			sb_char(to, ' ');
		switch (item->kind) {
		case EXTERNAL_FORMAT:
			format_write(item->format, t, to);
			break;
		case EXTERNAL_ACL:
			put_escaped(to, x->acl);
			break;
		case EXTERNAL_DATA:
			put_data(to, x, item->whole);
			break;
		}
	}
	for (size_t i = 0; i < to->n; i++)	/* %' lets some through */
		if ((unsigned char)to->p[i] < ' ' || to->p[i] == 0x7f)
			to->p[i] = ' ';
	return sb_ok(to);
}
