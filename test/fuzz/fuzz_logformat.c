/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines: any logformat compiles or is refused with a column inside of it; a line never holds
 * CR, LF or NUL whatever a peer sent; the JSON format is JSON in UTF-8; file names of users stay in
 * their directory; packed facts come back the same, damaged ones do no harm. Input: the format up
 * to the first newline, then the bytes that the peer sent.
 */
#include <stdlib.h>

#include "base/diag.h"
#include "base/must.h"
#include "core/format.h"
#include "core/settings.h"
#include "log/peruser.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char	 line[400000];

/* One JSON value at *p; what the format can hold. */
static void
check_value(const unsigned char **p, const unsigned char *end);

static unsigned char
next(const unsigned char **p, const unsigned char *end)
{
	MUST(*p < end);
	return *(*p)++;
}

static void
check_utf8(unsigned char c, const unsigned char **p, const unsigned char *end)
{
	unsigned	 more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
	uint32_t	 v = c & (0x3fu >> more);

	MUST(c >= 0xc2 && c <= 0xf4);
	for (unsigned i = 0; i < more; i++) {
		unsigned char	 d = next(p, end);

		MUST((d & 0xc0) == 0x80);
		v = v << 6 | (d & 0x3f);
	}
	MUST(v >= (more == 3 ? 0x10000u : more == 2 ? 0x800u : 0x80u) && v <= 0x10ffff &&
	    (v < 0xd800 || v > 0xdfff));
}

static void
check_string(const unsigned char **p, const unsigned char *end)
{
	unsigned char	 c;

	MUST(next(p, end) == '"');
	while ((c = next(p, end)) != '"') {
		MUST(c >= ' ' && c != 0x7f);
		if (c >= 0x80) {
			check_utf8(c, p, end);
		} else if (c == '\\') {
			c = next(p, end);
			MUST(c == '"' || c == '\\' || c == 'u');
			for (int i = 0; c == 'u' && i < 4; i++)
				MUST(strchr("0123456789abcdef", next(p, end)) != NULL);
		}
	}
}

static void
check_list(const unsigned char **p, const unsigned char *end, bool object)
{
	unsigned char	 close = object ? '}' : ']', c;

	next(p, end);
	if (*p < end && **p == close) {
		next(p, end);
		return;
	}
	do {
		if (object) {
			check_string(p, end);
			MUST(next(p, end) == ':');
		}
		check_value(p, end);
		c = next(p, end);
	} while (c == ',');
	MUST(c == close);
}

static void
check_value(const unsigned char **p, const unsigned char *end)
{
	MUST(*p < end);
	if (**p == '{' || **p == '[') {
		check_list(p, end, **p == '{');
	} else if (**p == '"') {
		check_string(p, end);
	} else {
		MUST(**p >= '0' && **p <= '9');
		while (*p < end && strchr("0123456789.", **p) != NULL)
			(*p)++;
	}
}

static size_t
write_line(const struct logformat *f, const struct txn *t)
{
	struct sb	 b;

	sb_fixed(&b, line, sizeof line);
	format_write(f, t, &b);
	return sb_ok(&b) ? b.n : 0;
}

static void
check_format(struct span text, const struct txn *t)
{
	struct diag_place	 at = { "f", 1, 1 };
	struct diag		 d;
	struct logformat	*f;
	size_t			 n;
	bool			 clean = memchr(text.p, '\r', text.n) == NULL &&
	    memchr(text.p, '\0', text.n) == NULL && memmem(text.p, text.n, "tl", 2) == NULL &&
	    memmem(text.p, text.n, "tg", 2) == NULL;

	diag_init(&d);
	f = format_compile("fuzz", text, at, &d);
	MUST((f == NULL) == (d.errors > 0));
	for (size_t i = 0; i < d.n; i++)
		MUST(d.entries[i].col >= 1 && d.entries[i].col <= text.n + 1);
	diag_free(&d);
	if (f == NULL)
		return;
	n = write_line(f, t);
	for (size_t i = 0; clean && i < n; i++)
		MUST(line[i] != '\n' && line[i] != '\r' && line[i] != '\0');
	format_free(&f);
}

static void
check_json(const struct txn *t)
{
	struct logformat	*f = format_builtin("json");
	size_t			 n = write_line(f, t);
	const unsigned char	*p = (const unsigned char *)line, *end = p + n;

	if (n > 0) {
		check_value(&p, end);
		MUST(p == end);
	}
	format_free(&f);
}

static void
check_stem(struct span user)
{
	struct addr	 a = addr_from_v4(0x7f000001, 0);
	char		 room[PERUSER_NAME];
	struct sb	 b;

	sb_fixed(&b, room, sizeof room);
	peruser_name(user, &a, 1700000000, &b);
	MUST(sb_ok(&b) && b.n > 11 && room[0] != '.');
	MUST(memchr(room, '/', b.n) == NULL && memchr(room, '\0', b.n) == NULL);
}

static void
check_pack(const struct facts *f)
{
	struct facts	 back;
	size_t		 n;
	void		*block = facts_pack(f, &n);

	facts_unpack(block, n, &back);
	MUST(span_eq(back.url, f->url) && span_eq(back.user, f->user) && back.number == f->number);
	free(block);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct settings	 s;
	struct txn		 t = { .tag = TXN_TAG, .s = &s };
	struct span		 all = span_at((const char *)data, n), format, peer;
	struct facts		 back;

	if (!span_cut(&all, '\n', &format) || n == 0)
		return 0;
	peer = all;
	arena_init(&t.arena, 1 << 16);
	s.strip_query_terms = n % 2 == 0;
	t.f.number = n;
	t.f.started = 1700000000000000;
	t.f.ended = t.f.started + n;
	t.f.client = t.f.indirect = addr_from_v4((uint32_t)n, (uint16_t)n);
	t.f.url = t.f.user = t.f.method = t.f.mime = t.f.why_detail = t.f.host = peer;
	t.f.notes = peer;
	t.f.why = n % WHY_COUNT;
	t.f.tag_result = n % (RESULT_COUNT + 1);
	t.f.aborted = n % 3;
	head_add(&t.req, SPAN("User-Agent"), peer, &t.arena);
	head_add(&t.req, SPAN("user-agent"), peer, &t.arena);
	head_add(&t.reply, SPAN("X"), peer, &t.arena);
	check_format(format, &t);
	check_json(&t);
	check_stem(peer);
	check_pack(&t.f);
	facts_unpack(peer.p, peer.n, &back);
	arena_reset(&t.arena);
	return 0;
}
