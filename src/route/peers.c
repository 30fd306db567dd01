/* SPDX-License-Identifier: Apache-2.0 */
/* Parents: health, turns, hashes. Runs in a worker. */
#include "route/peers.h"

#include <stdlib.h>

#include "acl/rules.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/msg.h"
#include "core/peerload.h"

enum { DEAD_MS = 10000 };

static struct health {
	uint64_t	 failures, dead_until_ms, turns;
}			*health;
static size_t		 known;

static struct health *
health_of(const struct settings *s, const struct peer *p)
{
	if (known < s->n_peers) {
		health = mem_grow(health, s->n_peers * sizeof *health);
		memset(health + known, 0, (s->n_peers - known) * sizeof *health);
		known = s->n_peers;
	}
	return &health[p->index];
}

void
peers_blame(const struct txn *t)
{
	struct health	*h = health_of(t->s, t->peer);

	if (++h->failures < t->peer->connect_fail_limit)
		return;
	if (h->dead_until_ms <= clock_ms())
		msg(MSG_WARNING, "parent %s does not answer: not asked for %d seconds",
		    t->peer->name, DEAD_MS / 1000);
	h->dead_until_ms = clock_ms() + DEAD_MS;
	/* one try decides then */
	h->failures = t->peer->connect_fail_limit > 0 ? t->peer->connect_fail_limit - 1 : 0;
}

static bool
may_serve(struct txn *t, const struct peer *p)
{
	struct ruling	 r;

	if (!p->parent || (p->index < 64 && (t->peers_failed >> p->index & 1) != 0))
		return false;
	if (p->originserver && t->req.method == METHOD_CONNECT)
		return false;
	if (p->max_conn > 0 && peerload_of(p) >= p->max_conn)
		return false;
	rules_judge(p->access, t, false, &r);
	return r.kind == RULING_ALLOW;
}

/* Highest random weight (rendezvous): a parent that goes takes only its own share away. */
static uint64_t
score(const struct peer *p, uint64_t key)
{
	uint64_t	 mixed[2] = { key, hash_bytes(p->name, strlen(p->name)) };
	uint64_t	 h = hash_bytes(mixed, sizeof mixed) >> 16;

	return h / (1000 / (p->weight == 0 ? 1 : p->weight > 1000 ? 1000 : p->weight));
}

static const struct peer *
by_turns(struct txn *t, bool up_only)
{
	const struct peer	*best = NULL;
	uint64_t		 least = UINT64_MAX;

	for (size_t i = 0; i < t->s->n_peers; i++) {
		const struct peer	*p = &t->s->peers[i];
		struct health		*h = health_of(t->s, p);
		uint64_t		 turns = h->turns / (p->weight == 0 ? 1 : p->weight);

		if (!p->round_robin || turns >= least ||
		    (up_only && h->dead_until_ms > clock_ms()) || !may_serve(t, p))
			continue;
		best = p;
		least = turns;
	}
	if (best != NULL)
		health_of(t->s, best)->turns++;
	return best;
}

static const struct peer *
by_hash(struct txn *t, bool user, bool up_only)
{
	const struct peer	*best = NULL;
	uint64_t		 most = 0, key;

	if (user && t->f.user.n == 0)
		return NULL;
	key = user ? hash_bytes(t->f.user.p, t->f.user.n) : addr_hash(&t->f.client);
	for (size_t i = 0; i < t->s->n_peers; i++) {
		const struct peer	*p = &t->s->peers[i];
		uint64_t		 s;

		if (!(user ? p->userhash : p->sourcehash || p->carp))
			continue;
		if ((up_only && health_of(t->s, p)->dead_until_ms > clock_ms()) || !may_serve(t, p))
			continue;
		if (p->carp)
			key = hash_bytes(t->f.url.p, t->f.url.n);
		s = score(p, key) + 1;
		if (s > most) {
			most = s;
			best = p;
		}
	}
	return best;
}

static const struct peer *
first_up(struct txn *t, bool default_only, bool up_only)
{
	for (size_t i = 0; i < t->s->n_peers; i++) {
		const struct peer *p = &t->s->peers[i];

		if (default_only && !p->is_default)
			continue;
		if (!(up_only && health_of(t->s, p)->dead_until_ms > clock_ms()) && may_serve(t, p))
			return p;
	}
	return NULL;
}

static const struct peer *
pick(struct txn *t, bool up_only, enum facts_route *code)
{
	const struct peer	*p;

	*code = ROUTE_SOURCEHASH_PARENT;
	if ((p = by_hash(t, false, up_only)) != NULL) {
		if (p->carp)
			*code = ROUTE_CARP;
		return p;
	}
	*code = ROUTE_USERHASH_PARENT;
	if ((p = by_hash(t, true, up_only)) != NULL)
		return p;
	*code = ROUTE_ROUNDROBIN_PARENT;
	if ((p = by_turns(t, up_only)) != NULL)
		return p;
	*code = ROUTE_PARENT;
	if ((p = first_up(t, false, up_only)) != NULL)
		return p;
	return NULL;
}

bool
peers_left(struct txn *t)
{
	for (size_t i = 0; i < t->s->n_peers; i++)
		if (&t->s->peers[i] != t->peer && may_serve(t, &t->s->peers[i]))
			return true;
	return false;
}

const struct peer *
peers_pick(struct txn *t, enum facts_route *code)
{
	const struct peer	*p = pick(t, true, code);

	if (p != NULL)
		return p;
	*code = ROUTE_DEFAULT_PARENT;
	if ((p = first_up(t, true, false)) != NULL)
		return p;
	*code = ROUTE_ANY_PARENT;
	return first_up(t, false, false);	/* better a doubtful parent than none */
}
