/* SPDX-License-Identifier: Apache-2.0 */
/* The fetch step. Runs in a worker. */
#include "origin/fetch.h"

#include "acl/mangle.h"
#include "http/media.h"
#include "origin/upstream.h"
#include "origin/xch.h"

/* A way that could not even connect leaves the others (RFC 9110, 9.2.2: nothing was sent). */
static bool
may_reroute(const struct txn *t)
{
	if (t->f.tries >= t->s->forward_max_tries ||
	    (t->req_body != NULL && t->req_body->taken > 0))
		return false;
	switch ((enum why)t->f.why) {
	case WHY_PEER_REFUSED:
	case WHY_NAME_UNKNOWN:
	case WHY_NAME_FAILED:
	case WHY_ORIGIN_REFUSED:
	case WHY_ORIGIN_UNREACHABLE:
	case WHY_CONNECT_TIMEOUT:
		return t->s->n_peers > 0;
	default:
		return false;
	}
}

/* This way is not to be tried again for this request. */
static enum step
other_way(struct txn *t)
{
	if (t->peer != NULL && t->peer->index < 64)
		t->peers_failed |= (uint64_t)1 << t->peer->index;
	else if (t->peer == NULL)
		t->direct_failed = true;
	fetch_release(t);
	return STEP_ROUTE;
}

static enum step
failed(struct txn *t)
{
	if (may_reroute(t))
		return other_way(t);
	fetch_release(t);
	return t->stale_instead ? STEP_STORE : STEP_ERROR;
}

/*
 * An answer for which Squid asks elsewhere (FwdState::reforward): gateways' errors always, others
 * by retry_on_error.
 */
static bool
may_ask_elsewhere(const struct txn *t)
{
	const struct settings	*s = t->s;

	if (!t->more_ways || t->f.tries >= s->forward_max_tries ||
	    !method_idempotent(t->req.method) || (t->req_body != NULL && t->req_body->taken > 0))
		return false;
	switch (t->reply.status) {
	case 502:
	case 504:
		return true;
	case 403:
	case 500:
	case 501:
	case 503:
		return s->retry_on_error;
	default:
		return false;
	}
}

/*
 * What of the received head concerns only this hop ends here, and a length beside a coding, which
 * it does not tell (RFC 9112, 6.3).
 */
static void
settle_head(struct txn *t)
{
	struct span	 type = head_value(&t->reply, FIELD_CONTENT_TYPE), upgrade = SPAN_NONE;

	/* Upgrade is what they say (RFC 9110, 15.2.2 and 15.5.22) */
	if (t->reply.status == 101 || t->reply.status == 426)
		upgrade = head_joined(&t->reply, SPAN("Upgrade"), &t->arena);
	if (head_get(&t->reply, FIELD_TRANSFER_ENCODING) != NULL)
		head_remove(&t->reply, FIELD_CONTENT_LENGTH);
	head_remove_hop(&t->reply);
	if (upgrade.n > 0)
		(void)head_add(&t->reply, SPAN("Upgrade"), upgrade, &t->arena);
	if (t->peer == NULL)
		head_remove(&t->reply, FIELD_PROXY_AUTHENTICATE);	/* a server does not ask for
									 * this proxy's password */
	if (type.p != NULL && t->s->n_logs > 0)
		t->f.mime = media_type(type);
}

static enum step
interim(struct txn *t)
{
	if (t->req.minor == 0 || t->behind) {		/* RFC 9110, 15.2: not to HTTP/1.0 */
		xch_next_head(t->x);
		return STEP_FETCH;
	}
	head_remove_hop(&t->reply);
	mangle_reply(t, &t->reply);
	t->interim = true;
	return STEP_REPLY;
}

/*
 * The header rules keep the expectation from the origin, which will not say 100 then: the client
 * and it would wait for each other (RFC 9110, 10.1.1). True: an answer is to be sent that says it
 * for the origin.
 */
static bool
promise(struct txn *t)
{
	if (!t->expects_continue || mangle_passes(t, true, head_get(&t->req, FIELD_EXPECT)))
		return false;
	t->expects_continue = false;
	t->reply = (struct head){ .major = 1, .minor = 1, .status = 100,
	    .reason = SPAN("Continue") };
	t->interim = true;
	return true;
}

enum step
fetch_head(struct txn *t)
{
	if (t->x == NULL && promise(t))
		return STEP_REPLY;
	if (t->x == NULL)
		t->x = xch_new(t);
	else if (t->x->state == XCH_HEAD && t->reply.status >= 100 && t->reply.status < 200)
		xch_next_head(t->x);
	for (;;) {
		switch (xch_run(t->x, upstream_head)) {
		case XCH_WAIT:
			return STEP_WAIT;
		case XCH_FAILED:
			return failed(t);
		case XCH_REPLY:
			break;
		}
		if (t->x->state == XCH_BODY)
			break;
		if (interim(t) == STEP_REPLY)
			return STEP_REPLY;
	}
	if (may_ask_elsewhere(t))
		return other_way(t);
	settle_head(t);
	t->has_reply = true;
	return STEP_STORE;
}

void
fetch_count(struct txn *t)
{
	uint64_t	 spliced;

	if (t->x == NULL)
		return;
	xch_count(t->x);
	spliced = outflow_spliced(&t->x->out);
	t->f.in += spliced;
	t->f.req_body += spliced;
}

void
fetch_release(struct txn *t)
{
	if (t->x != NULL)
		xch_part(&t->x);
}

void
fetch_cancel(struct txn *t)
{
	fetch_release(t);
}
