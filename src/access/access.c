/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STEP_ACCESS: who the client is behind trusted proxies (follow_x_forwarded_for), how many
 * connections it has, and http_access. Called again after each fact that a rule was missing.
 * Worker.
 */
#include "access/access.h"

#include "acl/need.h"
#include "acl/notes.h"
#include "acl/rules.h"
#include "core/conn.h"
#include "core/lookup.h"
#include "core/settings.h"

enum { HOPS_MOST = 64 };

/*
 * Takes the last element of an X-Forwarded-For list off. False: it is no address, or there is none.
 */
static bool
take_hop(struct span *list, struct addr *a)
{
	struct span item;
	size_t i = list->n;

	while (i > 0 && list->p[i - 1] != ',')
		i--;
	item = span_trim(span_at(list->p + i, list->n - i));
	list->n = (i > 0) ? i - 1 : 0;
	if (item.n > 2 && item.p[0] == '[' && item.p[item.n - 1] == ']')
		item = span_at(item.p + 1, item.n - 2);
	return addr_parse(a, item);
}

/*
 * From the nearest hop outwards: as long as the rules trust the address that spoke, the one it
 * names counts. The rules see the address reached so far as the client (acl_uses_indirect_client),
 * else only the connection's, and then one hop is taken.
 */
static void
follow(struct txn *t)
{
	const struct settings *s = t->s;
	struct ruling ruling;
	struct span list;
	struct addr hop;

	t->f.indirect = t->f.client;
	if (s->follow_x_forwarded_for->n == 0)
		return;
	list = head_joined(&t->req, SPAN("X-Forwarded-For"), &t->arena);
	for (int i = 0; i < HOPS_MOST && list.n > 0; i++) {
		rules_judge(s->follow_x_forwarded_for, t, false, &ruling);
		if (ruling.kind != RULING_ALLOW || !take_hop(&list, &hop))
			return;
		t->f.indirect = hop;
		if (!s->acl_uses_indirect_client)
			return;
	}
}

/* A denial whose last ACL is about the user asks for another one (Squid). */
static enum step
denied(struct txn *t, const struct rules *list, const struct ruling *r)
{
	bool again = r->last != NULL && acl_asks_again(r->last) && t->auth == AUTH_GOOD &&
	    t->s->basic.on;

	rules_record(list, r, t);
	return again ? txn_fail(t, WHY_AUTH_NEEDED, NULL) : txn_fail(t, WHY_ACL_DENIED, NULL);
}

enum step
access_judge(struct txn *t, const struct rules *list, struct ruling *r)
{
	enum step next;

	do {
		rules_judge(list, t, true, r);
		if (r->kind == RULING_ALLOW)
			return STEP_GONE;
		if (r->kind == RULING_DENY)
			return denied(t, list, r);
		rules_record(list, r, t);
		next = need_fetch(t, r->need);
	} while (next == STEP_GONE);
	return next;
}

static enum step
allowed(struct txn *t, const struct ruling *r)
{
	rules_record(t->s->http_access, r, t);
	if (t->for_us)
		return STEP_LOCAL;
	if (t->max_forwards == 0 &&
	    (t->req.method == METHOD_TRACE || t->req.method == METHOD_OPTIONS))
		return STEP_LOCAL;
	return t->s->rewrite.wanted ? STEP_REWRITE : STEP_LOOKUP;
}

enum step
access_check(struct txn *t)
{
	struct ruling r;
	enum step next;

	OBJ_OK(t, TXN_TAG);
	follow(t);
	if (t->conn != NULL && t->conn->tag != NULL)
		notes_recall(t);
	if (t->crowded)
		return txn_fail(t, WHY_LIMIT_CONNECTIONS, "more than %llu",
		    (unsigned long long)t->s->client_ip_max_connections);
	if (t->s->log_wants_client_name && !t->dry && !lookup_fetch(t, LOOKUP_CLIENT_NAME))
		return STEP_WAIT;
	next = access_judge(t, t->s->http_access, &r);
	return next == STEP_GONE ? allowed(t, &r) : next;
}
