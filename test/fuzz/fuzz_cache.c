/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of the cache on any two messages and an update: what is stored reads back the same and
 * carries nothing that must not be stored, what is sent may be sent, ranges lie in their object,
 * normal forms are their own normal forms. Input: a byte of options, then request head, reply head
 * and update head, with a NUL between.
 */
#include <stdlib.h>

#include "base/must.h"
#include "cache/byterange.h"
#include "cache/condreq.h"
#include "cache/freshen.h"
#include "cache/invalidate.h"
#include "cache/partial.h"
#include "cache/parts.h"
#include "cache/precond.h"
#include "cache/rangereply.h"
#include "cache/reuse.h"
#include "cache/storable.h"
#include "cache/storedhead.h"
#include "cache/urlref.h"
#include "cache/varykey.h"
#include "cache/varynorm.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct head_limits	 limits = { 8192, 4096, 128 };
enum { NOW = 1800000000 };

struct fuzz {
	struct arena		 a;
	struct head		 req, reply, update;
	struct cachectl		 req_cc, cc;
	struct cachepolicy	 policy;
	struct refresh_rule	 rule;
	struct storedattr	 at;
	struct span		 text;	/* the stored head */
};

static void
check_attributes(const struct storedattr *at)
{
	struct storedattr	 back;
	uint8_t			 bytes[STOREDATTR_MAX];
	size_t			 n = storedattr_write(at, bytes), used;

	MUST(storedattr_read(&back, span_at((char *)bytes, n), &used) && used == n);
	MUST(back.lifetime == at->lifetime && back.flags == at->flags &&
	    span_eq(back.etag, at->etag));
}

static void
check_stored_head(struct fuzz *f, struct head *h)
{
	struct sb	 b;
	struct head	 again;
	struct head_limits wide = { 1 << 20, 4096, 1000 };

	sb_heap(&b, 1 << 20);
	MUST(storedhead_write(&b, h, 12345));
	f->text = arena_span(&f->a, sb_done(&b));
	sb_free(&b);
	MUST(head_parse_reply(&again, f->text.p, f->text.n, 0, &wide, &f->a) == HEAD_DONE &&
	    again.length == f->text.n);
	MUST(again.status == h->status);
	MUST(span_is(head_value(&again, FIELD_CONTENT_LENGTH), "12345"));
	for (uint16_t i = 0; i < again.n; i++) {
		unsigned	 id = again.fields[i].id;

		MUST(!(field_flags((enum field_id)id) & FIELD_HOP));
		MUST(id != FIELD_SET_COOKIE && id != FIELD_AGE && id != FIELD_PROXY_AUTHENTICATE);
	}
}

static void
check_reuse(struct fuzz *f, const struct storedattr *at)
{
	static const int64_t	 waits[] = { -100, 0, 1, 60, 3600, 1 << 20, INT64_C(1) << 33 };

	for (size_t i = 0; i < COUNT_OF(waits); i++) {
		struct reuse_in		 in = { &f->req, &f->req_cc, at, &f->rule, &f->policy,
		    NOW + waits[i] };
		struct reuse_verdict	 v = reuse_judge(&in);
		bool			 strict =
		    (at->flags & (STORED_NO_CACHE | STORED_MUST_REVALIDATE)) != 0;

		MUST(v.fresh.age >= 0 && v.fresh.age <= INT32_MAX);
		if (!f->policy.offline) {
			MUST(v.what != REUSE_FRESH ||
			    (v.fresh.lifetime > v.fresh.age && !(at->flags & STORED_NO_CACHE)));
			MUST(!strict ||
			    (v.what != REUSE_STALE && v.what != REUSE_REVALIDATE_BEHIND));
			MUST(!(f->req_cc.has & CC_ONLY_IF_CACHED) ||
			    (v.what != REUSE_VALIDATE && v.what != REUSE_RELOAD));
		}
		(void)reuse_failed(&in, REUSE_UNREACHABLE);
		(void)reuse_failed(&in, REUSE_ERROR_STATUS);
	}
}

static void
check_ranges(struct fuzz *f)
{
	static const uint64_t	 sizes[] = { 0, 1, 10, 1000, UINT64_C(1) << 40 };
	struct byteranges	 b;

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		if (byterange_parse(head_value(&f->req, FIELD_RANGE), sizes[i],
		    &b) != BYTERANGE_PARTS)
			continue;
		MUST(b.n > 0 && b.n <= BYTERANGE_MAX && byterange_total(&b) <= sizes[i]);
		for (unsigned j = 0; j < b.n; j++) {
			MUST(b.r[j].first <= b.r[j].last && b.r[j].last < sizes[i]);
			for (unsigned k = 0; k < j; k++)
				MUST(b.r[j].first > b.r[k].last + 1 ||
				    b.r[k].first > b.r[j].last + 1);
		}
	}
	(void)byterange_first(head_value(&f->req, FIELD_RANGE));
	(void)byterange_request(&f->req, &f->at, 1000, &b);
}

static void
check_vary(struct fuzz *f)
{
	struct span	 names, name, rest, value, again;
	struct cachekey	 primary, one, two;

	if (varykey_names(&f->reply, &f->a, &names) != VARYKEY_FIELDS)
		return;
	cachekey_primary(SPAN("http://a/"), &primary);
	MUST(varykey_make(&primary, 1, names, &f->req, &f->a, &one));
	MUST(varykey_make(&primary, 1, names, &f->req, &f->a, &two) && cachekey_eq(&one, &two));
	rest = names;
	while (span_cut(&rest, ',', &name)) {
		struct head	 h;
		struct span	 line;

		MUST(varynorm_value(&f->req, name, &f->a, &value));
		if (value.p == NULL || value.n > 4000)
			continue;
		line = arena_printf(&f->a, "%.*s: %.*s\r\n", SPAN_ARG(name), SPAN_ARG(value));
		if (head_parse_fields(&h, line.p, line.n, &limits, &f->a) != HEAD_DONE)
			continue;	/* a name or value beyond the limits of one line */
		MUST(varynorm_value(&h, name, &f->a, &again) && span_eq(value, again));
	}
}

static void
check_references(struct fuzz *f)
{
	struct target	 base, out, again;
	struct head	 post = { .request = true, .method = METHOD_POST,
	    .method_text = SPAN("POST") };
	struct span	 urls[INVALIDATE_MAX], url;

	if (target_parse(&base, f->req.target, false, &f->a) != TARGET_OK ||
	    base.form != TARGET_ABSOLUTE)
		return;
	if (urlref_resolve(&base, head_value(&f->reply, FIELD_LOCATION), &f->a, &out)) {
		url = target_url(&out, &f->a);
		MUST(target_parse(&again, url, false, &f->a) == TARGET_OK &&
		    span_eq(again.path, out.path));
		MUST(again.path.n > 0 && again.path.p[0] == '/');
	}
	(void)invalidate_urls(&post, &base, &f->reply, &f->a, urls);
}

static void
check_marker(struct span raw)
{
	struct span	 rest = raw, names;
	uint64_t	 nonce;
	struct sb	 b;

	(void)varykey_marker_open(raw, &nonce, &rest);
	while (varykey_marker_next(&rest, &names))
		MUST(names.n < raw.n);
	sb_heap(&b, VARYKEY_MARKER_MAX);
	MUST(varykey_marker_add(&b, raw, SPAN("x"), 1));
	sb_free(&b);
}

static void
check_update(struct fuzz *f)
{
	struct head		 stored;
	struct head_limits	 wide = { 1 << 20, 4096, 1000 };
	struct storedattr	 at;
	struct freshen_in	 in = { &stored, &f->update, &f->at, &f->req, &f->rule, &f->policy,
	    NOW + 5, NOW + 6, false };
	const struct storedattr	*candidate = &f->at;

	MUST(head_parse_reply(&stored, f->text.p, f->text.n, 0, &wide, &f->a) == HEAD_DONE);
	(void)freshen_select(&candidate, 1, &f->update, NOW);
	(void)freshen_by_head(&f->at, 5, &f->update, NOW);
	if (freshen_merge(&in, &f->a, &at) == FRESHEN_NO_MEMORY)
		return;
	check_attributes(&at);
	check_stored_head(f, &stored);
}

/*
 * Bytes of a disk behind the attributes of what is stored in part: refused, or what they say is in
 * order.
 */
static void
check_parts(struct span bytes)
{
	struct storedattr	 at = { .lifetime = -1, .modified_s = -1, .swr = -1, .sie = -1,
	    .status = 200 };
	char			 text[STOREDATTR_MAX + 2 * PARTS_BYTES];
	struct object		 o = { .hit = { .flags = OBJECT_PARTS } };
	struct parts		 p;
	size_t			 n = storedattr_write(&at, (uint8_t *)text);

	if (bytes.n < sizeof o.hit.total)
		return;
	memcpy(&o.hit.total, bytes.p, sizeof o.hit.total);
	bytes = span_at(bytes.p + sizeof o.hit.total, bytes.n - sizeof o.hit.total);
	if (bytes.n > sizeof text - n)
		return;
	memcpy(text + n, bytes.p, bytes.n);
	o.hit.attr = span_at(text, n + bytes.n);
	if (!parts_read(&o, &p))
		return;
	MUST(p.there.n > 0 && extents_sane(&p.there, p.size) &&
	    extents_total(&p.there) == o.hit.total && o.hit.total <= p.size);
	MUST(extents_place(&p.there, p.there.e[p.there.n - 1].to - 1) == o.hit.total - 1);
}

/* What parts answer they have, and what is asked for in their place is one gap. */
static void
check_parts_answer(const struct fuzz *f)
{
	struct parts		 p = { .size = 1000,
	    .there = { .n = 2, .e = { { 0, 100 }, { 500, 600 } } } };
	struct byteranges	 asked;
	struct extent		 gap;

	switch (parts_judge(&p, &f->req, &f->at, &asked, &gap)) {
	case PARTS_ALL:
		for (unsigned i = 0; i < asked.n; i++)
			MUST(extents_has(&p.there, asked.r[i].first, asked.r[i].last + 1));
		break;
	case PARTS_REST:
		MUST(asked.n <= 1 && gap.from < gap.to && gap.to <= p.size &&
		    extents_add(&p.there, gap.from, gap.to));
		MUST(asked.n == 1 && extents_has(&p.there, asked.r[0].first, asked.r[0].last + 1));
		break;
	case PARTS_FEW:
		break;
	}
}

static void
run(struct fuzz *f, bool update)
{
	struct storable_in	 in = { &f->req, &f->reply, &f->req_cc, &f->cc, &f->at, &f->rule,
	    &f->policy, false, false };
	const struct storedattr	*candidate = &f->at;
	struct partial		 p;
	enum storable		 s;

	storedattr_fill(&f->at, &f->reply, &f->cc, &f->policy, NOW - 1, NOW);
	s = storable_head(&in);
	MUST(s != STORABLE_YES || f->req.method == METHOD_GET);
	check_ranges(f);
	check_parts_answer(f);
	check_vary(f);
	check_references(f);
	(void)partial_of(&f->reply, &p);
	check_reuse(f, &f->at);
	(void)precond_judge(&f->req, &f->at);
	if (f->at.status < 200)
		return;
	check_attributes(&f->at);
	storedhead_strip(&f->reply, &f->cc);
	MUST(storedhead_date(&f->reply, &f->at, &f->a));
	check_stored_head(f, &f->reply);
	if (update && f->update.status >= 200)
		check_update(f);
	if (condreq_make(&f->req, &candidate, 1, &f->a))
		MUST(head_get(&f->req, FIELD_IF_NONE_MATCH) != NULL ||
		    head_get(&f->req, FIELD_IF_MODIFIED_SINCE) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct fuzz	 f = { .policy = CACHEPOLICY_DEFAULT, .rule = REFRESH_RULE_DEFAULT };
	struct span	 rest, req, reply;
	bool		 update;
	char		*copy;

	if (n < 1)
		return 0;
	copy = malloc(n);
	MUST(copy != NULL);
	memcpy(copy, data, n);
	rest = span_at(copy + 1, n - 1);
	arena_init(&f.a, 8 << 20);
	f.policy.offline = data[0] & 1;
	f.policy.negative_ttl_s = data[0] & 2 ? 10 : 0;
	f.rule.flags = data[0] >> 2;
	f.rule.min_s = data[0] & 4 ? 100 : 0;
	check_marker(rest);
	check_parts(rest);
	if (span_cut(&rest, '\0', &req) && span_cut(&rest, '\0', &reply) &&
	    head_parse_request(&f.req, req.p, req.n, 0, &limits, &f.a) == HEAD_DONE &&
	    head_parse_reply(&f.reply, reply.p, reply.n, 0, &limits, &f.a) == HEAD_DONE) {
		update = rest.p != NULL && head_parse_reply(&f.update, rest.p, rest.n, 0, &limits,
		    &f.a) == HEAD_DONE;
		cachectl_parse(&f.req_cc, &f.req);
		cachectl_parse(&f.cc, &f.reply);
		run(&f, update);
	}
	arena_reset(&f.a);
	free(copy);
	return 0;
}
