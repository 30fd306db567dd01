/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up and reading heads. Any process, any thread; takes no lock and waits for nobody. */
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "store/catalog.h"
#include "store/crc32c.h"
#include "store/diskio.h"
#include "store/store_get.h"

enum {
	UNSETTLED_TRIES = 10, UNSETTLED_US = 500,
	/* takes nearly all heads; the rest of a longer one is read after it */
	HEAD_FIRST = 4096,
};

void
store_get_drop(struct store_found *f, const char *what)
{
	static uint64_t	 last;

	bucket_change(f->at, f->word, 0);
	volume_count(f->v, VOLUME_DAMAGED);
	if (msg_seldom(&last))
		msg(MSG_WARNING, "cache_dir %s: %s at %llu; dropped", f->v->path, what,
		    (unsigned long long)bucket_place(f->word));
}

static enum store_got
judge_read(struct store_found *f, enum diskio_got how)
{
	switch (how) {
	case DISKIO_OK:
		return STORE_HIT;
	case DISKIO_WOULD_BLOCK:
		return STORE_WOULD_BLOCK;
	case DISKIO_SHORT:
		store_get_drop(f, "the file ends");
		return STORE_MISS;
	case DISKIO_ERROR:
		store_get_drop(f, "the disk cannot read");
		return STORE_MISS;
	}
	return STORE_MISS;
}

/* The fixed part, attributes and head (and what else came with the same read) into buf. */
static enum store_got
read_head(struct store_found *f, enum store_how how, char *buf, size_t cap)
{
	uint64_t	 place = bucket_place(f->word),
	    want = bucket_class_bytes(bucket_class(f->word));
	enum store_got	 got;
	size_t		 more;

	if (want > f->room)
		want = f->room;
	if (want > cap)
		want = (cap < HEAD_FIRST) ? cap : HEAD_FIRST;	/* a body that does not come whole
								 * is better sent from the file */
	if (want < sizeof f->r)
		return STORE_MISS;
	got = judge_read(f, diskio_read_some(f->v->fd, buf, want, place, how == STORE_NOWAIT,
	    &f->have));
	if (got == STORE_HIT && f->have < sizeof f->r) {
		got = judge_read(f, diskio_read(f->v->fd, buf + f->have, sizeof f->r - f->have,
		    place + f->have, how == STORE_NOWAIT, &more));
		f->have += more;
	}
	if (got != STORE_HIT)
		return got;
	memcpy(&f->r, buf, sizeof f->r);
	if (!record_plausible(&f->r, f->nonce, f->room)) {
		bucket_change(f->at, f->word, 0);	/* of an earlier life, or never there */
		return STORE_MISS;
	}
	want = record_body_at(&f->r);
	if (want <= f->have)
		return STORE_HIT;
	if (want > cap)
		return STORE_MISS;
	got = judge_read(f, diskio_read(f->v->fd, buf + f->have, want - f->have, place + f->have,
	    how == STORE_NOWAIT, &more));
	f->have += more;
	return got;
}

/* Pins and reads what a word points to; released unless STORE_HIT. */
static enum store_got
fetch(struct store *s, struct store_found *f, enum store_how how, char *buf, size_t cap)
{
	enum store_got	 got;

	if (!catalog_pin(f->v, s->slot, f->word, &f->segment, &f->nonce, &f->room)) {
		bucket_change(f->at, f->word, 0);
		return STORE_MISS;
	}
	got = read_head(f, how, buf, cap);
	if (got != STORE_HIT)
		segtab_unpin(f->v->segs, s->slot, f->segment);
	return got;
}

/*
 * Of several words that may be the key's, the one whose record counts; it is read once more by who
 * asked.
 */
static enum store_got
choose(struct store *s, struct volume *v, struct store_key k, enum store_how how,
    const struct bucket_match *m, unsigned n, unsigned *best)
{
	uint64_t newest = 0;
	struct record r;
	bool any = false;

	for (unsigned i = 0; i < n; i++) {
		switch (catalog_peek(v, s->slot, m[i].word, how == STORE_NOWAIT, &r)) {
		case CATALOG_WOULD_BLOCK:
			return STORE_WOULD_BLOCK;
		case CATALOG_STALE:
			break;
		case CATALOG_RECORD:
			if (record_key_eq(record_index_key(&r), k) && (!any || r.stamp > newest)) {
				any = true;
				newest = r.stamp;
				*best = i;
			}
			break;
		}
	}
	return any ? STORE_HIT : STORE_MISS;
}

enum store_got
store_get_find(struct store *s, struct volume *v, struct store_key k, enum store_how how, char *buf,
    size_t cap, struct store_found *f)
{
	struct bucket_match	 m[BUCKET_MATCHES];
	unsigned		 n = bucket_find(&v->index, k, m), best = 0;
	enum store_got		 got;

	if (n == 0)
		return STORE_MISS;
	if (n > 1) {
		got = choose(s, v, k, how, m, n, &best);
		if (got != STORE_HIT)
			return got;
	}
	*f = (struct store_found){ .v = v, .at = m[best].at, .word = m[best].word };
	got = fetch(s, f, how, buf, cap);
	if (got != STORE_HIT)
		return got;
	if (record_key_eq(record_index_key(&f->r), k)) {
		if (record_intact((const struct record *)(const void *)buf))
			return STORE_HIT;
		store_get_drop(f, "a damaged record");
	}
	segtab_unpin(v->segs, s->slot, f->segment);
	return STORE_MISS;
}

void
store_get_extent(struct store_extent *e, const struct store_found *f, struct store_key index_key,
    uint64_t pos)
{
	*e = (struct store_extent){
		.tag = STORE_EXTENT_TAG, .fd = f->v->fd, .pos = pos, .len = f->r.body_len,
		.at = bucket_place(f->word) + record_body_at(&f->r), .crc = f->r.body_crc,
		.whole_len = f->r.body_len, .dir = (uint8_t)f->v->number, .pinned = 1,
		.segment = f->segment, .word = f->word, .nonce = f->nonce,
		.index_key = index_key, .sendable = f->v->shared->sendable,
		.checked = f->r.body_len == 0,
	};
	e->whole_at = e->at;
}

void
store_fill_hit(struct store_hit *h, const struct record *r, const char *p)
{
	*h = (struct store_hit){
		.tag = STORE_HIT_TAG, .flags = r->flags, .key = r->key, .total = r->total,
		.expires = r->expires, .stored = r->stored, .stamp = r->stamp,
		.body_id = r->body_id, .attr = span_at(p + sizeof *r, r->attr_len),
		.head = span_at(p + sizeof *r + r->attr_len, r->head_len),
	};
}

/*
 * The body's beginning, if it came along whole, is compared each time: it costs less than it takes
 * to remember that it was.
 */
static bool
take_body(struct store *s, struct store_found *f, struct store_hit *h, enum store_how how,
    const char *buf)
{
	uint32_t from = record_body_at(&f->r);

	h->body = span_at(buf + from, f->have - from);
	if (h->body.n < f->r.body_len) {
		store_get_recall(s, &h->extent, how);
		return true;
	}
	h->body.n = f->r.body_len;
	if (crc32c_more(0, h->body.p, h->body.n) != f->r.body_crc)
		return false;
	h->extent.checked = true;
	return true;
}

/*
 * A copy or version whose word has just been entered is confirmed in the next microseconds, which
 * is waited for, where waiting is allowed; unless its writer was killed: then the keeper confirms
 * it when it seals the segment, and it is not there until then.
 */
static enum store_got
find_settled(struct store *s, struct volume *v, struct store_key k, enum store_how how, char *buf,
    size_t cap, struct store_found *f)
{
	enum store_got	 got = store_get_find(s, v, k, how, buf, cap, f);
	bool		 open;

	for (int try = 0; got == STORE_HIT && f->r.kind == RECORD_GROWING; try++) {
		open = segtab_state(v->segs, f->segment) == SEGTAB_OPEN;
		segtab_unpin(v->segs, s->slot, f->segment);
		if (!open || try == UNSETTLED_TRIES)
			return STORE_MISS;
		if (how == STORE_NOWAIT)
			return STORE_WOULD_BLOCK;
		usleep(UNSETTLED_US);
		got = store_get_find(s, v, k, how, buf, cap, f);
	}
	return got;
}

static enum store_got
get_from(struct store *s, struct volume *v, struct store_key k, enum store_how how, char *buf,
    size_t cap, struct store_hit *h)
{
	struct store_found	 f;
	enum store_got	 got = find_settled(s, v, k, how, buf, cap, &f);

	if (got != STORE_HIT)
		return got;
	if (f.r.kind == RECORD_OBJECT && f.r.body_len <= f.r.total) {
		store_fill_hit(h, &f.r, buf);
		h->base = f.r.body_len;
		store_get_extent(&h->extent, &f, k, 0);
		if (take_body(s, &f, h, how, buf)) {
			bucket_touch(f.at, f.word);
			return STORE_HIT;
		}
		store_get_drop(&f, "a damaged body");
	}
	segtab_unpin(v->segs, s->slot, f.segment);
	return STORE_MISS;
}

enum store_got
store_get(struct store *s, const struct store_key *k, enum store_how how, void *buf, size_t cap,
    struct store_hit *h)
{
	const uint8_t	*order;
	enum store_got	 got;

	OBJ_OK(s, STORE_TAG);
	MUST((uintptr_t)buf % sizeof(uint64_t) == 0 && cap >= sizeof(struct record));
	order = store_order(s, *k);
	for (unsigned i = 0; i < s->dirs_n; i++) {
		struct volume *v = &s->dirs[order[i]];

		if (!volume_on(v))
			continue;
		got = get_from(s, v, *k, how, buf, cap, h);
		if (got == STORE_HIT)
			volume_count(v, VOLUME_HITS);
		if (got != STORE_MISS)
			return got;
	}
	if (s->dirs_n > 0)
		volume_count(&s->dirs[order[0]], VOLUME_MISSES);
	return STORE_MISS;
}

/* The place that h was read from, pinned again if it is in the same life. */
static bool
pin_again(struct store *s, struct volume *v, struct store_extent *e, const struct bucket_match *m)
{
	uint64_t	 nonce, room;
	uint32_t	 segment;

	if (!bucket_same(m->word, e->word) ||
	    !catalog_pin(v, s->slot, m->word, &segment, &nonce, &room))
		return false;
	if (nonce != e->nonce) {
		segtab_unpin(v->segs, s->slot, segment);
		return false;
	}
	e->tag = STORE_EXTENT_TAG;
	e->pinned = 1;
	e->fd = v->fd;		/* another one if the cache_dir was off meanwhile */
	e->segment = segment;
	e->word = m->word;
	e->sendable = v->shared->sendable;
	e->checked = e->whole_len == 0;
	return true;
}

bool
store_get_again(struct store *s, const struct store_key *k, struct store_hit *h)
{
	const uint8_t		*order;
	struct bucket_match	 m[BUCKET_MATCHES];
	unsigned		 n;

	OBJ_OK(s, STORE_TAG);
	OBJ_OK(h, STORE_HIT_TAG);
	MUST(!h->extent.pinned);
	order = store_order(s, *k);
	for (unsigned i = 0; i < s->dirs_n; i++) {
		struct volume *v = &s->dirs[order[i]];

		n = volume_on(v) ? bucket_find(&v->index, *k, m) : 0;
		if (n == 0)
			continue;
		/* which of several words counts is known only by reading */
		if (n > 1 || v->number != h->extent.dir || !pin_again(s, v, &h->extent, m))
			return false;
		if (h->body.n == h->extent.whole_len)
			h->extent.checked = true;
		store_get_recall(s, &h->extent, STORE_NOWAIT);
		bucket_touch(m[0].at, m[0].word);
		volume_count(v, VOLUME_HITS);
		return true;
	}
	return false;
}

void
store_release(struct store *s, struct store_hit *h)
{
	OBJ_OK(h, STORE_HIT_TAG);
	if (h->extent.tag == STORE_EXTENT_TAG)
		store_extent_done(s, &h->extent);
}

void
store_prefetch(struct store *s, const struct store_key *k)
{
	OBJ_OK(s, STORE_TAG);
	for (unsigned i = 0; i < s->dirs_n; i++)
		if (volume_on(&s->dirs[i]))
			bucket_fetch(&s->dirs[i].index, *k);
}

bool
store_maybe(struct store *s, const struct store_key *k)
{
	OBJ_OK(s, STORE_TAG);
	for (unsigned i = 0; i < s->dirs_n; i++)
		if (volume_on(&s->dirs[i]) && bucket_has(&s->dirs[i].index, *k))
			return true;
	return false;
}
