/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes of a stored response: from a received head (RFC 9111, 4.2.1 and 4.2.3), and to and
 * from bytes. Pure; worker, keeper.
 */
#include "cache/storedattr.h"

#include "base/must.h"
#include "cache/cachedate.h"
#include "cache/storable.h"
#include "http/charclass.h"
#include "http/tokens.h"

enum { MOST_AGE = INT32_MAX };

struct packed {
	uint8_t		 magic, spare[3];
	uint32_t	 flags;
	int64_t		 date_s, response_s, modified_s;
	int64_t		 initial_age, lifetime;
	int64_t		 swr, sie;
	uint8_t		 from_ip[16];
	uint16_t	 status, tag_n;
	/* over all of the above: a torn or foreign record is no attribute */
	uint32_t	 check;
};
_Static_assert(sizeof(struct packed) == STOREDATTR_FIXED && STOREDATTR_FIXED % 8 == 0,
    "the format on disk");

enum { MAGIC = 0xA2 };

int64_t
storedattr_age_value(const struct head *reply)
{
	struct span	 rest = head_value(reply, FIELD_AGE), item;
	int64_t		 age = 0;

	if (!tokens_next(&rest, &item))
		return 0;
	for (size_t i = 0; i < item.n; i++) {
		if (!charclass_is((unsigned char)item.p[i], CHAR_DIGIT))
			return 0;
		age = age * 10 + (item.p[i] - '0');
		if (age > MOST_AGE)
			age = MOST_AGE;
	}
	return age;
}

/* RFC 9111, 4.2.3. */
static int64_t
initial_age(int64_t age_value, int64_t date_s, int64_t request_s, int64_t response_s)
{
	int64_t	 apparent = response_s > date_s ? response_s - date_s : 0;
	int64_t	 delay = response_s > request_s ? response_s - request_s : 0;
	int64_t	 corrected = age_value + delay, age = apparent > corrected ? apparent : corrected;

	return age > MOST_AGE ? MOST_AGE : age;
}

/*
 * Expires minus Date, or STOREDATTR_NO_LIFETIME. Below 0 it says for how long the answer had been
 * stale when it was made, which max-stale and RFC 5861 count. Invalid means stale (RFC 9111, 5.3).
 */
static int64_t
expires_in(const struct head *reply, const struct cachepolicy *p, int64_t date_s, int64_t now_s)
{
	int64_t	 expires, life;

	switch (cachedate_field(reply, FIELD_EXPIRES, now_s, &expires)) {
	case CACHEDATE_ABSENT:
		return STOREDATTR_NO_LIFETIME;
	case CACHEDATE_INVALID:
		return 0;
	case CACHEDATE_VALID:
		break;
	}
	if (p->vary_ignore_expire && expires == date_s && head_get(reply, FIELD_VARY) != NULL)
		return STOREDATTR_NO_LIFETIME;
	life = expires - date_s;
	return life == STOREDATTR_NO_LIFETIME ? life - 1 : life;
}

/*
 * RFC 9111, 4.2.1: the first of these that is there. CDN-Cache-Control and Surrogate-Control (RFC
 * 9213) are meant for caches that act for the origin; a forward proxy does not, and passes them on.
 */
static int64_t
lifetime(const struct head *reply, const struct cachectl *cc, const struct cachepolicy *p,
    int64_t date_s, int64_t now_s)
{
	if (cc->has & CC_S_MAXAGE)
		return cc->s_maxage;
	if (cc->has & CC_MAX_AGE)
		return cc->max_age;
	return expires_in(reply, p, date_s, now_s);
}

static uint32_t
flags(const struct head *reply, const struct cachectl *cc)
{
	uint32_t	 f = 0;

	if ((cc->has & CC_NO_CACHE) ||
	    ((cc->has & CC_NO_CACHE_FIELDS) && !storable_field_list(cc->no_cache_fields)))
		f |= STORED_NO_CACHE;
	if (cc->has & (CC_MUST_REVALIDATE | CC_PROXY_REVALIDATE | CC_S_MAXAGE))
		f |= STORED_MUST_REVALIDATE;
	if (cc->has & CC_IMMUTABLE)
		f |= STORED_IMMUTABLE;
	if (cc->has & CC_PUBLIC)
		f |= STORED_PUBLIC;
	if (head_get(reply, FIELD_CACHE_CONTROL) == NULL &&
	    head_has_token(reply, FIELD_PRAGMA, SPAN("no-cache")))
		f |= STORED_NO_HEURISTIC;
	return f;
}

static bool
in_list(struct span list, enum field_id id)
{
	struct span	 name;

	while (tokens_next(&list, &name))
		if (span_ieq(name, field_name(id)))
			return true;
	return false;
}

/* no-cache="" or private="" takes the field away before it is stored. */
static bool
listed(const struct cachectl *cc, enum field_id id)
{
	return ((cc->has & CC_NO_CACHE_FIELDS) && in_list(cc->no_cache_fields, id)) ||
	    ((cc->has & CC_PRIVATE_FIELDS) && in_list(cc->private_fields, id));
}

static void
validators(struct storedattr *at, const struct head *reply, const struct cachectl *cc, bool dated)
{
	struct entitytag	 tag;

	if (entitytag_of(reply, &tag) && !listed(cc, FIELD_ETAG) &&
	    tag.opaque.n <= STOREDATTR_TAG_MAX) {
		at->etag = tag.opaque;
		at->flags |= tag.weak ? STORED_WEAK_TAG : 0;
	}
	at->modified_s = -1;
	if (cachedate_field(reply, FIELD_LAST_MODIFIED, at->response_s,
	    &at->modified_s) != CACHEDATE_VALID || at->modified_s < 0 ||
	    listed(cc, FIELD_LAST_MODIFIED))
		at->modified_s = -1;
	else if (dated && at->date_s > at->modified_s)
		at->flags |= STORED_STRONG_DATE;
}

void
storedattr_fill(struct storedattr *at, const struct head *reply, const struct cachectl *cc,
    const struct cachepolicy *p, int64_t request_s, int64_t response_s)
{
	bool	 dated;

	*at = (struct storedattr){ .response_s = response_s, .status = reply->status,
	    .flags = flags(reply, cc) };
	dated = cachedate_field(reply, FIELD_DATE, response_s, &at->date_s) == CACHEDATE_VALID &&
	    at->date_s >= 0;
	if (!dated)
		at->date_s = response_s;	/* RFC 9110, 6.6.1 */
	at->initial_age = initial_age(storedattr_age_value(reply), at->date_s, request_s,
	    response_s);
	at->lifetime = lifetime(reply, cc, p, at->date_s, response_s);
	at->swr = (cc->has & CC_SWR) ? cc->swr : -1;
	at->sie = (cc->has & CC_SIE) ? cc->sie : -1;
	validators(at, reply, cc, dated);
	/* a clock that is fast must not make it the latest for ever */
	if (at->date_s > response_s)
		at->date_s = response_s;
}

static uint64_t
mix(uint64_t h, uint64_t w)
{
	h = (h ^ w) * UINT64_C(0x9fb21c651e98df25);
	return h ^ h >> 29;
}

/*
 * Over the fixed part and the tag, eight bytes at a time. Against accidents; the store has a
 * checksum of its own.
 */
static uint32_t
sum(const struct packed *k, const char *tag)
{
	struct packed	 copy = *k;
	uint64_t	 h = MAGIC, w;

	copy.check = 0;
	for (size_t i = 0; i < sizeof copy; i += sizeof w) {
		memcpy(&w, (const char *)&copy + i, sizeof w);
		h = mix(h, w);
	}
	for (size_t i = 0; i < k->tag_n; i += sizeof w) {
		size_t	 left = k->tag_n - i;

		w = 0;
		memcpy(&w, tag + i, left < sizeof w ? left : sizeof w);
		h = mix(h, w);
	}
	return (uint32_t)(h >> 32);
}

size_t
storedattr_write(const struct storedattr *at, uint8_t *to)
{
	struct packed	 k;

	MUST(at->etag.n <= STOREDATTR_TAG_MAX && at->status >= 200 && at->status <= 999);
	memset(&k, 0, sizeof k);
	k.magic = MAGIC;
	k.flags = at->flags;
	k.date_s = at->date_s;
	k.response_s = at->response_s;
	k.modified_s = at->modified_s;
	k.initial_age = at->initial_age;
	k.lifetime = at->lifetime;
	k.swr = at->swr;
	k.sie = at->sie;
	memcpy(k.from_ip, at->from_ip, sizeof k.from_ip);
	k.status = at->status;
	k.tag_n = (uint16_t)at->etag.n;
	k.check = sum(&k, at->etag.p);
	memcpy(to, &k, sizeof k);
	if (k.tag_n > 0)
		memcpy(to + sizeof k, at->etag.p, k.tag_n);
	return sizeof k + k.tag_n;
}

static bool
sane(const struct packed *k)
{
	const int64_t	 latest = INT64_C(1) << 40;

	return k->magic == MAGIC && (k->flags & ~(uint32_t)STORED_FLAGS) == 0 &&
	    k->tag_n <= STOREDATTR_TAG_MAX && k->status >= 200 && k->status <= 999 &&
	    k->date_s >= 0 && k->date_s < latest && k->response_s >= 0 && k->response_s < latest &&
	    k->modified_s >= -1 && k->modified_s < latest &&
	    k->initial_age >= 0 && k->initial_age <= MOST_AGE && k->lifetime > -latest &&
	    k->lifetime < latest && k->swr >= -1 && k->swr <= MOST_AGE && k->sie >= -1 &&
	    k->sie <= MOST_AGE;
}

bool
storedattr_read(struct storedattr *at, struct span bytes, size_t *used)
{
	struct packed		 k;
	struct entitytag	 tag;

	if (bytes.n < sizeof k)
		return false;
	memcpy(&k, bytes.p, sizeof k);
	if (!sane(&k) || bytes.n - sizeof k < k.tag_n || k.check != sum(&k, bytes.p + sizeof k))
		return false;
	*at = (struct storedattr){ .date_s = k.date_s, .response_s = k.response_s,
	    .modified_s = k.modified_s,
		.initial_age = k.initial_age, .lifetime = k.lifetime, .swr = k.swr, .sie = k.sie,
		.flags = k.flags, .status = k.status };
	memcpy(at->from_ip, k.from_ip, sizeof at->from_ip);
	if (k.tag_n > 0)
		at->etag = span_at(bytes.p + sizeof k, k.tag_n);
	*used = sizeof k + k.tag_n;
	return k.tag_n == 0 || (entitytag_parse(at->etag, &tag) && !tag.weak);
}
