/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lookup step of the cache, in the order of RFC 9111, 4: which stored response is meant, may it
 * be sent, or after which question to the origin. Worker.
 */
#include "acl/destination.h"
#include "acl/need.h"
#include "acl/rules.h"
#include "base/clock.h"
#include "base/must.h"
#include "cache/caching.h"
#include "cache/fetchrule.h"
#include "cache/precond.h"
#include "cache/storable.h"
#include "cache/stored.h"
#include "cache/storeid.h"
#include "core/settings.h"
#include "core/shared.h"

static void
say(struct txn *t, enum cachestatus_fwd why)
{
	t->cache_told = true;
	t->cache_words = (struct cachestatus){ .fwd = why };
}

/*
 * only-if-cached, and there is nothing: a miss all the same (as in Squid's log), though nobody is
 * asked.
 */
static enum step
refuse_to_ask(struct txn *t)
{
	t->f.tag_result = RESULT_MISS;
	return txn_fail(t, WHY_ONLY_IF_CACHED, NULL);
}

/* The cache has no part in it. */
static enum step
pass(struct txn *t, enum cachestatus_fwd why)
{
	struct cachectl	 cc;

	t->f.tag_result = RESULT_MISS;
	if (shared.store != NULL)
		say(t, why);
	if (t->cache != NULL) {
		t->cache->serves = t->cache->stores = false;
		cc = t->cache->req_cc;
	} else if (head_get(&t->req, FIELD_CACHE_CONTROL) != NULL) {
		cachectl_parse(&cc, &t->req);
	} else {
		return STEP_ROUTE;
	}
	return cc.has & CC_ONLY_IF_CACHED ? refuse_to_ask(t) : STEP_ROUTE;
}

/* NULL: this request has nothing to do with the store; *why says it for Cache-Status. */
static struct caching *
begin(struct txn *t, enum cachestatus_fwd *why)
{
	struct caching	*c;

	*why = CACHESTATUS_BYPASS;
	if (shared.store == NULL || t->dry || t->redirected || t->target.scheme != SCHEME_HTTP ||
	    t->host_kept.n > 0)		/* the answer is one to that name, not to this URL */
		return NULL;
	if (!cachekey_method(t->req.method) && t->req.method != METHOD_PURGE) {
		*why = CACHESTATUS_METHOD;
		return NULL;
	}
	c = caching_new(t);
	if (c == NULL)
		return NULL;
	c->url = t->f.url;
	cachectl_parse(&c->req_cc, &t->req);
	if (t->port != NULL && t->port->ignore_cc)
		c->req_cc.has &= CC_NO_STORE;
	t->cache = c;
	return c;
}

/* The `cache` rules. STEP_GONE: judged. A user that is not there is no match. */
static enum step
ask_cache_rules(struct caching *c)
{
	struct txn	*t = c->t;
	struct ruling	 r = { .kind = RULING_ALLOW };
	enum step	 next = STEP_GONE;

	if (c->judged)
		return STEP_GONE;
	if (t->s->cache->n > 0)
		next = need_judge(t->s->cache, t, &r);
	if (next != STEP_GONE)
		return next;
	c->judged = true;
	c->serves = c->stores = r.kind == RULING_ALLOW;
	return STEP_GONE;
}

uint64_t
storedlook_range_limit(struct txn *t)
{
	for (size_t i = 0; i < t->s->n_range_offset_limit; i++)
		if (cond_holds_now(t->s->range_offset_limit[i].when, t))
			return t->s->range_offset_limit[i].value;
	return 0;
}

static bool
is_conditional(const struct head *h)
{
	return head_get(h, FIELD_IF_NONE_MATCH) != NULL ||
	    head_get(h, FIELD_IF_MODIFIED_SINCE) != NULL;
}

/* To be fetched whole, though the client asks for a part or on conditions? */
static bool
wants_whole(struct caching *c)
{
	struct txn	*t = c->t;
	struct span	 range = head_value(&t->req, FIELD_RANGE);

	if (!c->stores || t->req.method != METHOD_GET ||
	    head_get(&t->req, FIELD_IF_MATCH) != NULL ||
	    head_get(&t->req, FIELD_IF_UNMODIFIED_SINCE) != NULL)
		return false;
	if (range.p != NULL)
		return fetchrule_whole(range, storedlook_range_limit(t));
	return is_conditional(&t->req) && !t->s->cache_miss_revalidate;
}

/* Whose answer is for this client alone, if nothing stored is validated by it. */
static bool
asks_apart(struct caching *c)
{
	const struct head	*h = &c->t->req;

	return (head_get(h, FIELD_RANGE) != NULL || head_get(h, FIELD_IF_MATCH) != NULL ||
	    head_get(h, FIELD_IF_UNMODIFIED_SINCE) != NULL || is_conditional(h)) && !wants_whole(c);
}

/* The ordinary way to the origin. */
static enum step
forward(struct caching *c, enum cachestatus_fwd why)
{
	struct txn	*t = c->t;

	t->f.tag_result = cacheresult_of(&(struct cacheresult){ .how = CACHERESULT_FETCHED,
	    .waited = c->collapsed, .reload = (c->req_cc.has & CC_NO_CACHE) != 0 && c->n_found > 0,
	    .damaged = c->damaged });
	say(t, why);
	return wants_whole(c) ? refresh_plain(c) : STEP_ROUTE;
}

/* send_hit: judged with the stored answer as the answer (t->reply). A missing fact is a no. */
static bool
may_send(struct caching *c)
{
	struct txn	*t = c->t;
	struct ruling	 r;

	if (t->s->send_hit->n == 0)
		return true;
	t->has_reply = true;
	rules_judge(t->s->send_hit, t, false, &r);
	t->has_reply = false;
	return r.kind == RULING_ALLOW;
}

/*
 * destination_access, of the address that the stored answer came from: rules may tell clients
 * apart, or be others than when it was stored. What the built-in list once allowed it allows as
 * long as this process lives, and so does one that allows everything.
 */
static bool
may_have(struct caching *c)
{
	struct txn	*t = c->t;
	struct object	*o = caching_object(c);
	struct addr	 a = { .port = t->target.port };
	struct ruling	 r;

	if (o->allowed || !storedattr_came_directly(&o->at))
		return true;
	memcpy(a.ip, o->at.from_ip, sizeof a.ip);
	if (!destination_allows(t, &a, &r))
		return false;
	o->allowed = t->s->destination_default || t->s->destination_access->constant;
	return true;
}

/*
 * The rules keep what is stored from this request. The origin may have an answer yet, perhaps at
 * another address.
 */
static enum step
withhold(struct caching *c)
{
	if (reuse_miss(&c->req_cc) == REUSE_ONLY_CACHED)
		return refuse_to_ask(c->t);
	return forward(c, CACHESTATUS_BYPASS);
}

/* What is stored answers the request as it is. */
static enum step
send_it(struct caching *c)
{
	struct txn	*t = c->t;
	struct object	*o = caching_object(c);
	enum precond	 p = precond_judge(&t->req, &o->at);
	struct cacheresult how = { .how = o->growing || c->collapsed ? CACHERESULT_FOLLOWED :
	    CACHERESULT_STORED };

	if (p == PRECOND_FORWARD)
		return forward(c, CACHESTATUS_REQUEST);
	if (!serve_head(c, &t->reply) || !storebody_there(o, o->hit.total)) {
		c->damaged = true;
		return forward(c, CACHESTATUS_MISS);
	}
	if (!may_have(c) || !may_send(c))
		return withhold(c);
	if (c->verdict.what == REUSE_REVALIDATE_BEHIND)
		behind_start(c);
	return serve_object(c, &t->reply, &how, p);
}

/* There is no answer that this request selects. */
static enum cachestatus_fwd
what_lacks(const struct caching *c)
{
	return c->n_found > 0 ? CACHESTATUS_PARTIAL : c->marker != NULL ? CACHESTATUS_VARY_MISS :
	    CACHESTATUS_URI_MISS;
}

static enum step
nothing(struct caching *c)
{
	switch (reuse_miss(&c->req_cc)) {
	case REUSE_ONLY_CACHED:
		return refuse_to_ask(c->t);
	case REUSE_BYPASS:
		return pass(c->t, CACHESTATUS_REQUEST);
	default:
		return forward(c, what_lacks(c));
	}
}

/* The client wants it anew, whatever is stored; otherwise it only lacks a validator. */
static bool
reload_asked(const struct caching *c)
{
	return c->verdict.why == REUSE_BY_REQUEST;
}

/* STEP_ROUTE: nobody else fetches it. STEP_GONE: look again. */
static enum step
step_of(enum collapse how)
{
	switch (how) {
	case COLLAPSE_LATER:
		return STEP_WAIT;
	case COLLAPSE_AGAIN:
	case COLLAPSE_OBJECT:
		return STEP_GONE;
	case COLLAPSE_FETCH:
		return STEP_ROUTE;
	}
	NEVER("who fetches it");
}

/* As step_of; why: for Cache-Status. */
static enum step
join(struct caching *c, enum cachestatus_fwd why)
{
	if (c->lacked == CACHESTATUS_HIT)
		c->lacked = why;
	return step_of(collapse_join(c));
}

/* Not as it is: the origin is asked. Who grows is not asked about. */
static enum step
ask_origin(struct caching *c)
{
	enum step	 next;

	if (precond_judge(&c->t->req, &caching_object(c)->at) == PRECOND_FORWARD)
		return forward(c, CACHESTATUS_REQUEST);
	if (caching_object(c)->growing) {
		find_forget(c);
		return nothing(c);
	}
	next = join(c, reuse_forward(c->verdict.why));
	if (next != STEP_ROUTE)
		return next;
	if (c->verdict.what == REUSE_VALIDATE || !reload_asked(c))
		return refresh_ask(c);
	return forward(c, CACHESTATUS_REQUEST);
}

/*
 * More is asked for than what is stored in part (RFC 9111, 3.3 and 3.4); rest: one gap is missing.
 * STEP_GONE: look again.
 */
static enum step
ask_more(struct caching *c, bool rest)
{
	enum step	 next;

	if (caching_object(c)->growing) {
		next = reuse_miss(&c->req_cc) == REUSE_RELOAD ? step_of(collapse_await(c)) :
		    STEP_ROUTE;
		if (next == STEP_ROUTE) {
			find_forget(c);
			next = nothing(c);
		}
		return next;
	}
	if (head_get(&c->t->req, FIELD_RANGE) != NULL && wants_whole(c))
		rest = false;
	if (!c->stores || reuse_miss(&c->req_cc) != REUSE_RELOAD || (c->req_cc.has & CC_NO_CACHE) ||
	    (!rest && c->apart))
		return nothing(c);
	next = join(c, CACHESTATUS_PARTIAL);
	if (next != STEP_ROUTE)
		return next;
	return rest ? complete_ask(c) : nothing(c);
}

/* STEP_GONE: look again. */
static enum step
found(struct caching *c)
{
	struct txn	*t = c->t;
	struct reuse_in	 in = { &t->req, &c->req_cc, &caching_object(c)->at, c->rule,
	    t->s->cachepolicy, clock_wall_s() };
	enum parts_have	 have = object_is_parts(caching_object(c)) ? complete_judge(c) : PARTS_ALL;

	if (have != PARTS_ALL)
		return ask_more(c, have == PARTS_REST);
	c->verdict = reuse_judge(&in);
	t->cache_found = true;
	switch (c->verdict.what) {
	case REUSE_FRESH:
	case REUSE_STALE:
	case REUSE_REVALIDATE_BEHIND:
		return send_it(c);
	case REUSE_VALIDATE:
	case REUSE_RELOAD:
		return ask_origin(c);
	case REUSE_BYPASS:
		return pass(t, CACHESTATUS_REQUEST);
	case REUSE_ONLY_CACHED:
		return refuse_to_ask(t);
	}
	NEVER("what may be done with a stored answer");
}

/* STEP_GONE: look again. */
static enum step
look(struct caching *c)
{
	enum step	 next;

	if (caching_object(c) != NULL && (c->following || caching_object(c)->growing))
		return found(c);
	if (!c->following)
		switch (find_object(c)) {
		case FIND_LATER:
			return STEP_WAIT;
		case FIND_OBJECT:
			return found(c);
		case FIND_NOTHING:
			break;
		}
	if (reuse_miss(&c->req_cc) != REUSE_RELOAD || (c->req_cc.has & CC_NO_CACHE))
		return nothing(c);
	next = join(c, what_lacks(c));
	return next == STEP_ROUTE ? nothing(c) : next;
}

static enum step
answer(struct caching *c)
{
	struct txn		*t = c->t;
	struct store_key	 k;
	enum step		 next;

	if (c->rule == NULL) {
		if (t->req.method == METHOD_PURGE)
			return purge_request(t);
		c->apart = asks_apart(c);
		cachekey_primary(c->url, &c->primary);
		k = object_store_key(&c->primary);
		store_prefetch(shared.store, &k);
		c->rule = refreshpat_match(t->s->refresh, c->url);
		if (!c->serves || storable_request(&t->req, &c->req_cc, t->req_body != NULL) !=
		    STORABLE_YES)
			return pass(t, c->serves ? CACHESTATUS_REQUEST : CACHESTATUS_BYPASS);
	}
	do {
		c->began = store_moment(shared.store);
		next = look(c);
	} while (next == STEP_GONE);
	return next;
}

/* The name under which it is stored. A txn behind has that of the one it follows. */
static enum step
ask_store_id(struct caching *c)
{
	struct span	 id;
	enum step	 next;

	if (c->t->behind || !storeid_wanted(c->t))
		return STEP_GONE;
	next = storeid_fetch(c->t, &id);
	if (next == STEP_GONE && id.n > 0)
		c->url = id;
	return next;
}

enum step
stored_lookup(struct txn *t)
{
	struct caching		*c = t->cache;
	enum cachestatus_fwd	 why;
	enum step		 next;

	if (t->req.method == METHOD_CONNECT)
		return STEP_ROUTE;
	if (c == NULL && (c = begin(t, &why)) == NULL)
		return t->req.method == METHOD_PURGE ? purge_request(t) : pass(t, why);
	next = ask_cache_rules(c);
	if (next == STEP_GONE)
		next = ask_store_id(c);
	return next == STEP_GONE ? answer(c) : next;
}
