/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Age and lifetime. Explicit freshness first (RFC 9111, 4.2.1); else, where the status or `public`
 * allows it (4.2.2), what Squid's refresh_pattern gives: a percentage of the time since the last
 * modification, or min, never above max. Pure; worker.
 */
#include "cache/freshness.h"

#include "cache/statusclass.h"

int64_t
freshness_age(const struct storedattr *at, int64_t now_s)
{
	int64_t	 resident = now_s > at->response_s ? now_s - at->response_s : 0,
	    age = at->initial_age + resident;

	return age > INT32_MAX ? INT32_MAX : age;
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool
has_factor(const struct storedattr *at)
{
	return at->modified_s >= 0 && at->date_s > at->modified_s;
}

static int64_t
factor(const struct storedattr *at, const struct refresh_rule *rule)
{
	/* below 2^40: a date has four digits of year */
	int64_t	 since = at->date_s - at->modified_s;

	return since / 100 * rule->percent + since % 100 * rule->percent / 100;
}

/* Everything refresh_pattern has to say. */
static void
by_pattern(struct freshness *f, const struct storedattr *at, const struct refresh_rule *rule)
{
	if (has_factor(at)) {
		f->lifetime = factor(at, rule);
		f->basis = FRESHNESS_FACTOR;
		if ((rule->flags & REFRESH_OVERRIDE_LASTMOD) && rule->min_s > f->lifetime) {
			f->lifetime = rule->min_s;
			f->basis = FRESHNESS_OVERRIDE;
		}
	} else {
		f->lifetime = rule->min_s;
		f->basis = FRESHNESS_MIN;
	}
	f->lifetime = least(f->lifetime, rule->max_s);
}

static void
heuristic(struct freshness *f, const struct storedattr *at, const struct refresh_rule *rule,
    const struct cachepolicy *p)
{
	enum statusclass	 class = statusclass_of(at->status);

	f->lifetime = 0;
	f->basis = FRESHNESS_NONE;
	if (at->flags & STORED_NO_HEURISTIC)
		return;
	if (p->negative_ttl_s > 0 &&
	    (class == STATUSCLASS_FAILURE || class == STATUSCLASS_NEGATIVE)) {
		f->lifetime = p->negative_ttl_s;
		f->basis = FRESHNESS_NEGATIVE;
	} else if (class == STATUSCLASS_POSITIVE || class == STATUSCLASS_PARTIAL) {
		by_pattern(f, at, rule);
	} else if ((class == STATUSCLASS_FAILURE || (at->flags & STORED_PUBLIC)) &&
	    has_factor(at)) {
		f->lifetime = least(factor(at, rule), rule->max_s);
		f->basis = FRESHNESS_FACTOR;
	}
}

struct freshness
freshness_of(const struct storedattr *at, const struct refresh_rule *rule,
    const struct cachepolicy *p, int64_t now_s)
{
	struct freshness	 f = { freshness_age(at, now_s), at->lifetime, FRESHNESS_EXPLICIT };

	if (at->lifetime == STOREDATTR_NO_LIFETIME)
		heuristic(&f, at, rule, p);
	else if ((rule->flags & REFRESH_OVERRIDE_EXPIRE) && rule->min_s > at->lifetime &&
	    !(at->flags & STORED_MUST_REVALIDATE)) {
		f.lifetime = rule->min_s;
		f.basis = FRESHNESS_OVERRIDE;
	}
	/* The clock was set back: it would be as young for as long as that took. */
	if (freshness_ahead(at, now_s)) {
		f.lifetime = 0;
		f.basis = FRESHNESS_NONE;
	}
	return f;
}
