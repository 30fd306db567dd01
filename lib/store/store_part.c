/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of a body (RFC 9111, 3.3 and 3.4). What has a place of its own in the log can be there or not: the inline part in the head's record, and each
 * chunk. Pieces that come whole are kept; the head is written when the part ends. Runs on one thread of a process.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/bucket.h"
#include "store/crc32c.h"
#include "store/store_grow.h"

struct store_part {
	char			*text;		/* the inline part, if it comes */
	uint64_t		 start;		/* of the first piece that can come whole */
	struct store_hit	 old;
	bool			 joins;		/* old is there */
};

/* Where the first piece begins that does not begin before from. */
static uint64_t
first_piece(const struct store_object *o, uint64_t from)
{
	uint64_t each = o->v->super.chunk_bytes, n;

	if (from == 0)
		return 0;
	n = (from > o->inline_max) ? (from - o->inline_max + each - 1) / each : 0;
	return o->inline_max + n * each;
}

static void
free_part(struct store_object **op)
{
	struct store_part	*p = (*op)->part;

	free(p->text);
	free(p);
	store_grow_free(op);
}

struct store_object *
store_begin_part(struct store *s, const struct store_key *k, const struct store_meta *m, uint64_t total, uint64_t from,
    const struct store_hit *old, enum store_put *why)
{
	struct appender		*a;
	struct store_object	*o;

	OBJ_OK(s, STORE_TAG);
	MUST(total != STORE_UNKNOWN && from <= total);
	MUST(old == NULL || (old->tag == STORE_HIT_TAG && record_key_eq(old->key, *k)));
	*why = STORE_TOO_LARGE;
	if (store_put_too_large(m))
		return NULL;
	*why = STORE_GONE;
	if (old != NULL && old->total != total)
		return NULL;
	*why = STORE_OFF;
	a = (old == NULL) ? store_put_dir(s, *k, total) : volume_on(&s->dirs[old->extent.dir]) ? &s->fresh[old->extent.dir] : NULL;
	if (a == NULL)
		return NULL;
	o = store_grow_make(s, a, k, m, total);
	o->r.body_id = (old != NULL) ? old->body_id : store_put_stamp(s);
	o->length = from;
	o->part = mem_zero(sizeof *o->part);
	o->part->start = first_piece(o, from);
	o->part->joins = old != NULL;
	if (old != NULL)
		o->part->old = *old;
	if (from == 0)
		o->part->text = mem_alloc((size_t)o->inline_max + 1);
	*why = STORE_STORED;
	return o;
}

static void
pass(struct store_object *o, struct span *bytes, uint64_t n)
{
	o->length += n;
	*bytes = span_at(bytes->p + n, bytes->n - n);
}

static enum store_put
append_some(struct store_object *o, struct span *bytes)
{
	uint64_t to = (o->length < o->part->start) ? o->part->start : o->inline_max, n;

	if (o->length >= to)
		return store_grow_chunk(o, bytes);
	n = (bytes->n < to - o->length) ? bytes->n : to - o->length;
	if (o->part->text != NULL) {
		memcpy(o->part->text + o->inline_n, bytes->p, n);
		o->inline_n += (uint32_t)n;
	}
	pass(o, bytes, n);
	return STORE_STORED;
}

enum store_put
store_part_append(struct store_object *o, struct span bytes)
{
	enum store_put	 how = STORE_STORED;

	if (o->failed || bytes.n > o->total - o->length)
		how = o->failed ? STORE_OFF : STORE_TOO_LARGE;
	while (how == STORE_STORED && bytes.n > 0)
		how = append_some(o, &bytes);
	o->failed = how != STORE_STORED;
	return how;
}

void
store_part_abort(struct store_object **op)
{
	struct store_object	*o = *op;

	store_grow_drop_chunk(o);
	if (!o->part->joins)		/* else they fill holes of a body that is there */
		store_grow_forget(o);
	free_part(op);
}

static bool
has_text(const struct store_object *o)
{
	return o->part->text != NULL && o->inline_n == o->inline_max;
}

/* Every piece is there, as far as the index knows. */
static bool
is_whole(const struct store_object *o)
{
	uint64_t chunks = (o->total - o->inline_max + o->v->super.chunk_bytes - 1) / o->v->super.chunk_bytes;

	if (!has_text(o) && (!o->part->joins || o->part->old.extent.whole_len < o->inline_max))
		return false;
	for (uint64_t i = 1; i <= chunks; i++)
		if (!bucket_has(&o->v->index, record_chunk_key(o->r.key, o->r.body_id, (uint32_t)i)))
			return false;
	return true;
}

static enum store_put
write_head(struct store_object *o, const struct store_meta *m, struct span text)
{
	enum store_put	 how;
	uint64_t	 place;

	if (o->part->joins)
		return store_change_head(o->s, &o->part->old, m,
		    &(struct store_change){ .text = has_text(o) ? &text : NULL, .part = !is_whole(o) }, STORE_NOWAIT);
	o->r.total = o->total;
	o->r.part = !is_whole(o);
	o->r.body_crc = crc32c_more(0, text.p, text.n);
	how = store_write_record(o->s, o->a, &o->r, m->attr, m->head, text, &place);
	if (how == STORE_STORED)
		store_put_enter(o->s, o->v, &o->r, place);
	return how;
}

enum store_put
store_part_commit(struct store_object **op)
{
	struct store_object	*o = *op;
	struct store_meta	 m = { .expires = o->r.expires, .stored = o->r.stored, .flags = o->r.flags };
	enum store_put		 how = STORE_GONE;

	store_grow_drop_chunk(o);
	m.attr = span_at(o->texts, o->r.attr_len);
	m.head = span_at(o->texts + o->r.attr_len, o->r.head_len);
	if (o->failed)
		how = STORE_OFF;
	else if (o->part->joins || has_text(o) || (o->chunk_first != 0 && o->chunk_number >= o->chunk_first))
		how = write_head(o, &m, span_at(o->part->text, has_text(o) ? o->inline_max : 0));
	if (how != STORE_STORED) {
		store_part_abort(op);
		return how;
	}
	volume_count(o->v, VOLUME_STORED);
	free_part(op);
	return STORE_STORED;
}
