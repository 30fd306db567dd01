/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ACL types any-of and all-of. Each line is a condition; lines of one name are ored. Members exist
 * before they are named; a later line of a member cannot lead back to the group.
 */
#include "acl/acl_group.h"

#include <stdlib.h>

#include "acl/acl_line.h"
#include "base/mem.h"

struct member {
	struct acl	*acl;
	uint32_t	 mark;
	bool		 negated;
	bool		 ends;		/* last of its line */
};

struct group {
	struct member	*list;
	size_t		 n, cap;
};

static void *
make(void)
{
	return mem_zero(sizeof(struct group));
}

static void
discard(void *data)
{
	struct group *v = data;

	free(v->list);
	free(v);
}

static bool
reaches(const struct acl *from, const struct acl *what)
{
	const struct group *v = from->data;

	if (from == what)
		return true;
	if ((from->type->flags & ACLT_GROUP) == 0)
		return false;
	for (size_t i = 0; i < v->n; i++)
		if (reaches(v->list[i].acl, what))
			return true;
	return false;
}

static void
value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	struct group *v = a->data;
	struct member m = { .mark = acl_mark(a, w->at) };
	struct span name = w->text;

	if (name.n > 0 && name.p[0] == '!') {
		m.negated = true;
		name = span_at(name.p + 1, name.n - 1);
	}
	m.acl = acl_find(l->set, name);
	if (m.acl == NULL) {
		acl_line_complain(l, w->at, true, "acl %s: there is no ACL \"%.*s\" (yet)", a->name,
		    SPAN_ARG(name));
		return;
	}
	if (reaches(m.acl, a)) {
		acl_line_complain(l, w->at, true, "acl %s: %s leads back to %s", a->name,
		    m.acl->name, a->name);
		return;
	}
	m.acl->used = true;
	v->list = mem_room(v->list, v->n, &v->cap, sizeof(*v->list));
	v->list[v->n++] = m;
}

static void
line_end(struct acl *a, struct acl_line *l)
{
	struct group *v = a->data;

	(void)l;
	if (v->n > 0)
		v->list[v->n - 1].ends = true;
}

static enum acl_answer
ask_member(const struct member *m, struct txn *t, struct acl_look *k)
{
	enum acl_answer r = acl_ask(m->acl, t, k);

	if (r == ACL_NEED)
		return ACL_NEED;
	return ((r == ACL_YES) != m->negated) ? ACL_YES : ACL_NO;
}

/* One that can never be known does not stop the others from deciding. */
static enum acl_answer
test_any(const struct acl *a, struct txn *t, struct acl_look *k)
{
	const struct group *v = a->data;
	bool unknown = false;

	for (size_t i = 0; i < v->n; i++) {
		enum acl_answer r = ask_member(&v->list[i], t, k);

		if (r == ACL_NEED && k->need != (enum acl_need)NEED_NEVER)
			return ACL_NEED;
		if (r == ACL_YES) {
			*k = (struct acl_look){ NEED_NOTHING, v->list[i].mark };
			return ACL_YES;
		}
		unknown = unknown || r == ACL_NEED;
	}
	*k = (struct acl_look){ unknown ? (enum acl_need)NEED_NEVER : NEED_NOTHING, MARK_NONE };
	return unknown ? ACL_NEED : ACL_NO;
}

static enum acl_answer
test_all(const struct acl *a, struct txn *t, struct acl_look *k)
{
	const struct group *v = a->data;
	bool unknown = false, line_unknown = false, failed = false;

	for (size_t i = 0; i < v->n; i++) {
		const struct member *m = &v->list[i];
		enum acl_answer r = failed ? ACL_NO : ask_member(m, t, k);

		if (r == ACL_NEED && k->need != (enum acl_need)NEED_NEVER)
			return ACL_NEED;
		line_unknown = line_unknown || r == ACL_NEED;
		failed = failed || r == ACL_NO;
		if (!m->ends)
			continue;
		if (!failed && !line_unknown) {
			*k = (struct acl_look){ NEED_NOTHING, m->mark };
			return ACL_YES;
		}
		unknown = unknown || !failed;
		failed = line_unknown = false;
	}
	*k = (struct acl_look){ unknown ? (enum acl_need)NEED_NEVER : NEED_NOTHING, MARK_NONE };
	return unknown ? ACL_NEED : ACL_NO;
}

bool
acl_group_any(const struct acl *a, bool (*ask)(const struct acl *member, unsigned flag),
    unsigned flag)
{
	const struct group *v = a->data;

	for (size_t i = 0; i < v->n; i++)
		if (ask(v->list[i].acl, flag))
			return true;
	return false;
}

const struct acl_type acl_group_any_of = {
	.name = "any-of", .flags = ACLT_GROUP, .make = make, .discard = discard, .value = value,
	.line_end = line_end, .test = test_any,
};
const struct acl_type acl_group_all_of = {
	.name = "all-of", .flags = ACLT_GROUP, .make = make, .discard = discard, .value = value,
	.line_end = line_end, .test = test_all,
};
