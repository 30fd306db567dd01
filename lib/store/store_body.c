/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a body: which are there, where, whether they are sound and in memory. Any process,
 * any thread; takes no lock and waits for nobody.
 */
#include "base/clock.h"
#include "store/catalog.h"
#include "store/crc32c.h"
#include "store/diskio.h"
#include "store/store_get.h"

enum { PIECE = 65536 };

/*
 * The chunk that holds body byte pos (behind the inline part), and where it begins and ends in the
 * body.
 */
static uint32_t
chunk_of(const struct volume *v, const struct store_hit *h, uint64_t pos, uint64_t *from,
    uint64_t *to)
{
	uint64_t n = (pos - h->base) / v->super.chunk_bytes;

	*from = h->base + n * v->super.chunk_bytes;
	*to = (h->total - *from < v->super.chunk_bytes) ? h->total : *from + v->super.chunk_bytes;
	return (n < UINT32_MAX) ? (uint32_t)n + 1 : 0;
}

/* Whether the part of the body that holds pos may be there, and where it ends. */
static bool
may_hold(const struct volume *v, const struct store_hit *h, uint64_t pos, uint64_t *end)
{
	uint64_t begin;
	uint32_t number;

	*end = h->base;
	if (pos < h->base)
		return h->extent.whole_len >= h->base;
	number = chunk_of(v, h, pos, &begin, end);
	return bucket_has(&v->index, record_chunk_key(h->key, h->body_id, number));
}

bool
store_maybe_range(struct store *s, const struct store_hit *h, uint64_t from, uint64_t to)
{
	struct volume	*v;

	OBJ_OK(s, STORE_TAG);
	OBJ_OK(h, STORE_HIT_TAG);
	v = &s->dirs[h->extent.dir];
	if (to > h->total || !volume_on(v))
		return false;
	for (uint64_t pos = from, end; pos < to; pos = end)
		if (!may_hold(v, h, pos, &end))
			return false;
	return true;
}

enum store_got
store_extent(struct store *s, const struct store_hit *h, uint64_t pos, enum store_how how,
    struct store_extent *e)
{
	_Alignas(8) char buf[sizeof(struct record)];
	struct volume	*v;
	struct store_key key;
	struct store_found	 f;
	uint64_t	 from, to;
	uint32_t	 number;
	enum store_got	 got;

	OBJ_OK(s, STORE_TAG);
	OBJ_OK(h, STORE_HIT_TAG);
	MUST(pos < h->total);
	v = &s->dirs[h->extent.dir];
	if (pos < h->extent.whole_len) {
		OBJ_OK(&h->extent, STORE_EXTENT_TAG);	/* not released yet */
		*e = h->extent;
		e->pos = pos;
		e->at = e->whole_at + pos;
		e->len = e->whole_len - pos;
		segtab_pin_more(v->segs, s->slot, e->segment);
		return STORE_HIT;
	}
	if (!volume_on(v) || pos < h->base)
		return STORE_MISS;
	number = chunk_of(v, h, pos, &from, &to);
	key = record_chunk_key(h->key, h->body_id, number);
	got = store_get_find(s, v, key, how, buf, sizeof buf, &f);
	if (got != STORE_HIT)
		return got;
	if (f.r.kind != RECORD_CHUNK || f.r.number != number || f.r.body_id != h->body_id ||
	    f.r.body_len != to - from) {
		segtab_unpin(v->segs, s->slot, f.segment);
		return STORE_MISS;
	}
	store_get_extent(e, &f, key, from);
	store_get_recall(s, e, how);
	e->pos = pos;
	e->at += pos - from;
	e->len -= pos - from;
	bucket_touch(f.at, f.word);
	return STORE_HIT;
}

void
store_extent_done(struct store *s, struct store_extent *e)
{
	OBJ_OK(s, STORE_TAG);
	OBJ_OK(e, STORE_EXTENT_TAG);
	if (e->pinned)
		segtab_unpin(s->dirs[e->dir].segs, s->slot, e->segment);
	e->pinned = 0;
	OBJ_GONE(e);
}

/* The word in the index that led to the extent, if it still does. */
static bool
word_of(const struct volume *v, const struct store_extent *e, struct bucket_match *one)
{
	struct bucket_match	 m[BUCKET_MATCHES];
	unsigned		 n = bucket_find(&v->index, e->index_key, m);

	for (unsigned i = 0; i < n; i++) {
		if (bucket_place(m[i].word) == bucket_place(e->word)) {
			*one = m[i];
			return true;
		}
	}
	return false;
}

/*
 * What its file says now; by the loop (which does not wait) asked for once a round: what somebody
 * wrote before he sent a request, was there before the round that reads the request. True: what is
 * compared from now on can be remembered.
 */
static bool
look(struct volume *v, struct store_extent *e, enum store_how how)
{
	bool	 settled;

	if (how == STORE_BLOCK) {
		e->state = verified_state(&v->shared->verified, e->fd, &settled);
		return settled;
	}
	if (v->seen.us != clock_us()) {
		v->seen.us = clock_us();
		v->seen.state = verified_state(&v->shared->verified, e->fd, &v->seen.settled);
	}
	e->state = v->seen.state;
	return v->seen.settled;
}

void
store_get_recall(struct store *s, struct store_extent *e, enum store_how how)
{
	struct volume	*v = &s->dirs[e->dir];

	if (e->checked)
		return;
	look(v, e, how);
	e->checked = verified_has(&v->shared->verified, e->state, e->nonce, bucket_place(e->word));
}

bool
store_still_checked(struct store *s, struct store_extent *e)
{
	struct volume	*v = &s->dirs[e->dir];
	uint64_t	 state = e->state;

	OBJ_OK(s, STORE_TAG);
	OBJ_OK(e, STORE_EXTENT_TAG);
	if (e->checked && e->word != 0) {
		look(v, e, STORE_NOWAIT);
		e->checked = e->state == state;
	}
	return e->checked;
}

static enum store_got
sum_up(const struct store_extent *e, enum store_how how, uint32_t *crc)
{
	char	 piece[PIECE];
	size_t	 n, got;

	*crc = 0;
	for (uint32_t done = 0; done < e->whole_len; done += (uint32_t)n) {
		n = (e->whole_len - done < PIECE) ? e->whole_len - done : PIECE;
		switch (diskio_read(e->fd, piece, n, e->whole_at + done, how == STORE_NOWAIT,
		    &got)) {
		case DISKIO_OK:
			break;
		case DISKIO_WOULD_BLOCK:
			return STORE_WOULD_BLOCK;
		case DISKIO_SHORT:
		case DISKIO_ERROR:
			return STORE_MISS;
		}
		*crc = crc32c_more(*crc, piece, n);
	}
	return STORE_HIT;
}

enum store_got
store_check(struct store *s, struct store_extent *e, enum store_how how)
{
	struct volume		*v = &s->dirs[e->dir];
	bool			 settled;
	struct bucket_match	 m;
	enum store_got		 got;
	uint32_t		 crc;

	OBJ_OK(s, STORE_TAG);
	OBJ_OK(e, STORE_EXTENT_TAG);
	if (e->checked)
		return STORE_HIT;
	settled = look(v, e, how);
	got = sum_up(e, how, &crc);
	if (got == STORE_WOULD_BLOCK)
		return got;
	if (got == STORE_HIT && crc == e->crc) {
		e->checked = true;
		if (settled)
			verified_set(&v->shared->verified, e->state, e->nonce,
			    bucket_place(e->word));
		return STORE_HIT;
	}
	if (word_of(v, e, &m))
		store_get_drop(&(struct store_found){ .v = v, .at = m.at, .word = m.word },
		    "a damaged body");
	return STORE_MISS;
}

bool
store_resident(struct store *s, const struct store_extent *e, uint64_t pos, uint64_t n)
{
	uint64_t left;

	OBJ_OK(s, STORE_TAG);
	OBJ_OK(e, STORE_EXTENT_TAG);
	MUST(pos >= e->pos && pos <= e->pos + e->len);
	left = e->pos + e->len - pos;
	return pagemap_resident(&s->dirs[e->dir].pages, e->fd, e->at + (pos - e->pos),
	    (n < left) ? n : left);
}

enum store_got
store_read(struct store *s, const struct store_extent *e, uint64_t pos, void *buf, size_t n,
    enum store_how how, size_t *got)
{
	uint64_t left;

	OBJ_OK(s, STORE_TAG);
	OBJ_OK(e, STORE_EXTENT_TAG);
	MUST(pos >= e->pos && pos <= e->pos + e->len);
	left = e->pos + e->len - pos;
	*got = 0;
	if (n > left)
		n = (size_t)left;
	if (n == 0)
		return STORE_HIT;
	switch (diskio_read(e->fd, buf, n, e->at + (pos - e->pos), how == STORE_NOWAIT, got)) {
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
