/* SPDX-License-Identifier: Apache-2.0 */
/* The route step. Runs in a worker. */
#include "route/route.h"

#include "acl/need.h"
#include "acl/rules.h"
#include "core/settings.h"
#include "route/peers.h"

enum reply { NO, YES, LATER };

/* Judges a list whose missing facts can be fetched. LATER: *next is what the step has to answer. */
static enum reply
judge(struct txn *t, const struct rules *list, struct ruling *r, enum step *next)
{
	for (;;) {
		rules_judge(list, t, true, r);
		if (r->kind != RULING_NEED)
			return r->kind == RULING_ALLOW ? YES : NO;
		*next = need_fetch(t, r->need);
		if (*next != STEP_GONE)
			return LATER;
	}
}

/* Requests whose answers siblings could have (Squid's hierarchical ones) prefer parents. */
static bool
hierarchical(const struct txn *t)
{
	return t->req.method == METHOD_GET || t->req.method == METHOD_HEAD;
}

static void
choose_outgoing(struct txn *t)
{
	const struct settings	*s = t->s;
	bool			 have4 = false, have6 = false;

	memset(&t->bind4, 0, sizeof t->bind4);
	memset(&t->bind6, 0, sizeof t->bind6);
	for (size_t i = 0; i < s->n_tcp_outgoing_address; i++) {
		const struct cond_addr	*c = &s->tcp_outgoing_address[i];
		bool			 v4 = addr_is_v4(&c->addr);

		if ((v4 ? have4 : have6) || !cond_holds_now(c->when, t))
			continue;
		if (v4)
			t->bind4 = c->addr;
		else
			t->bind6 = c->addr;
		*(v4 ? &have4 : &have6) = true;
	}
	t->tos = 0;
	t->mark = 0;
	for (size_t i = 0; i < s->n_tcp_outgoing_tos && t->tos == 0; i++)
		if (cond_holds_now(s->tcp_outgoing_tos[i].when, t))
			t->tos = (int)s->tcp_outgoing_tos[i].value;
	for (size_t i = 0; i < s->n_tcp_outgoing_mark && t->mark == 0; i++)
		if (cond_holds_now(s->tcp_outgoing_mark[i].when, t))
			t->mark = (uint32_t)s->tcp_outgoing_mark[i].value;
}

static enum step
go(struct txn *t, const struct peer *p, enum facts_route code, bool may_direct, bool may_peer)
{
	t->peer = p;
	t->f.peer = p == NULL ? SPAN_NONE : span_of(p->name);
	t->f.route = p == NULL && t->redirected ? ROUTE_ORIGINAL_DST : code;
	t->f.why = WHY_NOTHING;
	t->f.why_detail = SPAN_NONE;
	t->more_ways = t->s->n_peers > 0 &&
	    ((p != NULL && may_direct && !t->direct_failed) || (may_peer && peers_left(t)));
	choose_outgoing(t);
	return t->req.method == METHOD_CONNECT ? STEP_TUNNEL : STEP_FETCH;
}

static enum step
no_way(struct txn *t)
{
	/* the last way's failure stands, if there was one */
	(void)txn_fail(t, WHY_NO_ROUTE, NULL);
	return t->stale_instead ? STEP_STORE : STEP_ERROR;
}

/* In Squid's order: parents and direct, as the three words allow. */
static enum step
choose(struct txn *t, bool may_direct, bool may_peer)
{
	const struct settings	*s = t->s;
	const struct peer	*p;
	enum facts_route	 code;

	if (may_direct && !t->direct_failed && (s->prefer_direct || !may_peer))
		return go(t, NULL, ROUTE_DIRECT, may_direct, may_peer);
	if (may_peer && (!may_direct || hierarchical(t) || !s->nonhierarchical_direct) &&
	    (p = peers_pick(t, &code)) != NULL)
		return go(t, p, code, may_direct, may_peer);
	if (may_direct && !t->direct_failed)
		return go(t, NULL, ROUTE_DIRECT, may_direct, may_peer);
	return no_way(t);
}

enum step
route_choose(struct txn *t)
{
	const struct settings	*s = t->s;
	struct ruling		 r;
	enum step		 next = STEP_ERROR;
	enum reply		 always, never;

	if (t->peer != NULL && t->f.why != WHY_NOTHING)
		peers_blame(t);
	switch (judge(t, s->miss_access, &r, &next)) {
	case LATER:
		return next;
	case NO:
		rules_record(s->miss_access, &r, t);
		return txn_fail(t, WHY_MISS_DENIED, NULL);
	case YES:
		break;
	}
	/* Squid: such a port's requests are for peers only */
	if (t->port != NULL && t->port->accel && !t->port->allow_direct)
		return choose(t, false, true);
	if (s->n_peers == 0) {
		never = judge(t, s->never_direct, &r, &next);
		if (never == LATER)
			return next;
		return choose(t, never == NO, false);
	}
	always = judge(t, s->always_direct, &r, &next);
	if (always == LATER)
		return next;
	never = always == YES ? NO : judge(t, s->never_direct, &r, &next);
	if (never == LATER)
		return next;
	return choose(t, never == NO, always == NO);
}
