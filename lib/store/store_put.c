/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storing, changing and deleting. Each process writes in its own segments, so no writer meets another; the index word is entered last, so nobody
 * finds what is not whole. Runs on one thread of a process.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/catalog.h"
#include "store/crc32c.h"
#include "store/diskio.h"
#include "store/store_inner.h"

struct store_object {
	uint32_t		 tag;
	struct store		*s;
	struct volume		*v;
	struct appender		*a;
	struct record		 r;		/* the head's, as it will be */
	char			*texts;		/* attributes and head */
	uint64_t		 total, length;	/* said; so far */
	struct appender_place	 place;		/* of the head and the inline part */
	uint32_t		 inline_max, inline_n, inline_crc;
	struct appender_place	 chunk;
	uint32_t		 chunk_number, chunk_max, chunk_n, chunk_crc;	/* chunk_max 0: none is open */
	bool			 claimed, failed;
	struct underway_ref	 ref;
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

static bool
too_large(const struct store_meta *m)
{
	return m->attr.n > STORE_ATTR_MAX || m->head.n > STORE_HEAD_MAX;
}

static void
fill_record(struct record *r, enum record_kind kind, struct store_key k, const struct store_meta *m)
{
	memset(r, 0, sizeof *r);
	r->kind = (uint8_t)kind;
	r->key = k;
	r->expires = m->expires;
	r->stored = m->stored;
	r->flags = m->flags;
	r->attr_len = (uint16_t)m->attr.n;
	r->head_len = (uint32_t)m->head.n;
}

static uint64_t
next_stamp(struct store *s)
{
	return atomic_fetch_add_explicit(&s->shared->stamp, 1, memory_order_relaxed);
}

static enum store_put
no_room(struct volume *v)
{
	if (!v->shared->on)
		return STORE_OFF;
	volume_count(v, VOLUME_NO_ROOM);
	return STORE_NO_ROOM;
}

/* The cache_dir for a body of this length, in the key's order; NULL: none takes it. */
static struct appender *
choose_dir(struct store *s, struct store_key k, uint64_t total)
{
	const uint8_t *order = store_order(s, k);

	for (unsigned i = 0; i < s->dirs_n; i++) {
		struct volume *v = &s->dirs[order[i]];
		uint64_t most = v->want.max_size;

		if (!volume_on(v))
			continue;
		if (total == STORE_UNKNOWN && v->want.min_size > 0)
			continue;
		if (total >= v->want.min_size && (total == STORE_UNKNOWN || most == 0 || total <= most))
			return &s->fresh[order[i]];
	}
	return NULL;
}

/* Another cache_dir may hold an older version, of another size or from a time when this one was off. */
static void
forget_elsewhere(struct store *s, const struct volume *v, struct catalog_new n)
{
	n.place = 0;
	for (unsigned i = 0; i < s->dirs_n; i++)
		if (&s->dirs[i] != v && volume_on(&s->dirs[i]))
			catalog_forget_older(&s->dirs[i], s->slot, &n);
}

static void
enter(struct store *s, struct volume *v, const struct record *r, uint64_t place)
{
	struct catalog_new n = {
		.key = record_index_key(r), .stamp = r->stamp, .place = place,
		.length = record_room(r->attr_len, r->head_len, r->body_len), .nowait = true,
	};

	volume_set_verified(v, r->nonce, place);
	catalog_enter(v, s->slot, &n);
	if (r->kind == RECORD_OBJECT)
		forget_elsewhere(s, v, n);
}

enum store_put
store_write_record(struct store *s, struct appender *a, struct record *r, struct span attr, struct span head, struct span body, uint64_t *place)
{
	uint64_t		 room = record_room(attr.n, head.n, body.n);
	struct appender_place	 p;
	struct iovec		 v[4];

	if (!appender_reserve(a, room, r->kind == RECORD_TOMB, &p))
		return no_room(a->v);
	r->nonce = p.nonce;
	if (r->stamp == 0)
		r->stamp = next_stamp(s);
	if (r->body_id == 0)
		r->body_id = r->stamp;
	r->body_len = (uint32_t)body.n;
	record_seal(r, attr, head);
	v[0] = (struct iovec){ r, sizeof *r };
	v[1] = (struct iovec){ (void *)(uintptr_t)attr.p, attr.n };
	v[2] = (struct iovec){ (void *)(uintptr_t)head.p, head.n };
	v[3] = (struct iovec){ (void *)(uintptr_t)body.p, body.n };
	if (!diskio_write_all(a->v->fd, v, 4, p.at)) {
		appender_finish(a, &p, 0);
		volume_fail(a->v, "writing");
		return STORE_OFF;
	}
	appender_finish(a, &p, room);
	*place = p.at;
	return STORE_STORED;
}

/* ---- an object at once ---- */

static enum store_put
put_in_parts(struct store *s, const struct store_key *k, const struct store_meta *m, struct span body)
{
	enum store_put		 how;
	struct store_object	*o = store_begin(s, k, m, body.n, NULL, &how);

	if (o == NULL)
		return how;
	how = store_append(o, body);
	if (how == STORE_STORED)
		return store_commit(&o);
	store_abort(&o);
	return how;
}

enum store_put
store_put(struct store *s, const struct store_key *k, const struct store_meta *m, struct span body)
{
	struct appender	*a;
	struct record	 r;
	uint64_t	 place;
	enum store_put	 how;

	OBJ_OK(s, STORE_TAG);
	if (too_large(m))
		return STORE_TOO_LARGE;
	a = choose_dir(s, *k, body.n);
	if (a == NULL)
		return STORE_OFF;
	if (body.n > a->v->super.inline_bytes)
		return put_in_parts(s, k, m, body);
	fill_record(&r, RECORD_OBJECT, *k, m);
	r.total = body.n;
	r.body_crc = crc32c_more(0, body.p, body.n);
	how = store_write_record(s, a, &r, m->attr, m->head, body, &place);
	if (how != STORE_STORED)
		return how;
	enter(s, a->v, &r, place);
	volume_count(a->v, VOLUME_STORED);
	return STORE_STORED;
}

/* ---- an object that is still coming ---- */

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
	if (!diskio_write_all(o->v->fd, v, 2, o->place.at))
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
	free(o->texts);
	OBJ_GONE(o);
	free(o);
}

static struct store_object *
make_object(struct store *s, struct appender *a, const struct store_key *k, const struct store_meta *m, uint64_t total)
{
	struct store_object	*o = mem_zero(sizeof *o);

	o->tag = STORE_OBJECT_TAG;
	o->s = s;
	o->v = a->v;
	o->a = a;
	o->total = total;
	fill_record(&o->r, RECORD_OBJECT, *k, m);
	o->texts = mem_alloc(m->attr.n + m->head.n + 1);
	if (m->attr.n > 0)
		memcpy(o->texts, m->attr.p, m->attr.n);
	if (m->head.n > 0)
		memcpy(o->texts + m->attr.n, m->head.p, m->head.n);
	o->inline_max = at_most(total, a->v->super.inline_bytes);
	return o;
}

struct store_object *
store_begin(struct store *s, const struct store_key *k, const struct store_meta *m, uint64_t total, struct store_claim *c, enum store_put *why)
{
	struct appender		*a;
	struct store_object	*o;

	OBJ_OK(s, STORE_TAG);
	MUST(c == NULL || record_key_eq(c->key, *k));
	*why = STORE_TOO_LARGE;
	if (too_large(m))
		return NULL;
	*why = STORE_OFF;
	a = choose_dir(s, *k, total);
	if (a == NULL)
		return NULL;
	o = make_object(s, a, k, m, total);
	if (!appender_reserve(a, record_room(m->attr.n, m->head.n, o->inline_max), false, &o->place)) {
		*why = no_room(a->v);
		free_object(&o);
		return NULL;
	}
	o->r.nonce = o->place.nonce;
	o->r.body_id = o->r.stamp = next_stamp(s);
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
	struct underway_entry	*e;

	if (o->total != STORE_UNKNOWN)
		size = at_most(o->total - o->length, size);
	if (o->chunk_number == UINT32_MAX)
		return STORE_TOO_LARGE;
	if (!appender_reserve(o->a, record_room(0, 0, size), false, &o->chunk))
		return no_room(o->v);
	o->chunk_number++;
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
	fill_record(&r, RECORD_CHUNK, o->r.key, &(struct store_meta){ 0 });
	r.nonce = o->chunk.nonce;
	r.stamp = next_stamp(o->s);
	r.body_id = o->r.body_id;
	r.number = o->chunk_number;
	r.body_len = o->chunk_n;
	r.body_crc = o->chunk_crc;
	record_seal(&r, SPAN_NONE, SPAN_NONE);
	if (!diskio_write(o->v->fd, &r, sizeof r, o->chunk.at)) {
		volume_fail(o->v, "writing");
		return STORE_OFF;
	}
	enter(o->s, o->v, &r, o->chunk.at);
	appender_finish(o->a, &o->chunk, record_room(0, 0, o->chunk_n));
	o->chunk_max = 0;
	return STORE_STORED;
}

/* As much of the bytes as the inline part or the open chunk takes. */
static enum store_put
append_some(struct store_object *o, struct span *bytes)
{
	uint64_t	 at;
	uint32_t	 n, *filled, *crc;
	enum store_put	 how;

	if (o->inline_n < o->inline_max) {
		n = at_most(bytes->n, o->inline_max - o->inline_n);
		at = o->place.at + record_body_at(&o->r) + o->inline_n;
		filled = &o->inline_n;
		crc = &o->inline_crc;
	} else {
		if (o->chunk_max == 0 && (how = open_chunk(o)) != STORE_STORED)
			return how;
		n = at_most(bytes->n, o->chunk_max - o->chunk_n);
		at = o->chunk.at + sizeof(struct record) + o->chunk_n;
		filled = &o->chunk_n;
		crc = &o->chunk_crc;
	}
	if (!diskio_write(o->v->fd, bytes->p, n, at)) {
		volume_fail(o->v, "writing");
		return STORE_OFF;
	}
	*crc = crc32c_more(*crc, bytes->p, n);
	*filled += n;
	o->length += n;
	bytes->p += n;
	bytes->n -= n;
	return (o->chunk_max != 0 && o->chunk_n == o->chunk_max) ? close_chunk(o) : STORE_STORED;
}

enum store_put
store_append(struct store_object *o, struct span bytes)
{
	struct underway_entry	*e;
	enum store_put		 how = STORE_STORED;
	uint64_t		 most;

	OBJ_OK(o, STORE_OBJECT_TAG);
	most = (o->total != STORE_UNKNOWN) ? o->total : (o->v->want.max_size != 0) ? o->v->want.max_size : STORE_UNKNOWN - 1;
	if (o->failed || bytes.n > most - o->length)
		how = o->failed ? STORE_OFF : STORE_TOO_LARGE;
	while (how == STORE_STORED && bytes.n > 0)
		how = append_some(o, &bytes);
	o->failed = how != STORE_STORED;
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
	struct underway_entry	*e = o->claimed ? underway_get(o->s->underway, &o->ref, &state) : NULL;

	return e != NULL && underway_joined(e, within_s);
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
	if (o->chunk_max != 0) {
		appender_finish(o->a, &o->chunk, 0);
		o->chunk_number--;
	}
	appender_finish(o->a, &o->place, 0);
	/* chunks without a head are of no use to anybody */
	for (uint32_t i = 1; i <= o->chunk_number && volume_on(o->v); i++)
		catalog_forget(o->v, record_chunk_key(o->r.key, o->r.body_id, i));
	free_object(op);
}

enum store_put
store_commit(struct store_object **op)
{
	struct store_object	*o = *op;
	struct iovec		 v[2];
	enum store_put		 how = STORE_OFF;

	OBJ_OK(o, STORE_OBJECT_TAG);
	if (!o->failed && (o->total == STORE_UNKNOWN || o->length == o->total) && o->length >= o->v->want.min_size)
		how = close_chunk(o);
	if (how == STORE_STORED) {
		o->r.total = o->length;
		o->r.body_len = o->inline_n;
		o->r.body_crc = o->inline_crc;
		o->r.stamp = next_stamp(o->s);
		record_seal(&o->r, attr_of(o), head_of(o));
		v[0] = (struct iovec){ &o->r, sizeof o->r };
		v[1] = (struct iovec){ o->texts, (size_t)o->r.attr_len + o->r.head_len };
		if (!diskio_write_all(o->v->fd, v, 2, o->place.at)) {
			volume_fail(o->v, "writing");
			how = STORE_OFF;
		}
	}
	if (how != STORE_STORED) {
		store_abort(op);
		return how;
	}
	enter(o->s, o->v, &o->r, o->place.at);
	appender_finish(o->a, &o->place, record_room(o->r.attr_len, o->r.head_len, o->r.body_len));
	volume_count(o->v, VOLUME_STORED);
	if (o->claimed)
		end_claim(o->s, &o->ref);
	free_object(op);
	return STORE_STORED;
}
