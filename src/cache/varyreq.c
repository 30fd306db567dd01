/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of a request that select a variant (RFC 9111, 4.1). A field that does not reach the
 * origin has not selected what it sent: who names one in Connection must not choose under which
 * value an answer is stored. Worker.
 */
#include "cache/varyreq.h"

#include "acl/mangle.h"

/* Does the origin see other fields than this proxy? */
static bool
is_altered(const struct txn *t)
{
	const struct head_field	*f = head_get(&t->req, FIELD_CONNECTION);

	if (t->s->request_header_access.n > 0 || t->s->n_request_header_add > 0 ||
	    head_get(&t->req, FIELD_TE) != NULL || head_get(&t->req, FIELD_UPGRADE) != NULL)
		return true;
	for (; f != NULL; f = head_next(&t->req, f))
		if (!span_iis(f->value, "keep-alive") && !span_iis(f->value, "close"))
			return true;
	return false;
}

/*
 * What is for one hop goes no further, but for two fields that this proxy says again to the next.
 * False: no memory.
 */
static bool
remove_hop(struct txn *t, struct head *h)
{
	bool		 trailers = t->req.minor > 0 &&
	    head_has_token(h, FIELD_TE, SPAN("trailers"));
	struct span	 upgrade = SPAN("");

	if (t->req.minor > 0 && head_get(h, FIELD_UPGRADE) != NULL &&
	    head_has_token(&t->req, FIELD_CONNECTION, SPAN("upgrade")))
		upgrade = head_joined(h, SPAN("Upgrade"), &t->arena);
	head_remove_hop(h);
	head_remove(h, FIELD_TE);
	head_remove(h, FIELD_UPGRADE);
	return (!trailers || head_add(h, field_name(FIELD_TE), SPAN("trailers"), &t->arena)) &&
	    (upgrade.n == 0 || head_add(h, field_name(FIELD_UPGRADE), upgrade, &t->arena));
}

const struct head *
varyreq_head(struct txn *t)
{
	struct head	*h;

	if (!is_altered(t))
		return &t->req;
	h = arena_get(&t->arena, sizeof *h);
	if (h == NULL || !head_copy(h, &t->req, &t->arena))
		return NULL;
	mangle_request(t, h);
	return remove_hop(t, h) ? h : NULL;
}
