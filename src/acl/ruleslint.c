/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Warnings about rules that cannot matter: behind one that decides everything, behind one that asks
 * for less of the same, or with an ACL and its opposite. Master only.
 */
#include "acl/acl_annotate.h"
#include "acl/condin.h"
#include "acl/rules.h"

enum { LISTS_MOST = 3000, TOLD = 10 };

static bool
has_item(const struct cond *c, const struct cond_item *item, bool negated)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].acl == item->acl && c->items[i].negated == negated)
			return true;
	return false;
}

/* Whatever passes `later` has passed `earlier`. */
static bool
covers(const struct cond *earlier, const struct cond *later)
{
	for (size_t i = 0; i < earlier->n; i++) {
		const struct cond_item *item = &earlier->items[i];

		if (acl_always(item->acl) && !item->negated)
			continue;
		if (!has_item(later, item, item->negated))
			return false;
	}
	return true;
}

static const struct rule *
find_cover(const struct rules *r, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (covers(r->list[j].when, r->list[i].when))
			return &r->list[j];
	return NULL;
}

/* Asked for what its ACLs leave behind: "deny mark !all". */
static bool
annotates(const struct cond *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].acl->type == &acl_annotate_transaction)
			return true;
	return false;
}

static bool
never_holds(const struct cond *c)
{
	if (annotates(c))
		return false;
	for (size_t i = 0; i < c->n; i++) {
		if (has_item(c, &c->items[i], !c->items[i].negated))
			return true;
		if (acl_always(c->items[i].acl) && c->items[i].negated)
			return true;
	}
	return false;
}

void
rules_lint(const struct rules *r, struct diag *d)
{
	size_t told = 0;

	for (size_t i = 0; i < r->n && i < LISTS_MOST; i++) {
		const struct rule *rule = &r->list[i], *cover;

		if (never_holds(rule->when)) {
			diag_warn(d, rule->at, "\"%s\" can never match", rule->text);
			continue;
		}
		cover = find_cover(r, i);
		if (cover != NULL && told++ < TOLD)
			diag_warn(d, rule->at,
			    "\"%s\" is never reached: line %u, \"%s\", decides everything it could",
			    rule->text, cover->at.line, cover->text);
	}
	if (told > TOLD)
		diag_warn(d, r->list[r->n - 1].at, "%s: %zu more rules are never reached",
		    r->directive, told - TOLD);
}
