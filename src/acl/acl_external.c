/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ACL types external (what a helper says) and ext_user (the name that one gave by user=). A helper
 * without an answer is a fact that cannot be had: rules fail closed.
 */
#include "acl/acl_external.h"

#include <stdlib.h>

#include "acl/acl_line.h"
#include "acl/acl_user.h"
#include "acl/external.h"
#include "acl/wordset.h"
#include "base/mem.h"

struct asked {
	struct external_args	 x;
	struct span		*list;		/* malloc'd, as are the texts */
	size_t			 n, cap;
};

static void *
make(void)
{
	return mem_zero(sizeof(struct asked));
}

static void
discard(void *data)
{
	struct asked *v = data;

	for (size_t i = 0; i < v->n; i++)
		free((void *)(uintptr_t)v->list[i].p);
	free(v->list);
	free(v);
}

static void
take_type(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	struct asked *v = a->data;
	const struct external_type *type = acl_external_type(l->set, w->text);

	if (type == NULL) {
		acl_line_complain(l, w->at, true,
		    "acl %s: there is no external_acl_type %.*s (before this line)", a->name,
		    SPAN_ARG(w->text));
		return;
	}
	if (v->x.type != NULL && v->x.type != type) {
		acl_line_complain(l, w->at, true, "acl %s asks %s: it cannot ask %s as well",
		    a->name, v->x.type->name, type->name);
		return;
	}
	v->x.type = type;
	v->x.acl = span_of(a->name);
	if (type->needs_user)
		a->flags |= ACLT_USER;
}

/* The first word of a line names the external_acl_type, the others are arguments. */
static void
value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	struct asked *v = a->data;

	if (l->values == 1) {
		take_type(a, l, w);
		return;
	}
	v->list = mem_room(v->list, v->n, &v->cap, sizeof(*v->list));
	v->list[v->n++] = span_at(span_dup(w->text), w->text.n);
	v->x.list = v->list;
	v->x.n = v->n;
}

static enum acl_answer
test_external(const struct acl *a, struct txn *t, struct acl_look *k)
{
	const struct asked *v = a->data;

	if (v->x.type != NULL && v->x.type->needs_user && !acl_user_known(t, k))
		return ACL_NEED;
	switch ((v->x.type != NULL) ? external_known(t, &v->x) : EXTERNAL_BROKEN) {
	case EXTERNAL_NO:
		return ACL_NO;
	case EXTERNAL_YES:
		return ACL_YES;
	case EXTERNAL_UNASKED:
		k->need = NEED_EXTERNAL;
		return ACL_NEED;
	case EXTERNAL_BROKEN:
		break;
	}
	k->need = (enum acl_need)NEED_NEVER;
	return ACL_NEED;
}

static void
tell_external(const struct acl *a, const struct txn *t, struct sb *to)
{
	const struct asked *v = a->data;

	if (t->dry)
		SB_LIT(to, "explain asks no helper; the question would be: ");
	if (v->x.type != NULL)
		external_line(t, &v->x, to);
}

struct names {
	struct wordset	 set;
	bool		 any, fold;
};

static void *
make_names(void)
{
	struct names *v = mem_zero(sizeof(*v));

	wordset_init(&v->set);
	return v;
}

static void
discard_names(void *data)
{
	struct names *v = data;

	wordset_free(&v->set);
	free(v);
}

static void
name_value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	struct names *v = a->data;

	v->fold = v->fold || l->fold;
	if (span_is(w->text, "REQUIRED"))
		v->any = true;
	else
		wordset_add(&v->set, w->text, acl_mark(a, w->at));
}

/* Before a helper said who it is, or when none did, it cannot be known. */
static enum acl_answer
test_user(const struct acl *a, struct txn *t, struct acl_look *k)
{
	const struct names *v = a->data;

	if (t->ext_user.n == 0) {
		k->need = (enum acl_need)NEED_NEVER;
		return ACL_NEED;
	}
	return (v->any || wordset_has(&v->set, t->ext_user, v->fold, &k->mark)) ? ACL_YES : ACL_NO;
}

static void
tell_user(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	if (t->ext_user.n > 0)
		sb_span(to, t->ext_user);
	else
		SB_LIT(to, "no helper named a user");
}

const struct acl_type acl_external_external = {
	.name = "external", .make = make, .discard = discard, .value = value, .test = test_external,
	.subject = tell_external,
};
const struct acl_type acl_external_user = {
	.name = "ext_user", .flags = ACLT_I, .make = make_names, .discard = discard_names,
	.value = name_value, .test = test_user, .subject = tell_user,
};
