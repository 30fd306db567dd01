/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ACL types req_header and rep_header: "NAME [-i] regex ...". Repeated fields are judged as one
 * list. Lines of one ACL may name different fields: it matches if one of them does.
 */
#include "acl/acl_header.h"

#include <stdlib.h>

#include "acl/acl_line.h"
#include "base/mem.h"
#include "match/regset.h"

struct named {
	struct named	*next;
	struct span	 name;		/* malloc'd */
	enum field_id	 id;
	struct regset	*set;
};

struct fields {
	struct named	*list;
};

static void *
make(void)
{
	return mem_zero(sizeof(struct fields));
}

static void
discard(void *data)
{
	struct fields *v = data;
	struct named *g;

	while ((g = v->list) != NULL) {
		v->list = g->next;
		regset_free(&g->set);
		free((void *)(uintptr_t)g->name.p);
		free(g);
	}
	free(v);
}

static struct named *
find_named(struct fields *v, struct span name)
{
	struct named *g;

	for (g = v->list; g != NULL; g = g->next)
		if (span_ieq(g->name, name))
			return g;
	g = mem_zero(sizeof(*g));
	g->name = span_at(span_dup(name), name.n);
	g->id = field_lookup(name);
	g->set = regset_new();
	g->next = v->list;
	return v->list = g;
}

static void
value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	struct named *g = find_named(a->data, l->name);
	char err[256];

	if (!regset_add(g->set, w->text, l->fold, acl_mark(a, w->at), err, sizeof(err)))
		acl_line_complain(l, w->at, true, "acl %s: \"%.*s\": %s", a->name,
		    SPAN_ARG(w->text), err);
}

static void
seal(struct acl *a, struct acl_set *set, struct diag *d)
{
	struct fields *v = a->data;

	(void)set;
	(void)d;
	for (struct named *g = v->list; g != NULL; g = g->next)
		regset_seal(g->set);
}

/* {NULL,0}: absent. */
static struct span
field_text(const struct named *g, const struct head *h, struct arena *arena)
{
	const struct head_field *f;

	if (g->id != FIELD_OTHER) {
		f = head_get(h, g->id);
		if (f == NULL)
			return SPAN_NONE;
		if (head_next(h, f) == NULL)
			return (f->value.p != NULL) ? f->value : SPAN("");
	}
	return head_joined(h, g->name, arena);
}

static enum acl_answer
test(const struct acl *a, const struct head *h, struct arena *arena, struct acl_look *k)
{
	const struct fields *v = a->data;

	for (const struct named *g = v->list; g != NULL; g = g->next) {
		struct span text = field_text(g, h, arena);

		if (text.p != NULL && regset_has(g->set, text, &k->mark))
			return ACL_YES;
	}
	return ACL_NO;
}

static enum acl_answer
test_req(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return test(a, &t->req, &t->arena, k);
}

static enum acl_answer
test_rep(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return t->has_reply ? test(a, &t->reply, &t->arena, k) : ACL_NO;
}

const struct acl_type acl_header_req = {
	.name = "req_header", .flags = ACLT_I | ACLT_WHOLE | ACLT_NAMED, .make = make,
	.discard = discard, .value = value, .seal = seal, .test = test_req,
};
const struct acl_type acl_header_rep = {
	.name = "rep_header", .flags = ACLT_I | ACLT_WHOLE | ACLT_NAMED | ACLT_REPLY, .make = make,
	.discard = discard, .value = value, .seal = seal, .test = test_rep,
};
