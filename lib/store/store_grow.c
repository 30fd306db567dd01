/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object whose body is still coming: its head's place is taken at once and filled last, chunks
 * enter the index as they are complete, followers read along. Runs on one thread of a process.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/catalog.h"
#include "store/crc32c.h"
#include "store/store_inner.h"

struct store_object {
	uint32_t		 tag;
	struct store		*s;
	struct volume		*v;
	struct appender		*a;
	struct record		 r;		/* the head's, as it will be */
	char			*texts;		/* attributes and head */
	uint64_t		 total, length;	/* said; body bytes up to which it has come */
	struct appender_place	 place;		/* of the head and the inline part */
	uint32_t		 inline_max, inline_n, inline_crc;
	struct appender_place	 chunk;
	/* chunk_max 0: none is open */
	uint32_t		 chunk_number, chunk_max, chunk_n, chunk_crc;
	bool			 claimed, failed;
	struct underway_ref	 ref;
	/* what is there of it already is wanted; 0: no entry */
	uint32_t		 reader;
};

static struct span
attr_of(const struct store_object *o)
{
	return span_at(o->texts, o->r.attr_len);
}

static struct span
head_of(const struct store_object *o)
{
	return span_at(o->texts + o->r.attr_len, o->r.head_len);
}

static void
announce(struct store_object *o, struct underway_entry **entry)
{
	enum underway_state	 state;

	*entry = o->claimed ? underway_get(o->s->underway, &o->ref, &state) : NULL;
}

static void
wake_followers(struct store_object *o, struct underway_entry *e)
{
	uint64_t	 wake[STORE_SLOTS_MAX / 64];

	if (underway_waiters(e, wake))
		store_wake_all(o->s, wake);
}

/* What followers read: the head with its place marked as growing. */
static bool
show_head(struct store_object *o)
{
	struct underway_entry	*e;
	struct record		 r = o->r;
	struct iovec		 v[2];

	announce(o, &e);
	if (e == NULL)
		return true;
	r.kind = RECORD_GROWING;
	r.total = o->total;
	r.body_len = o->inline_max;
	record_seal(&r, attr_of(o), head_of(o));
	v[0] = (struct iovec){ &r, sizeof r };
	v[1] = (struct iovec){ o->texts, (size_t)r.attr_len + r.head_len };
	if (!volume_write_all(o->v, v, 2, o->place.at))
		return false;
	e->dir = o->v->number;
	e->place = o->place.at;
	e->nonce = o->place.nonce;
	e->length = 0;
	underway_grows(o->s->underway, &o->ref);
	wake_followers(o, e);
	return true;
}

static uint32_t
at_most(uint64_t n, uint32_t most)
{
	return (n < most) ? (uint32_t)n : most;
}

static void
free_object(struct store_object **op)
{
	struct store_object	*o = *op;

	*op = NULL;
	if (o->reader != 0)
		readers_end(o->s->readers, o->reader);
	free(o->texts);
	OBJ_GONE(o);
	free(o);
}

static struct store_object *
make(struct store *s, struct appender *a, const struct store_key *k, const struct store_meta *m,
    uint64_t total)
{
	struct store_object	*o = mem_zero(sizeof *o);

	o->tag = STORE_OBJECT_TAG;
	o->s = s;
	o->v = a->v;
	o->a = a;
	o->total = total;
	store_put_fill(&o->r, RECORD_OBJECT, *k, m);
	o->texts = mem_alloc(m->attr.n + m->head.n + 1);
	if (m->attr.n > 0)
		memcpy(o->texts, m->attr.p, m->attr.n);
	if (m->head.n > 0)
		memcpy(o->texts + m->attr.n, m->head.p, m->head.n);
	o->inline_max = at_most(total, a->v->super.inline_bytes);
	return o;
}

struct store_object *
store_begin(struct store *s, const struct store_key *k, const struct store_meta *m, uint64_t total,
    struct store_claim *c, enum store_put *why)
{
	struct appender		*a;
	struct store_object	*o;

	OBJ_OK(s, STORE_TAG);
	MUST(c == NULL || record_key_eq(c->key, *k));
	*why = STORE_TOO_LARGE;
	if (store_put_too_large(m))
		return NULL;
	*why = STORE_OFF;
	a = store_put_dir(s, *k, total);
	if (a == NULL)
		return NULL;
	o = make(s, a, k, m, total);
	if (!store_put_reserve(s, a, record_room(m->attr.n, m->head.n, o->inline_max), false,
	    &o->place)) {
		*why = store_put_no_room(a->v);
		free_object(&o);
		return NULL;
	}
	o->r.nonce = o->place.nonce;
	o->r.body_id = o->r.stamp = store_put_stamp(s);
	if (total > o->inline_max)
		o->reader = readers_begin(s->readers,
		    &(struct readers_new){ .body_id = o->r.body_id, .stamp = o->r.stamp,
		    .dir = a->v->number, .stores = true });
	if (c != NULL) {
		o->claimed = true;
		o->ref = (struct underway_ref){ s->slot, c->entry, c->life };
	}
	if (show_head(o)) {
		*why = STORE_STORED;
		return o;
	}
	volume_fail(a->v, "writing");
	appender_finish(a, &o->place, 0);
	free_object(&o);
	return NULL;
}

static enum store_put
open_chunk(struct store_object *o)
{
	uint32_t		 size = o->v->super.chunk_bytes;
	uint64_t		 number = (o->length - o->inline_max) / size + 1;
	struct underway_entry	*e;

	if (o->total != STORE_UNKNOWN)
		size = at_most(o->total - o->length, size);
	if (number >= UINT32_MAX)
		return STORE_TOO_LARGE;
	if (!store_put_reserve(o->s, o->a, record_room(0, 0, size), false, &o->chunk))
		return store_put_no_room(o->v);
	o->chunk_number = (uint32_t)number;
	o->chunk_max = size;
	o->chunk_n = o->chunk_crc = 0;
	announce(o, &e);
	if (e != NULL) {
		e->chunk_nonce = o->chunk.nonce;
		e->chunk = (uint64_t)o->chunk_number << 36 | o->chunk.at >> 6;
	}
	return STORE_STORED;
}

static enum store_put
close_chunk(struct store_object *o)
{
	struct record	 r;

	if (o->chunk_max == 0)
		return STORE_STORED;
	store_put_fill(&r, RECORD_CHUNK, o->r.key, &(struct store_meta){ 0 });
	r.nonce = o->chunk.nonce;
	r.stamp = store_put_stamp(o->s);
	r.body_id = o->r.body_id;
	r.number = o->chunk_number;
	r.body_len = o->chunk_n;
	r.body_crc = o->chunk_crc;
	record_seal(&r, SPAN_NONE, SPAN_NONE);
	if (!volume_write(o->v, &r, sizeof r, o->chunk.at)) {
		volume_fail(o->v, "writing");
		return STORE_OFF;
	}
	store_put_enter(o->s, o->v, &r, o->chunk.at);
	appender_finish(o->a, &o->chunk, record_room(0, 0, o->chunk_n));
	o->chunk_max = 0;
	return STORE_STORED;
}

static enum store_put
append_inline(struct store_object *o, struct span *bytes)
{
	uint32_t	 n = at_most(bytes->n, o->inline_max - o->inline_n);

	if (!volume_write(o->v, bytes->p, n, o->place.at + record_body_at(&o->r) + o->inline_n)) {
		volume_fail(o->v, "writing");
		return STORE_OFF;
	}
	o->inline_crc = crc32c_more(o->inline_crc, bytes->p, n);
	o->inline_n += n;
	o->length += n;
	*bytes = span_at(bytes->p + n, bytes->n - n);
	return STORE_STORED;
}

/*
 * As much of the bytes as the open chunk takes; one that is full is closed and found from now on.
 */
static enum store_put
append_chunk(struct store_object *o, struct span *bytes)
{
	enum store_put	 how;
	uint32_t	 n;

	if (o->chunk_max == 0 && (how = open_chunk(o)) != STORE_STORED)
		return how;
	n = at_most(bytes->n, o->chunk_max - o->chunk_n);
	if (!volume_write(o->v, bytes->p, n, o->chunk.at + sizeof(struct record) + o->chunk_n)) {
		volume_fail(o->v, "writing");
		return STORE_OFF;
	}
	o->chunk_crc = crc32c_more(o->chunk_crc, bytes->p, n);
	o->chunk_n += n;
	o->length += n;
	*bytes = span_at(bytes->p + n, bytes->n - n);
	return (o->chunk_n == o->chunk_max) ? close_chunk(o) : STORE_STORED;
}

/* Chunks stored so far are of no use to anybody: without a head nobody finds them. */
static void
drop_chunks(struct store_object *o)
{
	if (o->chunk_max != 0) {
		appender_finish(o->a, &o->chunk, 0);
		o->chunk_max = 0;
		o->chunk_number--;
	}
	for (uint32_t i = 1; i <= o->chunk_number && volume_on(o->v); i++)
		catalog_forget(o->v, record_chunk_key(o->r.key, o->r.body_id, i));
}

enum store_put
store_append(struct store_object *o, struct span bytes)
{
	struct underway_entry	*e;
	enum store_put		 how = STORE_STORED;
	uint64_t		 most;

	OBJ_OK(o, STORE_OBJECT_TAG);
	most = (o->total != STORE_UNKNOWN) ? o->total : (o->v->want.max_size != 0) ?
	    o->v->want.max_size : STORE_UNKNOWN - 1;
	if (o->failed || bytes.n > most - o->length)
		how = o->failed ? STORE_OFF : STORE_TOO_LARGE;
	while (how == STORE_STORED && bytes.n > 0)
		how = (o->inline_n < o->inline_max) ? append_inline(o, &bytes) :
		    append_chunk(o, &bytes);
	o->failed = how != STORE_STORED;
	if (o->reader != 0)
		readers_entry(o->s->readers, o->reader)->to = o->length;
	announce(o, &e);
	if (e != NULL && !o->failed) {
		e->length = o->length;
		wake_followers(o, e);
	}
	return how;
}

bool
store_followed(const struct store_object *o, unsigned within_s)
{
	enum underway_state	 state;
	struct underway_entry	*e =
	    o->claimed ? underway_get(o->s->underway, &o->ref, &state) : NULL;

	return e != NULL && underway_joined(e, within_s);
}

void
store_hide(struct store_object *o)
{
	uint64_t	 wake[STORE_SLOTS_MAX / 64];

	OBJ_OK(o, STORE_OBJECT_TAG);
	if (!o->claimed)
		return;
	underway_hide(o->s->underway, &o->ref, wake);
	store_wake_all(o->s, wake);
}

char *
store_attr(struct store_object *o, size_t *n)
{
	OBJ_OK(o, STORE_OBJECT_TAG);
	*n = o->r.attr_len;
	return o->texts;
}

uint64_t
store_length(const struct store_object *o)
{
	OBJ_OK(o, STORE_OBJECT_TAG);
	return o->length;
}

static void
end_claim(struct store *s, const struct underway_ref *ref)
{
	uint64_t	 wake[STORE_SLOTS_MAX / 64];

	underway_end(s->underway, ref, wake);
	store_wake_all(s, wake);
}

void
store_abort(struct store_object **op)
{
	struct store_object	*o = *op;

	OBJ_OK(o, STORE_OBJECT_TAG);
	if (o->claimed)
		end_claim(o->s, &o->ref);
	drop_chunks(o);
	appender_finish(o->a, &o->place, 0);
	free_object(op);
}

/* The head as it stays, over what followers saw. */
static enum store_put
complete(struct store_object *o)
{
	struct iovec	 v[2];

	o->r.total = o->length;
	o->r.body_len = o->inline_n;
	o->r.body_crc = o->inline_crc;
	o->r.stamp = store_put_stamp(o->s);
	record_seal(&o->r, attr_of(o), head_of(o));
	v[0] = (struct iovec){ &o->r, sizeof o->r };
	v[1] = (struct iovec){ o->texts, (size_t)o->r.attr_len + o->r.head_len };
	if (volume_write_all(o->v, v, 2, o->place.at))
		return STORE_STORED;
	volume_fail(o->v, "writing");
	return STORE_OFF;
}

static enum store_put
finish(struct store_object **op, enum store_put how)
{
	struct store_object	*o = *op;

	if (how == STORE_STORED)
		how = complete(o);
	if (how != STORE_STORED) {
		store_abort(op);
		return how;
	}
	store_put_enter(o->s, o->v, &o->r, o->place.at);
	appender_finish(o->a, &o->place, record_room(o->r.attr_len, o->r.head_len, o->r.body_len));
	volume_count(o->v, VOLUME_STORED);
	if (o->claimed) {
		if (underway_close(o->s->underway, &o->ref))
			readers_complete(o->s->readers, o->r.body_id, o->length);
		end_claim(o->s, &o->ref);
	}
	free_object(op);
	return STORE_STORED;
}

enum store_put
store_commit(struct store_object **op)
{
	struct store_object	*o = *op;
	enum store_put		 how = STORE_OFF;

	OBJ_OK(o, STORE_OBJECT_TAG);
	if (!o->failed && (o->total == STORE_UNKNOWN || o->length == o->total) &&
	    o->length >= o->v->want.min_size)
		how = close_chunk(o);
	return finish(op, how);
}

enum store_put
store_commit_short(struct store_object **op, uint32_t flags)
{
	struct store_object	*o = *op;

	OBJ_OK(o, STORE_OBJECT_TAG);
	if (o->length == 0)
		return finish(op, STORE_GONE);
	o->r.flags = flags;
	o->total = o->length;
	return store_commit(op);
}
