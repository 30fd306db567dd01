/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reusing stored answers: RFC 9111, 4.2.4, 5.2.1 and 5.2.2, RFC 5861, RFC 8246, and Squid's
 * refresh_pattern options, offline_mode, max_stale, reload_into_ims and refresh_all_ims. Pure;
 * worker.
 */
#include "cache/reuse.h"

enum ask { ASK_NOTHING, ASK_VALIDATE, ASK_RELOAD };

/* What the client's no-cache (or Pragma) comes to. */
static enum ask
reload_asked(const struct reuse_in *in)
{
	if (!(in->req_cc->has & CC_NO_CACHE) || (in->rule->flags & REFRESH_IGNORE_RELOAD))
		return ASK_NOTHING;
	return (in->rule->flags & REFRESH_RELOAD_INTO_IMS) || in->policy->reload_into_ims ?
	    ASK_VALIDATE : ASK_RELOAD;
}

/*
 * RFC 9111, 5.2.1.1 and 5.2.1.3. max-age=0 is what a browser's reload button sends: RFC 8246 lets
 * an immutable answer that is fresh pass that, and ignore-reload any.
 */
static bool
too_old(const struct reuse_in *in, const struct freshness *f)
{
	const struct cachectl	*cc = in->req_cc;

	if ((cc->has & CC_MIN_FRESH) && f->lifetime - f->age < cc->min_fresh && freshness_fresh(f))
		return true;
	if (!(cc->has & CC_MAX_AGE))
		return false;
	if (cc->max_age == 0 && ((in->rule->flags & REFRESH_IGNORE_RELOAD) ||
	    ((in->at->flags & STORED_IMMUTABLE) && freshness_fresh(f))))
		return false;
	return cc->max_age == 0 || f->age > cc->max_age;
}

/*
 * RFC 9111, 4.2.4: directives that forbid stale answers whatever the client or the configuration
 * would take.
 */
static bool
strict(const struct storedattr *at)
{
	return (at->flags & (STORED_NO_CACHE | STORED_MUST_REVALIDATE)) != 0;
}

static struct reuse_verdict
verdict(const struct freshness *f, enum reuse what, enum reuse_why why)
{
	return (struct reuse_verdict){ what, why, *f };
}

static struct reuse_verdict
when_stale(const struct reuse_in *in, const struct freshness *f)
{
	int64_t	 staleness = freshness_staleness(f);

	if (strict(in->at))
		return verdict(f, REUSE_VALIDATE, REUSE_BY_EXPIRED);
	if ((in->req_cc->has & CC_MAX_STALE) && staleness <= in->req_cc->max_stale &&
	    !(in->req_cc->has & CC_MIN_FRESH))
		return verdict(f, REUSE_STALE, REUSE_BY_MAX_STALE);
	if (staleness <= in->at->swr && !(in->req_cc->has & (CC_MIN_FRESH | CC_ONLY_IF_CACHED)))
		return verdict(f, REUSE_REVALIDATE_BEHIND, REUSE_BY_SWR);
	return verdict(f, REUSE_VALIDATE, REUSE_BY_EXPIRED);
}

static struct reuse_verdict
judge(const struct reuse_in *in, const struct freshness *f)
{
	enum ask	 ask = reload_asked(in);

	if (in->policy->offline)
		return verdict(f, freshness_fresh(f) ? REUSE_FRESH : REUSE_STALE, REUSE_BY_OFFLINE);
	if (ask != ASK_NOTHING)
		return verdict(f, ask == ASK_RELOAD ? REUSE_RELOAD : REUSE_VALIDATE,
		    REUSE_BY_REQUEST);
	if (in->at->flags & STORED_NO_CACHE)
		return verdict(f, REUSE_VALIDATE, REUSE_BY_NO_CACHE);
	if (head_get(in->req, FIELD_IF_MODIFIED_SINCE) != NULL &&
	    ((in->rule->flags & REFRESH_REFRESH_IMS) || in->policy->refresh_all_ims))
		return verdict(f, REUSE_VALIDATE, REUSE_BY_IMS);
	if (too_old(in, f))
		return verdict(f, REUSE_VALIDATE, REUSE_BY_REQUEST);
	if (!freshness_fresh(f))
		return when_stale(in, f);
	return verdict(f, REUSE_FRESH, REUSE_BY_FRESHNESS);
}

enum cachestatus_fwd
reuse_forward(enum reuse_why why)
{
	return why == REUSE_BY_REQUEST || why == REUSE_BY_IMS ? CACHESTATUS_REQUEST :
	    CACHESTATUS_STALE;
}

enum reuse
reuse_miss(const struct cachectl *req_cc)
{
	if (req_cc->has & CC_ONLY_IF_CACHED)
		return REUSE_ONLY_CACHED;
	return (req_cc->has & CC_NO_STORE) ? REUSE_BYPASS : REUSE_RELOAD;
}

struct reuse_verdict
reuse_judge(const struct reuse_in *in)
{
	struct freshness	 f = freshness_of(in->at, in->rule, in->policy, in->now_s);
	struct reuse_verdict	 v;

	if (in->req_cc->has & CC_NO_STORE)
		return verdict(&f, reuse_miss(in->req_cc), REUSE_BY_REQUEST);
	v = judge(in, &f);
	if (v.what != REUSE_VALIDATE && v.what != REUSE_RELOAD)
		return v;
	if (in->req_cc->has & CC_ONLY_IF_CACHED)
		v.what = REUSE_ONLY_CACHED;
	else if (!storedattr_validator(in->at))
		v.what = REUSE_RELOAD;
	return v;
}

bool
reuse_is_failure(unsigned status)
{
	return status == 500 || status == 502 || status == 503 || status == 504;
}

/*
 * The longest staleness served in place of an error: what stale-if-error says, within the limit of
 * the configuration.
 */
static int64_t
tolerance(const struct reuse_in *in)
{
	int64_t	 limit = in->rule->max_stale_s >= 0 ? in->rule->max_stale_s :
	    in->policy->max_stale_s;
	int64_t	 asked = (in->req_cc->has & CC_SIE) ? in->req_cc->sie : -1,
	    said = in->at->sie > asked ? in->at->sie : asked;

	if (limit < 0)
		limit = INT64_MAX;
	return said >= 0 && said < limit ? said : limit;
}

enum reuse_instead
reuse_failed(const struct reuse_in *in, enum reuse_failure how)
{
	struct freshness	 f = freshness_of(in->at, in->rule, in->policy, in->now_s);
	enum reuse_instead	 refuse = how == REUSE_UNREACHABLE && strict(in->at) ?
	    REUSE_GATEWAY_TIMEOUT : REUSE_PASS_ERROR;

	if (in->policy->offline)
		return REUSE_SEND_STALE;
	if (reuse_is_failure(in->at->status))	/* an old failure is no better than a new one */
		return refuse;
	if (reload_asked(in) != ASK_NOTHING || (in->at->flags & STORED_NO_CACHE))
		return refuse;
	if (freshness_fresh(&f))
		return REUSE_SEND_STALE;
	if (strict(in->at))
		return refuse;
	return freshness_staleness(&f) <= tolerance(in) ? REUSE_SEND_STALE : REUSE_PASS_ERROR;
}
