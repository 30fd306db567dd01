/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS facts of a transaction: the target's addresses, the name of a literal target, the name of the
 * client. In a worker over net/dns on the loop; for a made-up request (t->dry, no loop) by the C
 * library, which blocks.
 */
#include "core/lookup.h"

#include <netdb.h>

#include "base/clock.h"
#include "core/settings.h"
#include "net/dns.h"

static struct txn_lookup *
slot(struct txn *t, enum lookup_what what)
{
	switch (what) {
	case LOOKUP_HOST_ADDRS:
		return &t->host_addrs;
	case LOOKUP_HOST_NAME:
		return &t->host_name;
	case LOOKUP_CLIENT_NAME:
		return &t->client_name;
	}
	NEVER("unknown lookup");
}

static bool
keep_addrs(struct txn *t, struct txn_lookup *l, const struct addr *addrs, uint16_t n)
{
	l->addrs = arena_get(&t->arena, n * sizeof(*addrs));
	if (l->addrs == NULL)
		return false;
	for (uint16_t i = 0; i < n; i++) {
		l->addrs[i] = addrs[i];
		l->addrs[i].port = t->target.port;
	}
	l->n = n;
	return true;
}

static void
finish(struct txn *t, enum lookup_what what, bool good)
{
	struct txn_lookup *l = slot(t, what);

	l->state = good ? LOOKUP_DONE : LOOKUP_FAILED;
	if (good && what == LOOKUP_CLIENT_NAME)
		t->f.client_name = l->name;
}

static void
store(struct txn *t, enum lookup_what what, const struct dns_answer *a)
{
	struct txn_lookup *l = slot(t, what);
	bool good = a->result == DNS_OK;

	l->result = (uint8_t)a->result;

	if (good && what == LOOKUP_HOST_ADDRS) {
		good = a->n > 0 && keep_addrs(t, l, a->addrs, a->n);
	} else if (good) {
		l->name = arena_span(&t->arena, a->name);
		good = l->name.n > 0;
	}
	finish(t, what, good);
}

static void
answered(struct txn *t, enum lookup_what what, const struct dns_answer *a)
{
	struct txn_lookup *l = slot(t, what);

	OBJ_OK(t, TXN_TAG);
	MUST(l->state == LOOKUP_WAITING);
	l->query = NULL;
	store(t, what, a);
	t->f.dns_time += clock_us() - l->began_us;
	txn_wake(t);
}

static void
host_addrs_done(void *arg, const struct dns_answer *a)
{
	answered(arg, LOOKUP_HOST_ADDRS, a);
}

static void
host_name_done(void *arg, const struct dns_answer *a)
{
	answered(arg, LOOKUP_HOST_NAME, a);
}

static void
client_name_done(void *arg, const struct dns_answer *a)
{
	answered(arg, LOOKUP_CLIENT_NAME, a);
}

/* The address whose name is asked for. */
static const struct addr *
address(const struct txn *t, enum lookup_what what)
{
	if (what == LOOKUP_HOST_NAME)
		return &t->target.addr;
	return t->s->acl_uses_indirect_client ? txn_client(t) : &t->f.client;
}

/* True: nothing has to be asked. */
static bool
at_once(struct txn *t, enum lookup_what what)
{
	struct dns_answer a;

	if (what == LOOKUP_HOST_ADDRS && t->target.is_addr) {
		finish(t, what, keep_addrs(t, slot(t, what), &t->target.addr, 1));
		return true;
	}
	if ((what == LOOKUP_HOST_ADDRS && t->target.host.n == 0) ||
	    (what == LOOKUP_HOST_NAME && !t->target.is_addr)) {
		finish(t, what, false);
		return true;
	}
	if (t->dry)
		return false;
	if (what == LOOKUP_HOST_ADDRS ? !dns_cached(t->target.host, &a) :
	    !dns_cached_name(address(t, what), &a))
		return false;
	store(t, what, &a);
	return true;
}

static void
block_for_addrs(struct txn *t)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	enum { MOST = 64 };
	struct addr found[MOST];
	struct addrinfo *all = NULL;
	struct span host = arena_span(&t->arena, t->target.host);	/* NUL-terminated */
	uint16_t n = 0;

	if (host.p != NULL && getaddrinfo(host.p, NULL, &hints, &all) == 0) {
		for (const struct addrinfo *i = all; i != NULL && n < MOST; i = i->ai_next)
			if (addr_from_sock(&found[n], i->ai_addr))
				n++;
		freeaddrinfo(all);
	}
	finish(t, LOOKUP_HOST_ADDRS, n > 0 && keep_addrs(t, &t->host_addrs, found, n));
}

static void
block_for_name(struct txn *t, enum lookup_what what)
{
	struct sockaddr_storage ss;
	socklen_t n = addr_to_sock(address(t, what), &ss);
	struct txn_lookup *l = slot(t, what);
	char name[NI_MAXHOST];

	if (getnameinfo((struct sockaddr *)&ss, n, name, sizeof(name), NULL, 0, NI_NAMEREQD) == 0) {
		for (char *p = name; *p != '\0'; p++)
			*p = ascii_lower(*p);
		l->name = arena_span(&t->arena, span_of(name));
	}
	finish(t, what, l->name.n > 0);
}

static void
ask(struct txn *t, enum lookup_what what)
{
	struct txn_lookup *l = slot(t, what);

	l->state = LOOKUP_WAITING;
	l->began_us = clock_us();
	switch (what) {
	case LOOKUP_HOST_ADDRS:
		l->query = dns_ask(t->target.host, host_addrs_done, t);
		return;
	case LOOKUP_HOST_NAME:
		l->query = dns_ask_name(address(t, what), host_name_done, t);
		return;
	case LOOKUP_CLIENT_NAME:
		l->query = dns_ask_name(address(t, what), client_name_done, t);
		return;
	}
}

bool
lookup_fetch(struct txn *t, enum lookup_what what)
{
	struct txn_lookup *l = slot(t, what);

	OBJ_OK(t, TXN_TAG);
	if (l->state == LOOKUP_DONE || l->state == LOOKUP_FAILED)
		return true;
	if (l->state == LOOKUP_WAITING)
		return false;
	if (at_once(t, what))
		return true;
	if (!t->dry) {
		ask(t, what);
		return false;
	}
	if (what == LOOKUP_HOST_ADDRS)
		block_for_addrs(t);
	else
		block_for_name(t, what);
	return true;
}

static void
cancel(struct txn_lookup *l)
{
	if (l->state != LOOKUP_WAITING)
		return;
	if (l->query != NULL)
		dns_cancel(&l->query);
	l->state = LOOKUP_UNASKED;
}

void
lookup_cancel(struct txn *t)
{
	cancel(&t->host_addrs);
	cancel(&t->host_name);
	cancel(&t->client_name);
}
