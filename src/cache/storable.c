/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storing answers in a cache that many share: RFC 9111, 3, 3.1, 3.3, 3.5 and 5.2.2, with Squid's
 * refresh_pattern options that loosen them. Pure; worker.
 */
#include "cache/storable.h"

#include "base/must.h"
#include "cache/cachekey.h"
#include "cache/freshness.h"
#include "cache/partial.h"
#include "cache/statusclass.h"
#include "cache/varykey.h"
#include "http/media.h"
#include "http/tokens.h"

const char *
storable_text(enum storable s)
{
	static const char *const	 texts[] = {
#define STORABLE(symbol, text) [STORABLE_##symbol] = text,
		STORABLE_TABLE(STORABLE)
#undef STORABLE
	};

	MUST(s < COUNT_OF(texts));
	return texts[s];
}

bool
storable_field_list(struct span list)
{
	struct span	 item;
	size_t		 n = 0;

	while (tokens_next(&list, &item)) {
		if (!tokens_is_token(item))
			return false;
		n++;
	}
	return n > 0;
}

/*
 * Only the origin's 101 is of use to it (RFC 6455, 4.1). Other protocols are offers that an origin
 * may ignore, and so may who answers for it.
 */
static bool
opens_socket(const struct head *req)
{
	return head_get(req, FIELD_UPGRADE) != NULL &&
	    head_has_token(req, FIELD_UPGRADE, SPAN("websocket")) &&
	    head_has_token(req, FIELD_CONNECTION, SPAN("upgrade"));
}

enum storable
storable_request(const struct head *req, const struct cachectl *req_cc, bool req_body)
{
	if (!cachekey_method(req->method))
		return STORABLE_METHOD;
	if (req_body)
		return STORABLE_REQUEST_BODY;
	if (req_cc->has & CC_NO_STORE)
		return STORABLE_REQUEST_NO_STORE;
	return opens_socket(req) ? STORABLE_REQUEST_SOCKET : STORABLE_YES;
}

/* RFC 9111, 5.2.2.3: no-store beside must-understand is for caches that do not understand. */
static enum storable
judge_no_store(const struct storable_in *in)
{
	uint32_t	 has = in->reply_cc->has;

	if (has & CC_MUST_UNDERSTAND)
		return statusclass_understood(in->reply->status) ? STORABLE_YES :
		    STORABLE_STATUS_UNKNOWN;
	if ((has & CC_NO_STORE) && !(in->rule->flags & REFRESH_IGNORE_NO_STORE))
		return STORABLE_NO_STORE;
	return STORABLE_YES;
}

/* RFC 9111, 3.5 and 5.2.2.7. A list that is none counts as the whole answer. */
static enum storable
judge_audience(const struct storable_in *in)
{
	const struct cachectl	*cc = in->reply_cc;
	bool			 private = (cc->has & CC_PRIVATE) ||
	    ((cc->has & CC_PRIVATE_FIELDS) && !storable_field_list(cc->private_fields));

	if (private && !(in->rule->flags & REFRESH_IGNORE_PRIVATE))
		return STORABLE_PRIVATE;
	if ((in->logged_in || head_get(in->req, FIELD_AUTHORIZATION) != NULL) &&
	    !(cc->has & (CC_PUBLIC | CC_MUST_REVALIDATE | CC_S_MAXAGE)))
		return STORABLE_AUTHORIZATION;
	return STORABLE_YES;
}

static bool
names_authorization(struct span names)
{
	struct span	 name;

	while (names.n > 0 && span_cut(&names, ',', &name))
		if (span_is(name, "authorization"))
			return true;
	return false;
}

/*
 * Whom a login stands for that is not in the request's Authorization cannot be told by the fields
 * that come the next time.
 */
static enum storable
judge_vary(const struct storable_in *in)
{
	struct arena	 a;
	struct span	 names;
	enum varykey_kind kind;

	if (head_get(in->reply, FIELD_VARY) == NULL)
		return STORABLE_YES;
	arena_init(&a, 64 * 1024);
	kind = varykey_names(in->reply, &a, &names);
	if (kind == VARYKEY_FIELDS && in->logged_in && names_authorization(names))
		kind = VARYKEY_STAR;
	arena_reset(&a);
	switch (kind) {
	case VARYKEY_NONE: case VARYKEY_FIELDS:
		return STORABLE_YES;
	case VARYKEY_STAR:
		return STORABLE_VARY_STAR;
	case VARYKEY_MALFORMED: case VARYKEY_NO_MEMORY:
		break;
	}
	return STORABLE_VARY_MALFORMED;
}

/*
 * RFC 9111, 3: explicit freshness, public, a status that is cacheable by itself; or a lifetime from
 * the configuration.
 */
static enum storable
judge_status(const struct storable_in *in)
{
	bool	 said = in->at->lifetime != STOREDATTR_NO_LIFETIME ||
	    (in->at->flags & STORED_PUBLIC);

	switch (statusclass_of(in->reply->status)) {
	case STATUSCLASS_POSITIVE: case STATUSCLASS_FAILURE:
		return STORABLE_YES;
	case STATUSCLASS_NEGATIVE:
		return said || in->policy->negative_ttl_s > 0 ? STORABLE_YES :
		    STORABLE_NOT_EXPLICIT;
	case STATUSCLASS_EXPLICIT:
		return said ? STORABLE_YES : STORABLE_NOT_EXPLICIT;
	case STATUSCLASS_PARTIAL:
		if (head_get(in->req, FIELD_RANGE) == NULL)
			return STORABLE_RANGE_UNASKED;
		return partial_storable(in->reply, in->at) ? STORABLE_YES : STORABLE_PARTIAL;
	case STATUSCLASS_NEVER:
		break;
	}
	return STORABLE_STATUS;
}

/*
 * Another cache had it for longer than its lifetime: for who takes it stale (RFC 9111, 5.2.1.2), or
 * when nobody answers (4.2.4). What was made without a lifetime is of use to nobody.
 */
static bool
came_stale(const struct storable_in *in, int64_t usable)
{
	return usable <= 0 && in->at->lifetime > 0 && in->policy->minimum_expiry_s == 0 &&
	    !(in->at->flags & STORED_MUST_REVALIDATE);
}

/*
 * What can be asked for again with a validator is worth keeping; else it must be usable as it is
 * for minimum_expiry_time, stale or not.
 */
static enum storable
judge_use(const struct storable_in *in)
{
	struct freshness	 f = freshness_of(in->at, in->rule, in->policy, in->at->response_s);
	int64_t			 usable = f.lifetime - f.age, grace = in->at->swr > in->at->sie ?
	    in->at->swr : in->at->sie;

	if (storedattr_validator(in->at) || (in->rule->flags & REFRESH_STORE_STALE))
		return STORABLE_YES;
	if (in->at->flags & STORED_NO_CACHE)
		return STORABLE_NOT_REUSABLE;
	if (f.basis == FRESHNESS_NEGATIVE)	/* its own directive says how long */
		return usable > 0 ? STORABLE_YES : STORABLE_NOT_REUSABLE;
	if (came_stale(in, usable))
		return STORABLE_YES;
	if (grace > 0 && !(in->at->flags & STORED_MUST_REVALIDATE))
		usable += grace;
	return usable > 0 && usable >= in->policy->minimum_expiry_s ? STORABLE_YES :
	    STORABLE_NOT_REUSABLE;
}

static bool
pushed(const struct head *reply)
{
	return span_ieq(media_type(head_value(reply, FIELD_CONTENT_TYPE)),
	    SPAN("multipart/x-mixed-replace"));
}

enum storable
storable_undated(const struct storable_in *in)
{
	enum storable	 s = storable_request(in->req, in->req_cc, in->req_body);

	if (s == STORABLE_YES && in->req->method != METHOD_GET)
		s = STORABLE_METHOD;	/* HEAD is answered from what GET stored and stores nothing
					 * itself */
	if (s == STORABLE_YES && statusclass_of(in->reply->status) == STATUSCLASS_NEVER)
		s = STORABLE_STATUS;
	if (s == STORABLE_YES)
		s = judge_no_store(in);
	if (s == STORABLE_YES)
		s = judge_audience(in);
	if (s == STORABLE_YES)
		s = judge_vary(in);
	if (s == STORABLE_YES && pushed(in->reply))
		s = STORABLE_PUSHED;
	return s;
}

enum storable
storable_dated(const struct storable_in *in)
{
	enum storable	 s = judge_status(in);

	return s == STORABLE_YES ? judge_use(in) : s;
}

enum storable
storable_head(const struct storable_in *in)
{
	enum storable	 s = storable_undated(in);

	return s == STORABLE_YES ? storable_dated(in) : s;
}

enum storable
storable_newer(const struct storedattr *stored, const struct storedattr *at)
{
	if (at->date_s != stored->date_s)
		return at->date_s > stored->date_s ? STORABLE_YES : STORABLE_OLDER;
	return at->response_s >= stored->response_s ? STORABLE_YES : STORABLE_OLDER;
}
