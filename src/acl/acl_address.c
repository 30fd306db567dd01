/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ACL types src, dst, localip: addresses in networks. Host names among the values are looked up
 * when the settings are compiled (resolve.c). dst judges all addresses of the target, or exactly
 * the one about to be connected to.
 */
#include "acl/acl_address.h"

#include <stdlib.h>

#include "acl/acl_line.h"
#include "acl/netlint.h"
#include "acl/ownaddr.h"
#include "acl/resolve.h"
#include "base/mem.h"
#include "core/settings.h"
#include "match/addrset.h"

struct nets {
	struct addrset	*set;
	struct netlint	 lint;
	struct resolve	 names;		/* values that are host names */
	bool		 embedded, self;
};

static void *
make(void)
{
	struct nets *v = mem_zero(sizeof(*v));

	v->set = addrset_new();
	return v;
}

static void
discard(void *data)
{
	struct nets *v = data;

	addrset_free(&v->set);
	netlint_free(&v->lint);
	resolve_free(&v->names);
	free(v);
}

static void
value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	struct nets *v = a->data;
	struct span host = SPAN_NONE;
	const char *why = NULL;

	if (span_iis(w->text, "all"))
		a->always = a->type != &acl_address_localip;
	if (addrset_add_text(v->set, w->text, &host, &why)) {
		/* "acl all src 0.0.0.0/0": once necessary */
		if (why != NULL && !(a->always && a->builtin))
			acl_line_complain(l, w->at, false, "acl %s: %.*s: %s", a->name,
			    SPAN_ARG(w->text), why);
		netlint_add(&v->lint, w->text, w->at);
	} else if (host.p != NULL) {
		resolve_add(&v->names, host, w->at);
	} else {
		acl_line_complain(l, w->at, true, "acl %s: %.*s: %s", a->name, SPAN_ARG(w->text),
		    (why != NULL) ? why : "this is no address and no network");
	}
}

static void
resolved(void *arg, const struct addr *x)
{
	struct nets *v = arg;

	addrset_add(v->set, x, 128);
}

static void
seal(struct acl *a, struct acl_set *set, struct diag *d)
{
	struct nets *v = a->data;
	struct addr first = { .port = 0 }, last = first;

	(void)set;
	resolve_all(&v->names, a->name, resolved, v, d);
	/* built-in ones are often defined again */
	netlint_tell(&v->lint, a->name, a->always || a->builtin, d);
	addrset_seal(v->set);
	memset(last.ip, 0xff, sizeof(last.ip));
	if (addrset_count(v->set) == 1 && addrset_has(v->set, &first) && addrset_has(v->set, &last))
		a->always = a->type != &acl_address_localip;
}

void
acl_address_embedded(struct acl *a)
{
	MUST(a->type == &acl_address_dst);
	((struct nets *)a->data)->embedded = true;
}

void
acl_address_self(struct acl *a)
{
	MUST(a->type == &acl_address_dst);
	((struct nets *)a->data)->self = true;
}

const struct addr *
acl_address_client(const struct txn *t)
{
	return t->s->acl_uses_indirect_client ? txn_client(t) : &t->f.client;
}

static enum acl_answer
test_src(const struct acl *a, struct txn *t, struct acl_look *k)
{
	const struct nets *v = a->data;

	(void)k;
	return (a->always || addrset_has(v->set, acl_address_client(t))) ? ACL_YES : ACL_NO;
}

static enum acl_answer
test_localip(const struct acl *a, struct txn *t, struct acl_look *k)
{
	const struct nets *v = a->data;

	(void)k;
	return addrset_has(v->set, &t->f.local) ? ACL_YES : ACL_NO;
}

static bool
in_nets(const struct acl *a, const struct txn *t, const struct addr *x)
{
	const struct nets *v = a->data;
	struct addr inside;

	if (addrset_has(v->set, x))
		return true;
	if (v->self && ownaddr_listens(x, t->target.port))
		return true;
	if (!v->embedded || !addr_embedded_v4(x, &inside))
		return false;
	inside.port = x->port;
	return addrset_has(v->set, &inside) ||
	    (v->self && ownaddr_listens(&inside, t->target.port));
}

enum acl_answer
acl_address_target(const struct acl *a, struct txn *t, struct acl_look *k,
    bool (*is)(const struct acl *a, const struct txn *t, const struct addr *x))
{
	const struct txn_lookup *look = &t->host_addrs;

	if (t->candidate != NULL)
		return is(a, t, t->candidate) ? ACL_YES : ACL_NO;
	if (t->target.is_addr)
		return is(a, t, &t->target.addr) ? ACL_YES : ACL_NO;
	if (t->target.host.n == 0)
		return ACL_NO;
	if (look->state != LOOKUP_DONE && look->state != LOOKUP_FAILED) {
		if (a->no_lookup)
			return ACL_NO;
		k->need = NEED_HOST_ADDRS;
		return ACL_NEED;
	}
	for (uint16_t i = 0; look->state == LOOKUP_DONE && i < look->n; i++)
		if (is(a, t, &look->addrs[i]))
			return ACL_YES;
	return ACL_NO;
}

static enum acl_answer
test_dst(const struct acl *a, struct txn *t, struct acl_look *k)
{
	if (a->always)
		return ACL_YES;
	return acl_address_target(a, t, k, in_nets);
}

void
acl_address_tell_client(const struct acl *a, const struct txn *t, struct sb *to)
{
	char text[ADDR_TEXT];

	(void)a;
	sb_str(to, addr_print(acl_address_client(t), text));
}

static void
tell_local(const struct acl *a, const struct txn *t, struct sb *to)
{
	char text[ADDR_TEXT];

	(void)a;
	sb_str(to, addr_print(&t->f.local, text));
}

void
acl_address_tell_target(const struct acl *a, const struct txn *t, struct sb *to)
{
	char text[ADDR_TEXT];

	(void)a;
	if (t->candidate != NULL || t->target.is_addr) {
		sb_str(to, addr_print((t->candidate != NULL) ? t->candidate : &t->target.addr,
		    text));
		return;
	}
	sb_span(to, t->target.host);
	if (t->host_addrs.state == LOOKUP_FAILED)
		SB_LIT(to, " which does not resolve");
	for (uint16_t i = 0; t->host_addrs.state == LOOKUP_DONE && i < t->host_addrs.n; i++)
		sb_printf(to, " %s", addr_print(&t->host_addrs.addrs[i], text));
}

const struct acl_type acl_address_src = {
	.name = "src", .make = make, .discard = discard, .value = value, .seal = seal,
	.test = test_src, .subject = acl_address_tell_client,
};
const struct acl_type acl_address_localip = {
	.name = "localip", .make = make, .discard = discard, .value = value, .seal = seal,
	.test = test_localip, .subject = tell_local,
};
const struct acl_type acl_address_dst = {
	.name = "dst", .flags = ACLT_N, .make = make, .discard = discard, .value = value,
	.seal = seal, .test = test_dst, .subject = acl_address_tell_target,
};
