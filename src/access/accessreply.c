/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STEP_RULES: what is judged when the head of the answer is there: reply_body_max_size,
 * http_reply_access, the reply's header rules. It is too late to ask the client to log in: a rule
 * that needs a user who is not there fails closed. Worker.
 */
#include "access/access.h"

#include "acl/mangle.h"
#include "acl/need.h"
#include "acl/rules.h"
#include "core/settings.h"

/* The first line whose ACLs hold; 0 is a limit like others (Squid). */
static uint64_t
size_limit(struct txn *t)
{
	for (size_t i = 0; i < t->s->n_reply_body_max_size; i++) {
		const struct cond_num *c = &t->s->reply_body_max_size[i];

		if (cond_holds_now(c->when, t))
			return c->value;
	}
	return UINT64_MAX;
}

/* Messages about the connection or about a copy that the client has cannot be refused (Squid). */
static bool
is_exempt(const struct txn *t)
{
	return t->reply_is_ours || t->reply.status < 200 || t->reply.status == 204 ||
	    t->reply.status == 304;
}

enum step
access_reply(struct txn *t)
{
	struct ruling r;
	enum step next;

	OBJ_OK(t, TXN_TAG);
	MUST(t->has_reply);
	t->reply_max = t->reply_is_ours ? UINT64_MAX : size_limit(t);
	if (t->reply_framing.kind == FRAMING_LENGTH && t->reply_framing.length > t->reply_max)
		return txn_fail(t, WHY_REPLY_LONG, "%llu bytes",
		    (unsigned long long)t->reply_framing.length);
	if (!is_exempt(t) && t->s->http_reply_access->n > 0) {
		next = need_judge(t->s->http_reply_access, t, &r);
		if (next != STEP_GONE)
			return next;
		if (r.kind != RULING_ALLOW) {
			rules_record(t->s->http_reply_access, &r, t);
			return txn_fail(t, WHY_REPLY_DENIED, NULL);
		}
	}
	mangle_reply(t, &t->reply);
	return STEP_REPLY;
}
