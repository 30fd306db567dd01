/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of contents. Runs in the keeper. */
#include "store/toc.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/crc32c.h"
#include "store/diskio.h"

enum {
	STEP = 262144, PIECE = 65536,
	HEAD_MOST = sizeof(struct record) + STORE_ATTR_MAX + STORE_HEAD_MAX,
	WINDOW = STEP + HEAD_MOST,
};

struct walk {
	const struct volume	*v;
	/* from: the segment's place; at: in the segment */
	uint64_t		 from, at, size, nonce;
	bool			 growing, torn;	/* those too; look at bodies */
	char			*window;
	uint64_t		 window_at;
	size_t			 window_n;
};

/* Makes the window hold whatever head begins at w->at. */
static bool
look(struct walk *w)
{
	uint64_t need = (w->size - w->at < HEAD_MOST) ? w->size - w->at : HEAD_MOST, all;

	if (w->at >= w->window_at && w->at + need <= w->window_at + w->window_n)
		return true;
	all = (w->size - w->at < WINDOW) ? w->size - w->at : WINDOW;
	w->window_at = w->at;
	/* a file cut short ends the walk, not the reading of others */
	return diskio_read(w->v->fd, w->window, all, w->from + w->at, false,
	    &w->window_n) != DISKIO_ERROR;
}

void
toc_add(struct toc *t, const struct toc_entry *e)
{
	t->entries = mem_room(t->entries, t->n, &t->cap, sizeof *t->entries);
	t->entries[t->n++] = *e;
}

static void
add(struct toc *t, const struct record *r, uint64_t offset, uint64_t length)
{
	toc_add(t, &(struct toc_entry){ record_index_key(r), r->stamp,
	    (uint32_t)(offset / RECORD_ALIGN), (uint32_t)(length / RECORD_ALIGN) << 4 | r->kind });
}

/* Who is killed in a write leaves its beginning: a head, and only a part of the body. */
static bool
is_whole(const struct walk *w, const struct record *r)
{
	uint64_t	 at = w->from + w->at + record_body_at(r);
	uint32_t	 crc = 0;
	size_t		 n, got;
	char		*piece;

	if (!w->torn || r->body_len == 0)
		return true;
	piece = mem_alloc(PIECE);
	for (uint32_t done = 0; done < r->body_len; done += (uint32_t)n) {
		n = (r->body_len - done < PIECE) ? r->body_len - done : PIECE;
		if (diskio_read(w->v->fd, piece, n, at + done, false, &got) != DISKIO_OK)
			break;
		crc = crc32c_more(crc, piece, n);
	}
	free(piece);
	return crc == r->body_crc;
}

static void
step(struct walk *w, struct toc *t)
{
	size_t			 have = w->window_n - (size_t)(w->at - w->window_at);
	const struct record	*r =
	    (const struct record *)(const void *)(w->window + (w->at - w->window_at));
	uint64_t		 length;

	if (have < sizeof *r) {
		w->at = w->size;
		return;
	}
	if (!record_plausible(r, w->nonce, w->size - w->at) || record_body_at(r) > have ||
	    (r->kind == RECORD_GROWING && !w->growing) || !record_intact(r) || !is_whole(w, r)) {
		w->at += RECORD_ALIGN;
		return;
	}
	length = record_room(r->attr_len, r->head_len, r->body_len);
	add(t, r, w->at, length);
	w->at += length;
}

static bool
scan(const struct volume *v, uint32_t segment, bool growing, struct toc *t)
{
	struct walk	 w = { .v = v, .from = volume_segment_at(v, segment),
	    .size = v->super.segment_bytes, .nonce = v->segs->entry[segment].nonce,
	    .growing = growing, .torn = v->segs->entry[segment].torn };
	bool		 ok = true;

	*t = (struct toc){ 0 };
	if (w.nonce == 0)
		return true;
	w.window = mem_alloc(WINDOW);
	while (ok && w.at + sizeof(struct record) <= w.size) {
		ok = look(&w);
		if (ok)
			step(&w, t);
	}
	free(w.window);
	if (!ok)
		toc_free(t);
	return ok;
}

bool
toc_scan(const struct volume *v, uint32_t segment, struct toc *t)
{
	return scan(v, segment, false, t);
}

bool
toc_scan_all(const struct volume *v, uint32_t segment, struct toc *t)
{
	return scan(v, segment, true, t);
}

static bool
fits(const struct volume *v, const struct toc_entry *e)
{
	return toc_kind(e) >= RECORD_OBJECT && toc_kind(e) <= RECORD_TOMB &&
	    toc_offset(e) + toc_length(e) <= v->super.segment_bytes;
}

bool
toc_load(const struct volume *v, uint32_t segment, struct toc *t)
{
	const struct segtab_entry	*e = &v->segs->entry[segment];
	size_t				 n = e->toc_n, got;
	uint64_t			 at = e->toc_at;
	bool				 good;

	if (segtab_state(v->segs, segment) == SEGTAB_OPEN || at == 0 ||
	    at + n * sizeof *t->entries > v->super.segment_bytes)
		return toc_scan(v, segment, t);
	*t = (struct toc){ .entries = mem_alloc(n * sizeof *t->entries + 1), .n = n, .cap = n };
	good = diskio_read(v->fd, t->entries, n * sizeof *t->entries,
	    volume_segment_at(v, segment) + at, false, &got) == DISKIO_OK &&
	    crc32c_more(0, t->entries, n * sizeof *t->entries) == e->toc_crc;
	for (size_t i = 0; i < n && good; i++)
		good = fits(v, &t->entries[i]);
	if (good)
		return true;
	toc_free(t);
	return toc_scan(v, segment, t);
}

uint64_t
toc_end(const struct toc *t)
{
	uint64_t last = 0;

	for (size_t i = 0; i < t->n; i++)
		if (toc_offset(&t->entries[i]) + toc_length(&t->entries[i]) > last)
			last = toc_offset(&t->entries[i]) + toc_length(&t->entries[i]);
	return last;
}

bool
toc_write(struct volume *v, uint32_t segment, const struct toc *t)
{
	struct segtab_entry	*e = &v->segs->entry[segment];
	uint64_t		 at;

	e->toc_n = e->toc_at = e->toc_crc = 0;
	if (toc_room(t->n) + toc_end(t) > v->super.segment_bytes)
		return true;
	at = v->super.segment_bytes - toc_room(t->n);
	if (t->n > 0 && !volume_write(v, t->entries, t->n * sizeof *t->entries,
	    volume_segment_at(v, segment) + at))
		return false;
	e->toc_n = (uint32_t)t->n;
	e->toc_at = (uint32_t)at;
	e->toc_crc = crc32c_more(0, t->entries, t->n * sizeof *t->entries);
	return true;
}

static int
compare(const void *a, const void *b)
{
	const struct toc_entry	*x = a, *y = b;

	if (x->key.w[0] != y->key.w[0])
		return (x->key.w[0] < y->key.w[0]) ? -1 : 1;
	if (x->key.w[1] != y->key.w[1])
		return (x->key.w[1] < y->key.w[1]) ? -1 : 1;
	return (x->stamp > y->stamp) - (x->stamp < y->stamp);
}

void
toc_sort(struct toc *t)
{
	if (t->n > 0)
		qsort(t->entries, t->n, sizeof *t->entries, compare);
}

bool
toc_has_newer(const struct toc *sorted, const struct toc_entry *e)
{
	size_t low = 0, high = sorted->n;	/* the first that is greater */

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare(&sorted->entries[mid], e) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < sorted->n && record_key_eq(sorted->entries[low].key, e->key);
}

void
toc_free(struct toc *t)
{
	free(t->entries);
	*t = (struct toc){ 0 };
}
