/* SPDX-License-Identifier: Apache-2.0 */
/* Age, Cache-Status and X-Cache of one answer. Pure; worker. */
#include "core/cachestatus.h"

#include "base/must.h"
#include "http/charclass.h"

/*
 * A Token of structured fields (RFC 8941, 3.3.4): begins with a letter or '*'; ':' and '/' are
 * allowed too.
 */
static bool
is_sf_token(struct span s)
{
	if (s.n == 0 || !(charclass_is((unsigned char)s.p[0], CHAR_ALPHA) || s.p[0] == '*'))
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!charclass_is((unsigned char)s.p[i], CHAR_TOKEN) && s.p[i] != ':' &&
		    s.p[i] != '/')
			return false;
	return true;
}

/* A Token where it is one, else a String, which holds visible ASCII and spaces only. */
static void
put_item(struct sb *out, struct span s)
{
	if (is_sf_token(s)) {
		sb_span(out, s);
		return;
	}
	sb_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			sb_char(out, '\\');
		sb_char(out, s.p[i] >= ' ' && s.p[i] <= '~' ? s.p[i] : '?');
	}
	sb_char(out, '"');
}

static void
put_forward(struct sb *out, const struct cachestatus *s)
{
	static const char *const	 words[] = { "hit", "bypass", "method", "uri-miss",
	    "vary-miss", "miss", "request", "stale", "partial" };

	MUST(s->fwd < COUNT_OF(words));
	SB_LIT(out, "; fwd=");
	sb_str(out, words[s->fwd]);
	if (s->fwd_status != 0) {
		SB_LIT(out, "; fwd-status=");
		sb_u64(out, s->fwd_status);
	}
}

static void
put_seconds(struct sb *out, int64_t v)
{
	if (v < 0)
		sb_char(out, '-');
	sb_u64(out, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void
cachestatus_settle(struct cachestatus_texts *t, struct span name, struct arena *a)
{
	static const char *const	 words[] = { "MISS", "HIT" };
	struct sb			 b;

	sb_heap(&b, 4096);
	SB_LIT(&b, "Cache-Status: ");
	put_item(&b, name);
	MUST(sb_ok(&b));
	t->member = arena_span(a, sb_done(&b));
	sb_free(&b);
	for (unsigned hit = 0; hit < 2; hit++)
		for (unsigned looked = 0; looked < 2; looked++)
			t->found[hit][looked] = arena_printf(a,
			    "\r\nX-Cache: %s from %.*s\r\nX-Cache-Lookup: %s from %.*s:",
			    words[hit], SPAN_ARG(name), words[looked], SPAN_ARG(name));
}

static void
put_parameters(struct sb *out, const struct cachestatus *s)
{
	if (s->fwd == CACHESTATUS_HIT)
		SB_LIT(out, "; hit");
	else
		put_forward(out, s);
	if (s->has_ttl) {
		SB_LIT(out, "; ttl=");
		put_seconds(out, s->ttl);
	}
	if (s->stored)
		SB_LIT(out, "; stored");
	if (s->collapsed)
		SB_LIT(out, "; collapsed");
	if (s->detail != NULL) {
		SB_LIT(out, "; detail=");
		put_item(out, span_of(s->detail));
	}
}

/* Stand in every answer: built of pieces, as reading a format costs more than what it prints. */
void
cachestatus_lines(struct sb *out, const struct cachestatus_texts *t, uint16_t port,
    const struct cachestatus *s, bool looked, int64_t age)
{
	if (age >= 0) {
		SB_LIT(out, "Age: ");
		sb_u64(out, (uint64_t)age);
		SB_LIT(out, "\r\n");
	}
	sb_span(out, t->member);
	put_parameters(out, s);
	sb_span(out, t->found[s->fwd == CACHESTATUS_HIT || s->from_store][looked]);
	sb_u64(out, port);
	SB_LIT(out, "\r\n");
}
