/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ACL type annotate_transaction: matches always, and leaves notes (key=value, key+=value) that ACLs
 * of type note and the records see. A list may be judged again from its beginning when a fact was
 * missing: what is added a second time is there already. Runs in a worker (and in explain); values
 * are compiled in the master.
 */
#include "acl/acl_annotate.h"

#include <stdlib.h>

#include "acl/acl_line.h"
#include "acl/notes.h"
#include "base/mem.h"
#include "core/format.h"

enum { NOTE_MOST = 8192 };

struct note {
	struct span		 key;		/* malloc'd */
	struct logformat	*value;
	bool			 adds;		/* += */
};

struct notes {
	struct note	*list;
	size_t		 n, cap;
};

static void *
make(void)
{
	return mem_zero(sizeof(struct notes));
}

static void
discard(void *data)
{
	struct notes *v = data;

	for (size_t i = 0; i < v->n; i++) {
		free((void *)(uintptr_t)v->list[i].key.p);
		format_free(&v->list[i].value);
	}
	free(v->list);
	free(v);
}

static void
value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	struct notes *v = a->data;
	struct span text = w->text, key;
	struct note n = { .adds = false };

	if (!span_cut(&text, '=', &key) || text.p == NULL || key.n == 0 ||
	    (key.n == 1 && key.p[0] == '+')) {
		acl_line_complain(l, w->at, true, "acl %s: \"%.*s\" is not key=value or key+=value",
		    a->name, SPAN_ARG(w->text));
		return;
	}
	n.adds = key.p[key.n - 1] == '+';
	key.n -= n.adds;
	n.value = format_compile("annotation", text, w->at, l->d);
	if (n.value == NULL)
		return;
	n.key = span_at(span_dup(key), key.n);
	v->list = mem_room(v->list, v->n, &v->cap, sizeof(*v->list));
	v->list[v->n++] = n;
}

static enum acl_answer
test(const struct acl *a, struct txn *t, struct acl_look *k)
{
	const struct notes *v = a->data;

	(void)k;
	for (size_t i = 0; i < v->n; i++) {
		struct sb b;

		sb_heap(&b, NOTE_MOST);
		format_write(v->list[i].value, t, &b);
		if (v->list[i].adds)
			notes_append(t, v->list[i].key, sb_done(&b));
		else
			notes_set(t, v->list[i].key, sb_done(&b));
		sb_free(&b);
	}
	return ACL_YES;
}

const struct acl_type acl_annotate_transaction = {
	.name = "annotate_transaction", .make = make, .discard = discard, .value = value,
	.test = test,
};
