/* SPDX-License-Identifier: Apache-2.0 */
/* Updating stored responses (RFC 9111, 3.2, 4.3.3 to 4.3.5). Pure; worker. */
#include "cache/freshen.h"

#include "base/must.h"
#include "cache/cachedate.h"
#include "cache/storable.h"
#include "cache/storedhead.h"
#include "cache/varykey.h"
#include "http/tokens.h"

/* The validators that a head states. */
struct stated {
	struct entitytag	 tag;
	bool			 has_tag, has_date;
	int64_t			 modified_s;
};

static struct stated
stated_by(const struct head *h, int64_t now_s)
{
	struct stated	 s = { .modified_s = -1 };

	s.has_tag = entitytag_of(h, &s.tag);
	s.has_date =
	    cachedate_field(h, FIELD_LAST_MODIFIED, now_s, &s.modified_s) == CACHEDATE_VALID;
	return s;
}

/*
 * Both have a tag. "a" does not speak of W/"a" (4.3.4), but a Last-Modified that both have and that
 * is strong does: servers that make the tag of what they compress weak send a 304 with the strong
 * one.
 */
static bool
same_tag(const struct storedattr *at, const struct stated *s)
{
	struct entitytag	 mine = storedattr_tag(at);

	if (!entitytag_weak_eq(&mine, &s->tag))
		return false;
	return s->tag.weak || !mine.weak ||
	    (s->has_date && at->modified_s == s->modified_s &&
	    (at->flags & STORED_STRONG_DATE) != 0);
}

/* Same representation as far as the update's validator tells. A tag decides where both have one. */
static bool
same(const struct storedattr *at, const struct stated *s)
{
	if (!storedattr_validator(at))
		return false;
	if (s->has_tag && at->etag.n > 0)
		return same_tag(at, s);
	if (s->has_tag && !s->has_date)
		return false;
	return s->has_date && at->modified_s == s->modified_s;
}

/* The update says "a" of W/"a", and no date says more. */
static bool
only_weakly(const struct storedattr *at, const struct stated *s)
{
	struct entitytag	 mine = storedattr_tag(at);

	return s->has_tag && at->etag.n > 0 && entitytag_weak_eq(&mine, &s->tag) &&
	    !same_tag(at, s);
}

/* Never sent without a validation. */
static bool
always_asked(const struct storedattr *at)
{
	return (at->flags & STORED_NO_CACHE) || at->lifetime <= 0;
}

int
freshen_select(const struct storedattr *const *candidates, size_t n, const struct head *reply,
    int64_t now_s)
{
	struct stated	 s = stated_by(reply, now_s);
	int		 best = -1;

	if (!s.has_tag && !s.has_date)
		return n == 1 ? 0 : -1;
	for (size_t i = 0; i < n; i++) {
		if (!same(candidates[i], &s))
			continue;
		if (best < 0 || candidates[i]->date_s > candidates[best]->date_s)
			best = (int)i;
	}
	return best < 0 && n == 1 && only_weakly(candidates[0], &s) && always_asked(candidates[0]) ?
	    0 : best;
}

/*
 * RFC 9111, 3.2: everything but the length, and what the stored bytes depend upon: their place in
 * the whole, and their coding, which a 304 cannot change; nor is its content's digest theirs.
 */
static bool
updates(const struct head_field *f)
{
	enum field_id	 id = (enum field_id)f->id;

	if (f->gone || (id == FIELD_OTHER && span_iis(f->name, "Content-Digest")))
		return false;
	return id != FIELD_CONTENT_LENGTH && id != FIELD_CONTENT_RANGE &&
	    id != FIELD_CONTENT_ENCODING && id != FIELD_VARY;
}

static bool
replace_fields(struct head *stored, const struct head *update, struct arena *a)
{
	for (uint16_t i = 0; i < update->n; i++) {
		const struct head_field	*f = &update->fields[i];

		if (!updates(f))
			continue;
		if (f->id != FIELD_OTHER)
			head_remove(stored, (enum field_id)f->id);
		else
			head_remove_name(stored, f->name);
	}
	for (uint16_t i = 0; i < update->n; i++) {
		const struct head_field	*f = &update->fields[i];

		if (updates(f) && !head_add(stored, f->name, f->value, a))
			return false;
	}
	return true;
}

/* A 304 without Vary leaves it; one with another Vary says that the key was wrong. */
static bool
same_vary(const struct head *stored, const struct head *update, struct arena *a)
{
	struct span	 old, new;

	if (head_get(update, FIELD_VARY) == NULL)
		return true;
	switch (varykey_names(update, a, &new)) {
	case VARYKEY_STAR: case VARYKEY_MALFORMED: case VARYKEY_NO_MEMORY:
		return false;
	case VARYKEY_NONE: case VARYKEY_FIELDS:
		break;
	}
	(void)varykey_names(stored, a, &old);
	return span_eq(old, new);
}

static enum freshen
still_storable(const struct freshen_in *in, const struct storedattr *at)
{
	struct cachectl		 req_cc, cc;
	struct storable_in	 s = { in->req, in->stored, &req_cc, &cc, at, in->rule, in->policy,
	    false, in->logged_in };
	struct head		 get = *in->req;
	enum storable		 why;

	get.method = METHOD_GET;	/* what HEAD updates was stored for GET */
	s.req = &get;
	cachectl_parse(&req_cc, in->req);
	cachectl_parse(&cc, in->stored);
	why = storable_head(&s);
	/* it was judged worth keeping when it came; only what forbids keeping it counts now */
	if (why == STORABLE_AUTHORIZATION)
		return FRESHEN_APART;
	return why == STORABLE_YES || why == STORABLE_NOT_REUSABLE ||
	    why == STORABLE_NOT_EXPLICIT || why == STORABLE_RANGE_UNASKED ||
	    why == STORABLE_PARTIAL ? FRESHEN_KEPT : FRESHEN_DROP;
}

/* Attributes of the merged head; Age is the update's, and is in the head only meanwhile. */
static bool
refill(const struct freshen_in *in, struct span age, struct arena *a, struct storedattr *out)
{
	struct cachectl	 cc;

	if (age.p != NULL && !head_add(in->stored, field_name(FIELD_AGE), age, a))
		return false;
	cachectl_parse(&cc, in->stored);
	storedhead_strip_listed(in->stored, &cc);
	storedattr_fill(out, in->stored, &cc, in->policy, in->request_s, in->response_s);
	head_remove(in->stored, FIELD_AGE);
	return storedhead_date(in->stored, out, a);
}

/*
 * What was stored with W/"a" does not become "a", which other bytes may have: not of these has the
 * update spoken strongly.
 */
static void
leave_weak(const struct head *stored, struct head *update)
{
	struct entitytag	 old, new;

	if (entitytag_of(stored, &old) && old.weak && entitytag_of(update, &new) && !new.weak &&
	    entitytag_weak_eq(&old, &new))
		head_remove(update, FIELD_ETAG);
}

enum freshen
freshen_merge(const struct freshen_in *in, struct arena *a, struct storedattr *out)
{
	struct cachectl	 cc;
	struct span	 age = head_value(in->update, FIELD_AGE);
	struct stated	 s = stated_by(in->update, in->response_s);
	int64_t		 date;
	bool		 same_key;

	MUST(in->stored->status >= 200 && !in->update->request);
	same_key = same_vary(in->stored, in->update, a);
	cachectl_parse(&cc, in->update);
	storedhead_strip(in->update, &cc);
	if (in->update->status == 206)		/* of a part */
		storedhead_drop_digests(in->update);
	leave_weak(in->stored, in->update);
	if (cachedate_field(in->update, FIELD_DATE, in->response_s, &date) != CACHEDATE_VALID) {
		head_remove(in->update, FIELD_DATE);
		/* RFC 9110, 6.6.1: the time the update came */
		head_remove(in->stored, FIELD_DATE);
	}
	if (!replace_fields(in->stored, in->update, a) || !refill(in, age, a, out))
		return FRESHEN_NO_MEMORY;
	if (same_key && only_weakly(in->at, &s))
		return FRESHEN_APART;
	return same_key ? still_storable(in, out) : FRESHEN_DROP;
}

static bool
lists(struct span list, struct span name)
{
	struct span	 item;

	while (tokens_next(&list, &item))
		if (span_ieq(item, name))
			return true;
	return false;
}

/*
 * Of what an update carries and no stored head may have: what concerns its receiver alone, not the
 * message.
 */
static bool
is_personal(const struct head_field *f, const struct cachectl *cc)
{
	switch ((enum field_id)f->id) {
	case FIELD_SET_COOKIE:
		return true;
	case FIELD_AGE: case FIELD_DATE: case FIELD_TRAILER: case FIELD_PROXY_AUTHENTICATE:
	case FIELD_PROXY_AUTHENTICATION_INFO: case FIELD_PROXY_AUTHORIZATION: case FIELD_X_CACHE: case FIELD_X_CACHE_LOOKUP:
		return false;
	default:
		break;
	}
	return span_iis(f->name, "Set-Cookie2") ||
	    ((cc->has & CC_NO_CACHE_FIELDS) && lists(cc->no_cache_fields, f->name)) ||
	    ((cc->has & CC_PRIVATE_FIELDS) && lists(cc->private_fields, f->name));
}

bool
freshen_personal(struct head *answer, struct head *update, struct arena *a)
{
	struct cachectl	 cc;

	cachectl_parse(&cc, update);
	head_remove_hop(update);
	for (uint16_t i = 0; i < update->n; i++) {
		const struct head_field	*f = &update->fields[i];

		if (updates(f) && is_personal(f, &cc) && !head_add(answer, f->name, f->value, a))
			return false;
	}
	return true;
}

static bool
same_length(uint64_t length, const struct head *reply)
{
	const struct head_field	*f = head_get(reply, FIELD_CONTENT_LENGTH);
	uint64_t		 said;

	return f == NULL || length == UINT64_MAX ||
	    (span_u64(f->value, UINT64_MAX, &said) && said == length);
}

enum freshen_head
freshen_by_head(const struct storedattr *at, uint64_t length, const struct head *reply,
    int64_t now_s)
{
	struct stated		 s = stated_by(reply, now_s);
	struct entitytag	 mine = storedattr_tag(at);

	if (reply->status != at->status)
		return reply->status == 200 || reply->status == 404 || reply->status == 410 ?
		    FRESHEN_HEAD_INVALIDATES : FRESHEN_HEAD_IGNORED;
	if (s.has_tag && !(at->etag.n > 0 && s.tag.weak == mine.weak &&
	    entitytag_weak_eq(&mine, &s.tag)))
		return FRESHEN_HEAD_INVALIDATES;
	if (s.has_date && at->modified_s != s.modified_s)
		return FRESHEN_HEAD_INVALIDATES;
	return same_length(length, reply) ? FRESHEN_HEAD_UPDATES : FRESHEN_HEAD_INVALIDATES;
}
