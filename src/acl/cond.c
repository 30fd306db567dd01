/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions: several ACLs that must all match, asked from left to right until one does not. */
#include "acl/condin.h"

#include <stdlib.h>

#include "acl/acltype.h"
#include "base/mem.h"

static bool
take(struct cond_item *item, struct acl_set *set, const struct acl_word *w, bool reply_ok,
    struct diag *d)
{
	struct span name = w->text;

	item->negated = name.n > 0 && name.p[0] == '!';
	if (item->negated)
		name = span_at(name.p + 1, name.n - 1);
	item->acl = acl_find(set, name);
	if (item->acl == NULL) {
		diag_error(d, w->at, "there is no ACL \"%.*s\"", SPAN_ARG(name));
		return false;
	}
	if (!reply_ok && acl_needs_reply(item->acl)) {
		diag_error(d, w->at,
		    "acl %s (%s) reads the answer: there is none yet when this rule is judged",
		    acl_name(item->acl), acl_type(item->acl));
		return false;
	}
	acl_use(item->acl, reply_ok);
	return true;
}

struct cond *
cond_new(struct acl_set *set, const struct acl_word *words, size_t n, bool reply_ok, struct diag *d)
{
	struct cond *c = mem_zero(sizeof(*c) + n * sizeof(c->items[0]));
	bool good = true;

	for (size_t i = 0; i < n; i++)
		good = take(&c->items[i], set, &words[i], reply_ok, d) && good;
	c->n = n;
	if (!good)
		cond_free(&c);
	return c;
}

void
cond_free(struct cond **c)
{
	free(*c);
	*c = NULL;
}

enum acl_answer
condin_ask(const struct cond *c, struct txn *t, enum acl_need *need, const struct acl **last,
    condin_told *told, void *arg)
{
	bool unknown = false;

	for (size_t i = 0; i < c->n; i++) {
		const struct cond_item *item = &c->items[i];
		struct acl_look k = { NEED_NOTHING, MARK_NONE };
		enum acl_answer r = acl_ask(item->acl, t, &k);

		*last = item->acl;
		if (told != NULL)
			told(arg, item, r, k.need, k.mark);
		if (r == ACL_NEED && k.need != (enum acl_need)NEED_NEVER) {
			*need = k.need;
			return ACL_NEED;
		}
		if (r == ACL_NEED)
			unknown = true;
		else if ((r == ACL_YES) == item->negated)
			return ACL_NO;
	}
	if (unknown)
		*need = (enum acl_need)NEED_NEVER;
	return unknown ? ACL_NEED : ACL_YES;
}

enum acl_answer
cond_holds(const struct cond *c, struct txn *t, enum acl_need *need, const struct acl **last)
{
	const struct acl *unused = NULL;
	enum acl_answer r;

	if (c == NULL)
		return ACL_YES;
	r = condin_ask(c, t, need, (last != NULL) ? last : &unused, NULL, NULL);
	return (r == ACL_NEED && *need == (enum acl_need)NEED_NEVER) ? ACL_NO : r;
}

bool
cond_holds_now(const struct cond *c, struct txn *t)
{
	enum acl_need need = NEED_NOTHING;

	return cond_holds(c, t, &need, NULL) == ACL_YES;
}

bool
cond_needs_user(const struct cond *c)
{
	for (size_t i = 0; c != NULL && i < c->n; i++)
		if (acl_needs_user(c->items[i].acl))
			return true;
	return false;
}
