/* SPDX-License-Identifier: Apache-2.0 */
/* Annotations by the configuration. Runs in a worker. */
#include "acl/notes.h"

#include <stdlib.h>

#include "acl/rules.h"
#include "core/conn.h"
#include "core/format.h"
#include "core/settings.h"
#include "net/helper.h"

#define CONNECTION_TAG	"clt_conn_tag"

enum { VALUE_MAX = 8192 };

static void
put_line_text(struct sb *b, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		sb_char(b, (unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f ? ' ' : s.p[i]);
}

void
notes_put(struct txn *t, struct span key, struct span value)
{
	struct span	 all;
	struct sb	 b;

	sb_heap(&b, t->f.notes.n + key.n + value.n + 2);
	sb_span(&b, t->f.notes);
	put_line_text(&b, key);
	sb_char(&b, '=');
	put_line_text(&b, value);
	sb_char(&b, '\n');
	all = sb_ok(&b) ? arena_span(&t->arena, sb_done(&b)) : SPAN_NONE;
	/* else there is no memory left for notes: those before stay */
	if (all.p != NULL)
		t->f.notes = all;
	sb_free(&b);
}

/* Takes the lines of a key away; its last value, or nothing. */
static struct span
take_lines(struct txn *t, struct span key)
{
	struct span	 rest = t->f.notes, line, name, last = SPAN_NONE, left;
	struct sb	 b;

	sb_heap(&b, rest.n);
	while (rest.n > 0 && span_cut(&rest, '\n', &line)) {
		struct span	 value = line;

		if (span_cut(&value, '=', &name) && span_eq(name, key)) {
			last = value;
			continue;
		}
		sb_span(&b, line);
		sb_char(&b, '\n');
	}
	left = b.n > 0 && sb_ok(&b) ? arena_span(&t->arena, sb_done(&b)) : SPAN_NONE;
	if (left.p != NULL || b.n == 0)
		t->f.notes = left;
	sb_free(&b);
	return last;
}

void
notes_set(struct txn *t, struct span key, struct span value)
{
	take_lines(t, key);
	notes_put(t, key, value);
}

void
notes_append(struct txn *t, struct span key, struct span value)
{
	struct span	 old = take_lines(t, key), rest = old, one;
	bool		 there = false;
	struct sb	 b;

	while (rest.n > 0 && span_cut(&rest, ',', &one))
		there |= span_eq(one, value);
	sb_heap(&b, old.n + 1 + value.n);
	sb_span(&b, old);
	if (!there && old.p != NULL)
		sb_char(&b, ',');
	if (!there)
		sb_span(&b, value);
	notes_put(t, key, sb_done(&b));
	sb_free(&b);
}

void
notes_tag_connection(struct txn *t, struct span tag)
{
	if (t->conn == NULL)
		return;
	free(t->conn->tag);
	t->conn->tag = span_dup(tag);
}

void
notes_recall(struct txn *t)
{
	struct span	 rest = t->f.notes, line, name;

	while (rest.n > 0 && span_cut(&rest, '\n', &line))
		if (span_cut(&line, '=', &name) && span_is(name, CONNECTION_TAG))
			return;
	notes_put(t, SPAN(CONNECTION_TAG), span_of(t->conn->tag));
}

void
notes_take(struct txn *t, const struct helper_reply *r)
{
	for (unsigned i = 0; i < r->n; i++) {
		struct span	 key = r->pairs[i].key, value = r->pairs[i].value;
		bool		 again = false;

		if (value.n == 0 || span_is(key, "password"))
			continue;
		for (unsigned k = 0; k < i; k++)
			again |= span_eq(r->pairs[k].key, key);
		if (again)
			notes_put(t, key, value);
		else
			notes_set(t, key, value);
		if (span_is(key, CONNECTION_TAG))
			notes_tag_connection(t, value);
	}
}

static bool
key_was_given(const struct settings *s, size_t before, const uint64_t *held)
{
	for (size_t i = 0; i < before && i < 64; i++)
		if ((*held >> i & 1) != 0 && strcmp(s->notes[i].key, s->notes[before].key) == 0)
			return true;
	return false;
}

void
notes_add(struct txn *t)
{
	const struct settings	*s = t->s;
	uint64_t		 held = 0;

	OBJ_OK(t, TXN_TAG);
	if (t->noted || s->n_notes == 0)
		return;
	t->noted = true;
	for (size_t i = 0; i < s->n_notes; i++) {
		const struct note_rule	*n = &s->notes[i];
		struct sb		 b;

		if (key_was_given(s, i, &held) || !cond_holds_now(n->when, t))
			continue;
		held |= i < 64 ? (uint64_t)1 << i : 0;
		sb_heap(&b, VALUE_MAX);
		format_write(n->value, t, &b);
		notes_put(t, span_of(n->key), sb_done(&b));
		sb_free(&b);
	}
}
