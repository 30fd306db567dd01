/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storing an object at once, and what all ways of storing share. Each process writes in its own
 * segments, so no writer meets another; the index word is entered last, so nobody finds what is not
 * whole. Runs on one thread of a process.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/catalog.h"
#include "store/crc32c.h"
#include "store/store_inner.h"

bool
store_put_too_large(const struct store_meta *m)
{
	return m->attr.n > STORE_ATTR_MAX || m->head.n > STORE_HEAD_MAX;
}

void
store_put_fill(struct record *r, enum record_kind kind, struct store_key k,
    const struct store_meta *m)
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

uint64_t
store_put_stamp(struct store *s)
{
	return atomic_fetch_add_explicit(&s->shared->stamp, 1, memory_order_relaxed);
}

enum store_put
store_put_no_room(struct volume *v)
{
	if (!v->shared->on)
		return STORE_OFF;
	volume_count(v, VOLUME_NO_ROOM);
	return STORE_NO_ROOM;
}

bool
store_put_reserve(struct store *s, struct appender *a, uint64_t room, bool urgent,
    struct appender_place *p)
{
	int64_t	 had = a->segment;
	bool	 ok = appender_reserve(a, room, urgent, p);

	if ((!ok || a->segment != had) && s->wake != NULL && s->shared->keeper != 0)
		s->wake(s->wake_arg, s->shared->keeper % s->slots);
	return ok;
}

/*
 * The cache_dir for a body of this length, in the key's order; NULL: none takes it. One that is not
 * known yet is judged when it is complete.
 */
struct appender *
store_put_dir(struct store *s, struct store_key k, uint64_t total)
{
	const uint8_t *order = store_order(s, k);

	for (unsigned i = 0; i < s->dirs_n; i++) {
		struct volume *v = &s->dirs[order[i]];
		uint64_t most = v->want.max_size;

		if (!volume_on(v))
			continue;
		if (total >= v->want.min_size &&
		    (total == STORE_UNKNOWN || most == 0 || total <= most))
			return &s->fresh[order[i]];
	}
	return NULL;
}

/*
 * Another cache_dir may hold an older version, of another size or from a time when this one was
 * off.
 */
static void
forget_elsewhere(struct store *s, const struct volume *v, struct catalog_new n)
{
	n.place = 0;
	for (unsigned i = 0; i < s->dirs_n; i++)
		if (&s->dirs[i] != v && volume_on(&s->dirs[i]))
			catalog_forget_older(&s->dirs[i], s->slot, &n);
}

void
store_put_enter(struct store *s, struct volume *v, const struct record *r, uint64_t place)
{
	struct catalog_new n = {
		.key = record_index_key(r), .stamp = r->stamp, .place = place,
		.length = record_room(r->attr_len, r->head_len, r->body_len), .nowait = true,
	};

	catalog_enter(v, s->slot, &n);
	if (r->kind == RECORD_OBJECT)
		forget_elsewhere(s, v, n);
}

enum store_put
store_write_record(struct store *s, struct appender *a, struct record *r, struct span attr,
    struct span head, struct span body, uint64_t *place)
{
	uint64_t		 room = record_room(attr.n, head.n, body.n);
	struct appender_place	 p;
	struct iovec		 v[4];

	if (!store_put_reserve(s, a, room, r->kind == RECORD_TOMB, &p))
		return store_put_no_room(a->v);
	r->nonce = p.nonce;
	if (r->stamp == 0)
		r->stamp = store_put_stamp(s);
	if (r->body_id == 0)
		r->body_id = r->stamp;
	r->body_len = (uint32_t)body.n;
	record_seal(r, attr, head);
	v[0] = (struct iovec){ r, sizeof *r };
	v[1] = (struct iovec){ (void *)(uintptr_t)attr.p, attr.n };
	v[2] = (struct iovec){ (void *)(uintptr_t)head.p, head.n };
	v[3] = (struct iovec){ (void *)(uintptr_t)body.p, body.n };
	if (!volume_write_all(a->v, v, 4, p.at)) {
		appender_finish(a, &p, 0);
		volume_fail(a->v, "writing");
		return STORE_OFF;
	}
	appender_finish(a, &p, room);
	*place = p.at;
	return STORE_STORED;
}

enum store_put
store_write_tentative(struct store *s, struct appender *a, struct record *r, struct span attr,
    struct span head, struct span body, uint64_t *place)
{
	uint8_t		 kind = r->kind;
	enum store_put	 how;

	r->kind = RECORD_GROWING;
	how = store_write_record(s, a, r, attr, head, body, place);
	r->kind = kind;
	return how;
}

bool
store_confirm(struct volume *v, uint64_t place)
{
	static const uint8_t	 kind = RECORD_OBJECT;

	/* one byte: neither who reads it at this moment nor who is killed in it finds half of it */
	if (volume_write(v, &kind, sizeof kind, place + offsetof(struct record, kind)))
		return true;
	volume_fail(v, "writing");
	return false;
}

/* ---- an object at once ---- */

static enum store_put
put_in_parts(struct store *s, const struct store_key *k, const struct store_meta *m,
    struct span body)
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
	if (store_put_too_large(m))
		return STORE_TOO_LARGE;
	a = store_put_dir(s, *k, body.n);
	if (a == NULL)
		return STORE_OFF;
	if (body.n > a->v->super.inline_bytes)
		return put_in_parts(s, k, m, body);
	store_put_fill(&r, RECORD_OBJECT, *k, m);
	r.total = body.n;
	r.body_crc = crc32c_more(0, body.p, body.n);
	how = store_write_record(s, a, &r, m->attr, m->head, body, &place);
	if (how != STORE_STORED)
		return how;
	store_put_enter(s, a->v, &r, place);
	volume_count(a->v, VOLUME_STORED);
	return STORE_STORED;
}
