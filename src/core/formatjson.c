/* SPDX-License-Identifier: Apache-2.0 */
/* Facts as a JSON object (RFC 8259). */
#include "core/formatjson.h"

#include "core/facts.h"
#include "core/formatcodes.h"

/*
 * Length of the well-formed UTF-8 sequence (RFC 3629) of more than one byte that s begins with; 0:
 * none.
 */
static size_t
utf8(const unsigned char *s, size_t n)
{
	unsigned	 least = 0x80, most = 0xbf;
	size_t		 len;

	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;
	if (s[0] == 0xe0)
		least = 0xa0;		/* no overlong forms */
	else if (s[0] == 0xed)
		most = 0x9f;		/* no surrogates */
	else if (s[0] == 0xf0)
		least = 0x90;
	else if (s[0] == 0xf4)
		most = 0x8f;		/* nothing above U+10FFFF */
	if (n < len || s[1] < least || s[1] > most)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return len;
}

static void
escape(unsigned char c, struct sb *out)
{
	static const char	 digits[] = "0123456789abcdef";
	char			 six[6] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] };
	char			 two[2] = { '\\', (char)c };

	if (c == '"' || c == '\\')
		sb_add(out, two, sizeof two);
	else
		sb_add(out, six, sizeof six);
}

void
formatjson_text(struct span s, struct sb *out)
{
	const unsigned char	*p = (const unsigned char *)s.p;
	size_t			 from = 0, i = 0, n;

	sb_char(out, '"');
	while (i < s.n) {
		if (p[i] >= ' ' && p[i] < 0x7f && p[i] != '"' && p[i] != '\\') {
			i++;
		} else if (p[i] >= 0x80 && (n = utf8(p + i, s.n - i)) > 0) {
			i += n;
		} else {
			sb_add(out, s.p + from, i - from);
			escape(p[i], out);
			from = ++i;
		}
	}
	sb_add(out, s.p + from, s.n - from);
	sb_char(out, '"');
}

static void
key(const char *name, const char *suffix, struct sb *out)
{
	if (out->n > 0 && out->p[out->n - 1] != '{')
		sb_char(out, ',');
	sb_char(out, '"');
	sb_str(out, name);
	sb_str(out, suffix);
	SB_LIT(out, "\":");
}

/* v / scale with as many decimals as scale has zeros. */
static void
decimal(uint64_t v, uint64_t scale, struct sb *out)
{
	sb_u64(out, v / scale);
	sb_char(out, '.');
	for (uint64_t rest = v % scale, s = scale / 10; s > 0; s /= 10)
		sb_char(out, (char)('0' + rest / s % 10));
}

static void
write_number(const struct fact_row *row, uint64_t v, struct sb *out)
{
	if (v == 0)
		return;
	key(row->key, "", out);
	if (row->offset == offsetof(struct facts, number)) {
		sb_char(out, '"');
		sb_hex(out, v);
		sb_char(out, '"');
	} else if (row->type == FACT_TIME) {
		decimal(v, 1000000, out);
	} else if (row->type == FACT_DUR) {
		decimal(v, 1000, out);
	} else {
		sb_u64(out, v);
	}
}

static void
write_enum(const struct fact_row *row, const struct facts *f, uint64_t v, struct sb *out)
{
	struct span	 word = SPAN_NONE;
	char		 room[ADDR_TEXT];

	if (row->offset == offsetof(struct facts, why)) {
		if (v != WHY_NOTHING && v < WHY_COUNT)
			word = span_of(why_row((enum why)v)->name);
	} else if (row->offset == offsetof(struct facts, route)) {
		word = span_of(facts_route_name(v));
	} else {
		word = formatcodes_result(f, room);
	}
	if (word.n == 0)
		return;
	key(row->key, "", out);
	formatjson_text(word, out);
}

static void
write_notes(const struct fact_row *row, struct span notes, struct sb *out)
{
	struct span	 line;
	bool		 first = true;

	key(row->key, "", out);
	sb_char(out, '[');
	while (span_cut(&notes, '\n', &line)) {
		if (line.n == 0)
			continue;
		if (!first)
			sb_char(out, ',');
		formatjson_text(line, out);
		first = false;
	}
	sb_char(out, ']');
}

static void
write_text(const struct fact_row *row, struct span s, size_t clip, struct sb *out)
{
	if (s.n == 0)
		return;
	if (s.n > clip)
		s.n = clip;
	if (row->offset == offsetof(struct facts, notes)) {
		write_notes(row, s, out);
		return;
	}
	key(row->key, "", out);
	formatjson_text(s, out);
}

static void
write_addr(const struct fact_row *row, const struct addr *a, struct sb *out)
{
	static const struct addr	 none;
	char				 room[ADDR_TEXT];

	if (memcmp(a->ip, none.ip, sizeof none.ip) == 0)
		return;
	key(row->key, "", out);
	formatjson_text(span_of(addr_print(a, room)), out);
	if (a->port == 0)
		return;
	key(row->key, "_port", out);
	sb_u64(out, a->port);
}

void
formatjson_write(const struct txn *t, size_t clip, struct sb *out)
{
	sb_char(out, '{');
	for (unsigned i = 0; i < fact_count; i++) {
		const struct fact_row	*row = &fact_rows[i];
		const void		*m = (const char *)&t->f + row->offset;
		struct addr		 shown;

		switch (row->type) {
		case FACT_TEXT:
			if (m == &t->f.client_name && formatcodes_is_masked(t))
				break;
			write_text(row, m == &t->f.url || m == &t->f.url_asked ?
			    formatcodes_shown(t, *(const struct span *)m) :
			    *(const struct span *)m, clip, out);
			break;
		case FACT_ADDR:
			shown = m == &t->f.client || m == &t->f.indirect ?
			    formatcodes_masked(t, m) : *(const struct addr *)m;
			write_addr(row, &shown, out);
			break;
		case FACT_ENUM: write_enum(row, &t->f, *(const uint64_t *)m, out); break;
		case FACT_U64: case FACT_TIME: case FACT_DUR: write_number(row,
		    *(const uint64_t *)m, out); break;
		}
	}
	sb_char(out, '}');
}
