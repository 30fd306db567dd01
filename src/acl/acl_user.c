/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ACL types proxy_auth and max_user_ip. A user that is not known ends the judging of a list with
 * NEED_USER, also when credentials were missing or refused: the step answers 407 then, as Squid
 * does.
 */
#include "acl/acl_user.h"

#include <stdlib.h>

#include "acl/acl_address.h"
#include "acl/acl_line.h"
#include "acl/wordset.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "core/settings.h"
#include "core/shared.h"
#include "shm/sightings.h"

struct users {
	struct wordset	 names;
	bool		 any;		/* REQUIRED */
	bool		 fold;		/* -i: for all names, wherever it stands */
};

bool
acl_user_known(const struct txn *t, struct acl_look *k)
{
	if (t->auth == AUTH_GOOD)
		return true;
	k->need = NEED_USER;
	return false;
}

void
acl_user_tell(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	if (t->auth == AUTH_GOOD)
		sb_span(to, t->f.user);
	else
		SB_LIT(to, "no user");
}

static void *
make(void)
{
	struct users *v = mem_zero(sizeof(*v));

	wordset_init(&v->names);
	return v;
}

static void
discard(void *data)
{
	struct users *v = data;

	wordset_free(&v->names);
	free(v);
}

static void
value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	struct users *v = a->data;

	v->fold = v->fold || l->fold;
	if (span_is(w->text, "REQUIRED"))
		v->any = true;
	else
		wordset_add(&v->names, w->text, acl_mark(a, w->at));
}

static enum acl_answer
test_proxy_auth(const struct acl *a, struct txn *t, struct acl_look *k)
{
	const struct users *v = a->data;

	if (!acl_user_known(t, k))
		return ACL_NEED;
	if (v->any)
		return ACL_YES;
	return wordset_has(&v->names, t->f.user, v->fold || !t->s->basic.case_sensitive, &k->mark) ?
	    ACL_YES : ACL_NO;
}

struct limit {
	uint64_t	 most;
};

static void *
make_limit(void)
{
	struct limit *v = mem_zero(sizeof(*v));

	v->most = UINT64_MAX;
	return v;
}

static void
limit_value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	struct limit *v = a->data;

	if (!span_u64(w->text, 63, &v->most))
		acl_line_complain(l, w->at, true,
		    "acl %s: max_user_ip takes a number of addresses from 0 to 63", a->name);
}

/*
 * The one test that changes something: a user over the limit is forgotten at this address (-s), or
 * everywhere (Squid).
 */
static enum acl_answer
test_max_user_ip(const struct acl *a, struct txn *t, struct acl_look *k)
{
	const struct limit *v = a->data;
	uint64_t user, from;
	unsigned n;

	if (!acl_user_known(t, k))
		return ACL_NEED;
	if (shared.user_ips == NULL || t->dry)
		return ACL_NO;
	user = hash_bytes(t->f.user.p, t->f.user.n);
	from = addr_hash(acl_address_client(t));
	n = sightings_note(shared.user_ips, user, from, (uint64_t)clock_wall_s(),
	    t->s->authenticate_ip_ttl_s);
	if (n <= v->most)
		return ACL_NO;
	if (a->strict)
		sightings_forget(shared.user_ips, user, from);
	else
		sightings_forget_user(shared.user_ips, user);
	return ACL_YES;
}

const struct acl_type acl_user_proxy_auth = {
	.name = "proxy_auth", .flags = ACLT_USER | ACLT_I, .make = make, .discard = discard,
	.value = value, .test = test_proxy_auth, .subject = acl_user_tell,
};
const struct acl_type acl_user_max_user_ip = {
	.name = "max_user_ip", .flags = ACLT_USER | ACLT_S, .make = make_limit, .discard = free,
	.value = limit_value, .test = test_max_user_ip, .subject = acl_user_tell,
};
