/* SPDX-License-Identifier: Apache-2.0 */
/* One fetch for many: claims, and reading along with what another process stores. */
#include <string.h>

#include "store/diskio.h"
#include "store/store_inner.h"

enum store_claimed
store_claim(struct store *s, const struct store_key *k, struct store_claim *c,
    struct store_follow *f)
{
	struct underway_ref	 ref;
	enum store_claimed	 how;

	OBJ_OK(s, STORE_TAG);
	how = underway_claim(s->underway, s->slot, *k, &ref);
	*c = (struct store_claim){ .entry = ref.entry, .life = ref.life, .key = *k };
	*f = (struct store_follow){ .slot = ref.slot, .entry = ref.entry, .life = ref.life,
	    .key = *k };
	return how;
}

bool
store_growing(struct store *s, const struct store_key *k, struct store_follow *f)
{
	struct underway_ref	 ref;

	OBJ_OK(s, STORE_TAG);
	if (!underway_find(s->underway, *k, &ref))
		return false;
	*f = (struct store_follow){ .slot = ref.slot, .entry = ref.entry, .life = ref.life,
	    .key = *k };
	return true;
}

void
store_follow_stay(struct store *s, const struct store_follow *f)
{
	enum underway_state	 state;
	struct underway_entry	*e;

	OBJ_OK(s, STORE_TAG);
	e = underway_get(s->underway, &(struct underway_ref){ f->slot, f->entry, f->life }, &state);
	if (e != NULL)
		underway_join(e);
}

void
store_claim_end(struct store *s, struct store_claim *c)
{
	uint64_t	 wake[STORE_SLOTS_MAX / 64];

	OBJ_OK(s, STORE_TAG);
	underway_end(s->underway, &(struct underway_ref){ s->slot, c->entry, c->life }, wake);
	store_wake_all(s, wake);
}

static struct underway_entry *
followed(const struct store *s, const struct store_follow *f, enum underway_state *state)
{
	return underway_get(s->underway, &(struct underway_ref){ f->slot, f->entry, f->life },
	    state);
}

enum store_way
store_follow_look(struct store *s, const struct store_follow *f, bool wait, uint64_t *length)
{
	enum underway_state	 state;
	struct underway_entry	*e;

	OBJ_OK(s, STORE_TAG);
	*length = 0;
	e = followed(s, f, &state);
	if (e != NULL && wait) {
		underway_wait(e, s->slot);
		/* what changed before the bit was set woke nobody */
		e = followed(s, f, &state);
	}
	if (e == NULL)
		return STORE_ENDED;
	*length = e->length;
	if (state != UNDERWAY_GROWING)
		return STORE_ASKED;
	return e->stopped ? STORE_STOPPED : STORE_GROWING;
}

/*
 * What an entry says, copied while it is certain that it says it of this object; the segment is
 * pinned.
 */
struct growing {
	struct volume	*v;
	uint64_t	 place, nonce, length, chunk, chunk_nonce;
	uint32_t	 segment;
	uint64_t	 room;
};

static bool
copy_entry(struct store *s, const struct store_follow *f, struct growing *g)
{
	enum underway_state	 state;
	struct underway_entry	*e = followed(s, f, &state);
	uint32_t		 dir;

	if (e == NULL || state != UNDERWAY_GROWING)
		return false;
	dir = e->dir;
	if (dir >= s->dirs_n)
		return false;
	*g = (struct growing){ .v = &s->dirs[dir], .place = e->place, .nonce = e->nonce,
	    .length = e->length };
	g->chunk = e->chunk;
	g->chunk_nonce = e->chunk_nonce;
	if (e->chunk != g->chunk)
		g->chunk = 0;		/* it moves on just now: what is asked for stands in the
					 * index already or soon */
	return followed(s, f, &state) != NULL && volume_on(g->v);
}

/*
 * Looked at after reading: what was given up meanwhile may have been written over before it was
 * read.
 */
static bool
goes_on(const struct store *s, const struct store_follow *f)
{
	enum underway_state	 state;

	atomic_thread_fence(memory_order_seq_cst);
	return followed(s, f, &state) != NULL;
}

static bool
pin_place(struct store *s, struct growing *g, uint64_t place, uint64_t nonce)
{
	uint64_t	 now;

	if (place % RECORD_ALIGN != 0 || !volume_segment_of(g->v, place, &g->segment, &g->room) ||
	    !segtab_pin(g->v->segs, s->slot, g->segment, &now))
		return false;
	if (now == nonce)
		return true;
	segtab_unpin(g->v->segs, s->slot, g->segment);
	return false;
}

static enum store_got
read_at(const struct volume *v, void *buf, size_t n, uint64_t at, enum store_how how, size_t *got)
{
	switch (diskio_read(v->fd, buf, n, at, how == STORE_NOWAIT, got)) {
	case DISKIO_OK:
		return STORE_HIT;
	case DISKIO_WOULD_BLOCK:
		return (*got > 0) ? STORE_HIT : STORE_WOULD_BLOCK;
	case DISKIO_SHORT:
	case DISKIO_ERROR:
		break;
	}
	return STORE_MISS;
}

static enum store_got
read_growing_head(const struct growing *g, const struct store_follow *f, enum store_how how,
    char *buf, size_t cap, struct record *r)
{
	enum store_got	 got = read_at(g->v, buf, sizeof *r, g->place, how, &(size_t){ 0 });
	size_t		 n, have;

	if (got != STORE_HIT)
		return got;
	memcpy(r, buf, sizeof *r);
	if (!record_plausible(r, g->nonce, g->room) || !record_key_eq(r->key, f->key) ||
	    record_body_at(r) > cap || (r->kind != RECORD_GROWING && r->kind != RECORD_OBJECT))
		return STORE_MISS;
	n = record_body_at(r) - sizeof *r;
	if (n > 0) {
		got = read_at(g->v, buf + sizeof *r, n, g->place + sizeof *r, how, &have);
		if (got != STORE_HIT || have < n)
			return (got == STORE_MISS) ? STORE_MISS : STORE_WOULD_BLOCK;
	}
	/*
	 * between two writes of the head (it is just being completed) it is not intact: then it has
	 * ended, or will have at the next look
	 */
	return record_intact((const struct record *)(const void *)buf) ? STORE_HIT : STORE_MISS;
}

/* What its writer wrote since the start need not be compared with anything. */
static void
fill_extent(struct store_extent *e, const struct growing *g, const struct record *r, uint32_t n)
{
	*e = (struct store_extent){
		.tag = STORE_EXTENT_TAG, .fd = g->v->fd, .at = g->place + record_body_at(r),
		.len = n, .whole_len = n, .dir = (uint8_t)g->v->number, .pinned = 1,
		.segment = g->segment, .nonce = g->nonce, .index_key = r->key,
		.sendable = g->v->shared->sendable, .checked = true,
	};
	e->whole_at = e->at;
}

enum store_got
store_follow_head(struct store *s, const struct store_follow *f, enum store_how how, void *buf,
    size_t cap, struct store_hit *h)
{
	struct growing	 g;
	struct record	 r;
	enum store_got	 got;

	OBJ_OK(s, STORE_TAG);
	MUST((uintptr_t)buf % sizeof(uint64_t) == 0 && cap >= sizeof r);
	if (!copy_entry(s, f, &g) || !pin_place(s, &g, g.place, g.nonce))
		return STORE_MISS;
	got = read_growing_head(&g, f, how, buf, cap, &r);
	if (got == STORE_HIT && !goes_on(s, f))
		got = STORE_MISS;
	if (got != STORE_HIT) {
		segtab_unpin(g.v->segs, s->slot, g.segment);
		return got;
	}
	store_fill_hit(h, &r, buf);
	h->base = (r.body_len < g.v->super.inline_bytes) ? r.body_len : g.v->super.inline_bytes;
	fill_extent(&h->extent, &g, &r, h->base);
	return STORE_HIT;
}

/* Bytes of the chunk that is growing; they begin behind its record's fixed part. */
static enum store_got
read_chunk(struct store *s, struct growing *g, uint64_t offset, void *buf, size_t n,
    enum store_how how, size_t *got)
{
	uint64_t	 place = (g->chunk & 0xfffffffff) << 6;
	enum store_got	 answer;

	if (!pin_place(s, g, place, g->chunk_nonce))
		return STORE_MISS;
	answer = (sizeof(struct record) + offset + n <= g->room) ?
	    read_at(g->v, buf, n, place + sizeof(struct record) + offset, how, got) : STORE_MISS;
	segtab_unpin(g->v->segs, s->slot, g->segment);
	return answer;
}

/* A chunk that is complete already stands in the index. */
static enum store_got
read_finished(struct store *s, const struct growing *g, const struct store_follow *f,
    const struct record *r, uint64_t pos, void *buf, size_t n,
    enum store_how how, size_t *got)
{
	struct store_hit	 h = { .tag = STORE_HIT_TAG, .key = f->key, .body_id = r->body_id };
	struct store_extent	 e;
	enum store_got		 answer;

	h.extent.dir = (uint8_t)g->v->number;
	h.base = h.extent.whole_len = g->v->super.inline_bytes;
	/* it was closed because it was full */
	h.total = h.extent.whole_len +
	    ((pos - h.extent.whole_len) / g->v->super.chunk_bytes + 1) * g->v->super.chunk_bytes;
	if (r->total != STORE_UNKNOWN && r->total < h.total)
		h.total = r->total;
	answer = store_extent(s, &h, pos, how, &e);
	if (answer != STORE_HIT)
		return answer;
	answer = store_read(s, &e, pos, buf, n, how, got);
	store_extent_done(s, &e);
	return answer;
}

static enum store_got
read_along(struct store *s, struct growing *g, const struct store_follow *f, uint64_t pos,
    void *buf, size_t n, enum store_how how, size_t *got)
{
	_Alignas(8) char	 fixed[sizeof(struct record)];
	struct record		 r;
	uint64_t		 chunk, from;
	uint32_t		 limit = g->v->super.inline_bytes, each = g->v->super.chunk_bytes;
	enum store_got		 answer = read_at(g->v, fixed, sizeof fixed, g->place, how,
	    &(size_t){ 0 });

	if (answer != STORE_HIT)
		return answer;
	memcpy(&r, fixed, sizeof r);
	if (!record_plausible(&r, g->nonce, g->room) || !record_key_eq(r.key, f->key))
		return STORE_MISS;
	if (pos < limit) {
		n = (n < limit - pos) ? n : (size_t)(limit - pos);
		return read_at(g->v, buf, n, g->place + record_body_at(&r) + pos, how, got);
	}
	chunk = (pos - limit) / each + 1;
	from = limit + (chunk - 1) * each;
	n = (n < from + each - pos) ? n : (size_t)(from + each - pos);
	if (chunk == g->chunk >> 36)
		return read_chunk(s, g, pos - from, buf, n, how, got);
	return read_finished(s, g, f, &r, pos, buf, n, how, got);
}

enum store_got
store_follow_read(struct store *s, const struct store_follow *f, uint64_t pos, void *buf, size_t n,
    enum store_how how, size_t *got)
{
	struct growing	 g;
	uint32_t	 segment;
	enum store_got	 answer;

	OBJ_OK(s, STORE_TAG);
	*got = 0;
	if (!copy_entry(s, f, &g))
		return STORE_MISS;
	if (pos >= g.length)
		return STORE_HIT;
	if (n > g.length - pos)
		n = (size_t)(g.length - pos);
	if (n == 0)
		return STORE_HIT;
	if (!pin_place(s, &g, g.place, g.nonce))
		return STORE_MISS;
	segment = g.segment;
	answer = read_along(s, &g, f, pos, buf, n, how, got);
	segtab_unpin(g.v->segs, s->slot, segment);
	return goes_on(s, f) ? answer : STORE_MISS;
}
