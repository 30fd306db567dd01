/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Header rules. For each field the list of its name decides, else "Other" (names that Squid does
 * not know), else "All" (Squid). Fields that frame a message, name its target or say which part of
 * something it is are the forwarding code's own business: no rule takes them away.
 */
#include "acl/mangle.h"

#include "base/sb.h"
#include "core/format.h"
#include "http/media.h"

enum { ADDED_MOST = 16384 };

static bool
is_protected(const struct head *h, const struct head_field *f)
{
	switch (f->id) {
	case FIELD_CONTENT_LENGTH:
	case FIELD_TRANSFER_ENCODING:
	case FIELD_CONNECTION:
		return true;
	case FIELD_HOST:
		return h->request;
	case FIELD_CONTENT_RANGE:	/* which bytes these are (RFC 9110, 15.3.7) */
		return !h->request && h->status == 206;
	case FIELD_CONTENT_TYPE:
		return !h->request && h->status == 206 &&
		    span_ieq(media_type(f->value), SPAN("multipart/byteranges"));
	default:	/* ids are a number in a field, not an enum to be exhausted */
		return false;
	}
}

/* "Other" is what Squid 5 has no number for, not what we have none for. */
static bool
is_other(const struct head_field *f)
{
	static const char *const	 known[] = {
		"Alternate-Protocol", "CDN-Loop", "Content-Base", "Content-MD5", "Cookie2",
		    "Front-End-Https", "Key", "Mime-Version",
		"Proxy-support", "Public", "Request-Range", "Set-Cookie2", "Title", "Translate",
		    "Unless-Modified-Since", "X-Request-URI",
	};

	switch (f->id) {
	case FIELD_OTHER:
		break;
	case FIELD_ALT_SVC:
	case FIELD_CACHE_STATUS:
	case FIELD_CDN_CACHE_CONTROL:
	case FIELD_PROXY_STATUS:
	case FIELD_X_REQUESTED_WITH:
		return true;
	default:	/* as above */
		return false;
	}
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (span_iis(f->name, known[i]))
			return false;
	return true;
}

static const struct header_rule *
find_rule(const struct header_rules *rules, const struct head_field *f)
{
	const struct header_rule *other = NULL, *all = NULL;

	for (size_t i = 0; i < rules->n; i++) {
		const struct header_rule *r = &rules->list[i];
		struct span name = span_of(r->name);

		if (r->rules == NULL || r->rules->n == 0)
			continue;
		if ((r->id != FIELD_OTHER && r->id == f->id) || span_ieq(name, f->name))
			return r;
		if (span_iis(name, "Other"))
			other = r;
		else if (span_iis(name, "All"))
			all = r;
	}
	return (other != NULL && is_other(f)) ? other : all;
}

/* NULL: it may pass. */
static const struct header_rule *
denying(struct txn *t, const struct header_rules *rules, const struct head_field *f)
{
	const struct header_rule *r = find_rule(rules, f);
	struct ruling ruling;

	if (r == NULL)
		return NULL;
	rules_judge(r->rules, t, false, &ruling);
	return ruling.kind == RULING_ALLOW ? NULL : r;
}

static void
filter(struct txn *t, struct head *h, const struct header_rules *rules)
{
	for (uint16_t i = 0; i < h->n; i++) {
		struct head_field *f = &h->fields[i];
		const struct header_rule *r = f->gone || is_protected(h, f) ? NULL :
		    denying(t, rules, f);

		if (r == NULL)
			continue;
		f->line = false;
		if (r->replace != NULL)
			f->value = span_of(r->replace);
		else
			f->gone = true;
	}
}

/* Bytes that no field value may hold are left out: what was formatted may come from a peer. */
static struct span
clean(struct arena *a, struct span s)
{
	struct span copy = arena_span(a, s);
	char *to = (char *)(uintptr_t)copy.p;
	size_t n = 0;

	for (size_t i = 0; i < copy.n; i++) {
		unsigned char c = (unsigned char)copy.p[i];

		if (c == '\t' || (c >= ' ' && c != 0x7f))
			to[n++] = (char)c;
	}
	return span_trim(span_at(copy.p, n));
}

static void
add(struct txn *t, struct head *h, const struct header_add *list, size_t n)
{
	struct sb b;

	for (size_t i = 0; i < n; i++) {
		if (!cond_holds_now(list[i].when, t))
			continue;
		sb_heap(&b, ADDED_MOST);
		format_write(list[i].value, t, &b);
		if (sb_ok(&b))
			head_add(h, span_of(list[i].name), clean(&t->arena, sb_done(&b)),
			    &t->arena);
		sb_free(&b);
	}
}

void
mangle_request(struct txn *t, struct head *h)
{
	const struct settings *s = t->s;

	if (s->request_header_access.n > 0)
		filter(t, h, &s->request_header_access);
	if (s->n_request_header_add > 0)
		add(t, h, s->request_header_add, s->n_request_header_add);
}

void
mangle_reply(struct txn *t, struct head *h)
{
	const struct settings *s = t->s;

	if (s->reply_header_access.n > 0)
		filter(t, h, &s->reply_header_access);
	if (s->n_reply_header_add > 0)
		add(t, h, s->reply_header_add, s->n_reply_header_add);
}

/* Is there a line of this name among those that are written already? */
static bool
has_line(struct span lines, struct span name)
{
	struct span line, word;

	while (span_cut(&lines, '\n', &line))
		if (span_cut(&line, ':', &word) && span_ieq(word, name))
			return true;
	return false;
}

static void __attribute__((noinline))		/* seldom: who has no such rules is not to pay for
						 * its stack */
filter_lines(struct txn *t, const struct head *h, const struct header_rules *rules, struct sb *b,
    size_t from)
{
	struct span lines, line;

	lines = arena_span(&t->arena, span_at(b->p + from, b->n - from));
	for (b->n = from; lines.n > 0 && span_cut(&lines, '\n', &line);) {
		struct head_field f = { .value = line };
		const struct header_rule *r;

		span_cut(&f.value, ':', &f.name);
		f.id = (uint16_t)field_lookup(f.name);
		r = is_protected(h, &f) ? NULL : denying(t, rules, &f);
		if (r == NULL) {
			sb_span(b, line);
			sb_char(b, '\n');
		} else if (r->replace != NULL && !has_line(span_at(b->p, b->n), f.name)) {
			sb_span(b, f.name);
			SB_LIT(b, ": ");
			sb_str(b, r->replace);
			SB_LIT(b, "\r\n");
		}
	}
}

void
mangle_own(struct txn *t, const struct head *h, struct sb *b, size_t from)
{
	const struct header_rules *rules = h->request ? &t->s->request_header_access :
	    &t->s->reply_header_access;

	if (rules->n > 0 && sb_ok(b))
		filter_lines(t, h, rules, b, from);
}

bool
mangle_passes(struct txn *t, bool request, const struct head_field *f)
{
	const struct header_rules *rules = request ? &t->s->request_header_access :
	    &t->s->reply_header_access;

	return rules->n == 0 || denying(t, rules, f) == NULL;
}

size_t
mangle_room(const struct header_rules *rules)
{
	size_t n = 0;

	for (size_t i = 0; i < rules->n; i++)
		n += rules->list[i].replace != NULL ? strlen(rules->list[i].replace) : 0;
	return n;
}
