/* SPDX-License-Identifier: Apache-2.0 */
/* Names to addresses, the destination guard, connecting. Runs in a worker. */
#include "origin/reach.h"

#include <errno.h>

#include "acl/destination.h"
#include "base/clock.h"
#include "core/lookup.h"
#include "core/peerload.h"
#include "core/presence.h"

enum { RETRY_MS = 50 };		/* between two tries of connect_retries, or for a descriptor */

bool
reach_allowed(struct txn *t, const struct addr *a)
{
	struct ruling	 r;

	return t->peer != NULL || destination_allows(t, a, &r);
}

/* No address is left: the rule that refused the first one is the reason. */
static enum reach_answer
refused(struct txn *t, const struct addr *a)
{
	struct ruling	 r;
	char		 ip[ADDR_TEXT];

	(void)destination_allows(t, a, &r);
	rules_record(t->s->destination_access, &r, t);
	txn_fail(t, WHY_DESTINATION_DENIED, "%s", addr_print(a, ip));
	return REACH_FAILED;
}

static enum reach_answer
fail(struct txn *t, enum why w, const char *detail)
{
	txn_fail(t, w, "%s", detail);
	return REACH_FAILED;
}

/* Without an address nobody was asked; Squid's log says so, too. */
static enum reach_answer
fail_name(struct txn *t, enum why w, const char *detail)
{
	if (t->peer == NULL)
		t->f.route = ROUTE_NONE;
	return fail(t, w, detail);
}

static void	 redial(struct reach *r);

static void
on_again(struct timer *timer)
{
	redial(CONTAINER_OF(timer, struct reach, again));
}

static bool
has_time(const struct reach *r, const struct txn *t)
{
	uint64_t	 most = t->peer != NULL ? t->peer->connect_timeout_ms :
	    t->s->connect_timeout_ms;

	return (clock_us() - r->began_us) / 1000 + RETRY_MS < most;
}

/*
 * connect_retries: only what failed at once is worth another try, and all of them share the time of
 * one (Squid).
 */
static bool
may_redial(const struct reach *r, const struct txn *t, int error)
{
	return r->retries < t->s->connect_retries && error != ETIMEDOUT && has_time(r, t);
}

static void
redial_later(struct reach *r)
{
	timer_init(&r->again, on_again);
	timer_set(&r->again, RETRY_MS);
}

/* No descriptor: those who idle give theirs at once, those who are served theirs soon. */
static void
wait_for_room(struct reach *r, struct txn *t)
{
	bool	 first = !r->pressed;

	r->pressed = true;
	t->f.tries--;			/* nobody was asked */
	if (presence_pressure != NULL)
		presence_pressure();
	if (first)
		redial(r);
	else
		redial_later(r);
}

static void
on_dialled(void *arg, struct io *io, const struct addr *which, int error)
{
	struct txn	*t = arg;
	struct reach	*r = t->reach;

	r->dial = NULL;
	if (io == NULL && io_starved(error) && has_time(r, t)) {
		wait_for_room(r, t);
		return;
	}
	if (io == NULL && !io_starved(error) && may_redial(r, t, error)) {
		r->retries++;
		redial_later(r);
		return;
	}
	t->f.connect_time += clock_us() - r->began_us;
	if (io == NULL) {
		r->state = REACH_LOST;
		r->error = error;
		if (which != NULL)
			t->f.origin = *which;	/* for the log and the page */
	} else {
		io_move(&r->io, io, io->cb);
		r->io.quiet = true;		/* until its user is there */
		r->addr = *which;
		r->state = REACH_CONNECTED;
	}
	txn_wake(t);
}

/* happy_eyeballs_connect_gap is for the workers together. */
static uint64_t
gap_ms(const struct settings *s)
{
	uint64_t	 ms;

	if (s->happy_eyeballs_connect_gap_ms == UINT64_MAX)
		return 0;
	return __builtin_mul_overflow(s->happy_eyeballs_connect_gap_ms, s->workers, &ms) ?
	    UINT64_MAX : ms;
}

static void
redial(struct reach *r)
{
	struct txn	*t = r->t;
	static const struct addr	 none;
	const struct settings		*s = t->s;
	uint64_t			 most = t->peer != NULL ? t->peer->connect_timeout_ms :
	    s->connect_timeout_ms;
	struct dial_options		 o = {
		.bind4 = memcmp(&t->bind4, &none, sizeof none) != 0 ? &t->bind4 : NULL,
		.bind6 = memcmp(&t->bind6, &none, sizeof none) != 0 ? &t->bind6 : NULL,
		.timeout_ms = s->forward_timeout_ms, .each_ms = most,
		.delay_ms = (uint32_t)s->happy_eyeballs_connect_timeout_ms, .gap_ms = gap_ms(s),
		.tos = t->tos, .mark = t->mark,
	};

	t->f.tries++;
	r->dial = dial_start(r->addrs, r->n, &o, on_dialled, t);
}

static enum reach_answer
dial(struct reach *r, struct txn *t)
{
	t->reach = r;
	r->t = t;
	r->state = REACH_DIAL;
	r->began_us = clock_us();
	r->retries = 0;
	r->opening = t->peer;
	peerload_take(r->opening);
	redial(r);
	return REACH_WAIT;
}

/*
 * dns_v4_first: the order within a family stays; the dial begins with the family of the first (RFC
 * 8305).
 */
static void
put_v4_first(struct addr *list, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		struct addr	 a = list[i];
		unsigned	 j = i;

		if (!addr_is_v4(&a))
			continue;
		for (; j > 0 && !addr_is_v4(&list[j - 1]); j--)
			list[j] = list[j - 1];
		list[j] = a;
	}
}

/* Keeps the addresses that may be tried, with the port. */
static enum reach_answer
choose(struct reach *r, struct txn *t, const struct addr *list, unsigned n, uint16_t port)
{
	if (n == 0)
		return fail_name(t, WHY_NAME_UNKNOWN, "the name has no address");
	r->addrs = arena_get(&t->arena, n * sizeof *r->addrs);
	if (r->addrs == NULL)
		return fail(t, WHY_NO_MEMORY, "too many addresses");
	r->n = 0;
	for (unsigned i = 0; i < n; i++) {
		struct addr *a = &r->addrs[r->n];

		*a = list[i];
		a->port = port;
		if (reach_allowed(t, a))
			r->n++;
	}
	if (r->n == 0)
		return refused(t, &r->addrs[0]);	/* the last one that was looked at */
	if (t->s->dns_v4_first)
		put_v4_first(r->addrs, r->n);
	return dial(r, t);
}

static void
on_peer_name(void *arg, const struct dns_answer *answer)
{
	struct txn	*t = arg;
	struct reach	*r = t->reach;

	r->query = NULL;
	t->f.dns_time += clock_us() - r->began_us;
	if (answer->result == DNS_OK && answer->n > 0) {
		r->addrs = arena_get(&t->arena, answer->n * sizeof *r->addrs);
		if (r->addrs != NULL) {
			memcpy(r->addrs, answer->addrs, answer->n * sizeof *r->addrs);
			r->n = answer->n;
		}
	}
	txn_wake(t);
}

static enum reach_answer
start_peer(struct reach *r, struct txn *t)
{
	struct span		 host = span_of(t->peer->host);
	struct dns_answer	 answer;
	struct addr		 a;

	if (addr_parse(&a, host))
		return choose(r, t, &a, 1, t->peer->port);
	if (dns_cached(host, &answer))
		return choose(r, t, answer.addrs, answer.result == DNS_OK ? answer.n : 0,
		    t->peer->port);
	t->reach = r;
	r->state = REACH_NAME;
	r->n = 0;
	r->began_us = clock_us();
	r->query = dns_ask(host, on_peer_name, t);
	return REACH_WAIT;
}

static enum reach_answer
start(struct reach *r, struct txn *t)
{
	if (t->peer != NULL)
		return start_peer(r, t);
	if (t->target.is_addr)
		return choose(r, t, &t->target.addr, 1, t->target.port);
	if (!lookup_fetch(t, LOOKUP_HOST_ADDRS))
		return REACH_WAIT;
	if (t->host_addrs.state == LOOKUP_FAILED && t->host_addrs.result != DNS_NO_NAME)
		return fail_name(t, WHY_NAME_FAILED, t->host_addrs.result == DNS_TIMEOUT ?
		    "no answer in time" : "no name server answered properly");
	return choose(r, t, t->host_addrs.addrs, t->host_addrs.n, t->target.port);
}

static enum reach_answer
lost(struct reach *r, struct txn *t)
{
	if (io_starved(r->error))
		return fail(t, WHY_DESCRIPTORS, strerror(r->error));
	switch (r->error) {
	case ECONNREFUSED:
		return fail(t, t->peer != NULL ? WHY_PEER_REFUSED : WHY_ORIGIN_REFUSED,
		    strerror(r->error));
	case ETIMEDOUT:
		return fail(t, WHY_CONNECT_TIMEOUT, strerror(r->error));
	default:
		return fail(t, WHY_ORIGIN_UNREACHABLE, strerror(r->error));
	}
}

/* From here on its user counts it, if there is one. */
static void
opened(struct reach *r)
{
	peerload_leave(r->opening);
	r->opening = NULL;
}

enum reach_answer
reach_run(struct reach *r, struct txn *t)
{
	switch ((enum reach_state)r->state) {
	case REACH_START:
		return start(r, t);
	case REACH_NAME: {
		struct addr	*list = r->addrs;

		if (r->query != NULL)
			return REACH_WAIT;
		return choose(r, t, list, r->n, t->peer->port);
	}
	case REACH_DIAL:
		return REACH_WAIT;
	case REACH_CONNECTED:
		opened(r);
		return REACH_DONE;
	case REACH_LOST:
		opened(r);
		return lost(r, t);
	}
	NEVER("reach_state");
}

void
reach_cancel(struct reach *r)
{
	opened(r);
	if (r->again.due_ms != 0)
		timer_stop(&r->again);
	if (r->dial != NULL)
		dial_cancel(&r->dial);
	if (r->query != NULL)
		dns_cancel(&r->query);
	if (r->state == REACH_CONNECTED)
		io_close(&r->io);
	*r = (struct reach){ .state = REACH_START };
}
