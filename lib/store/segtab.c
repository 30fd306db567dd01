/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of segments. Every process reads it; a state is changed by who owns the segment in that
 * state.
 */
#include "store/segtab.h"

#include <string.h>
#include <sys/random.h>

#include "base/mem.h"
#include "base/must.h"
#include "store/crc32c.h"
#include "store/diskio.h"
#include "store/superblock.h"

#include <stdlib.h>

enum { DISK_ENTRY = 64 };
#define DISK_MAGIC	0x73736567U

/*
 * Two cache lines each, from a place that two divide, as they are fetched in pairs: one slot's pins
 * cost the others nothing.
 */
static uint32_t
row_of(uint32_t n)
{
	return (n + 31) & ~31U;
}

size_t
segtab_size(uint32_t n, uint32_t slots)
{
	return sizeof(struct segtab_shared) + (size_t)(n | 1) * sizeof(struct segtab_entry) +
	    (size_t)slots * row_of(n) * sizeof(uint32_t);
}

void
segtab_make(struct segtab *t, void *zeroed, uint32_t n, uint32_t slots)
{
	MUST(n > 0 && slots > 0);
	t->n = n;
	t->slots = slots;
	t->row = row_of(n);
	t->shared = zeroed;
	t->entry = (struct segtab_entry *)(void *)(t->shared + 1);
	t->pins = (_Atomic uint32_t *)(void *)(t->entry + (n | 1));
	t->shared->next_seq = 1;
}

static uint64_t
word_for(enum segtab_state s, enum segtab_kind kind, uint32_t slot)
{
	return (uint64_t)s | (uint64_t)kind << 8 | (uint64_t)slot << 16;
}

static enum segtab_state
state_of(uint64_t w)
{
	return ((w & 0xff) < SEGTAB_STATES) ? (enum segtab_state)(w & 0xff) : SEGTAB_FULL;
}

enum segtab_state
segtab_state(const struct segtab *t, uint32_t i)
{
	return state_of(t->entry[i].word);
}

enum segtab_kind
segtab_kind(const struct segtab *t, uint32_t i)
{
	return (t->entry[i].word >> 8 & 1) ? SEGTAB_MAIN : SEGTAB_FRESH;
}

uint32_t
segtab_slot(const struct segtab *t, uint32_t i)
{
	return (uint32_t)(t->entry[i].word >> 16 & 0xffff);
}

uint32_t
segtab_count(const struct segtab *t, enum segtab_state s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n; i++)
		n += segtab_state(t, i) == s;
	return n;
}

static uint64_t
new_nonce(void)
{
	uint64_t n;

	do
		MUST(getrandom(&n, sizeof n, 0) == (ssize_t)sizeof n);
	while (n == 0);
	return n;
}

int64_t
segtab_take(struct segtab *t, uint32_t slot, enum segtab_kind kind, uint32_t spare, uint64_t stamp)
{
	uint32_t from = t->shared->hint;

	if (spare > 0 && segtab_count(t, SEGTAB_FREE) <= spare)
		return -1;
	for (uint32_t k = 0; k < t->n; k++) {
		uint32_t i = (from + k) % t->n;
		struct segtab_entry *e = &t->entry[i];
		uint64_t was = e->word;

		if (state_of(was) != SEGTAB_FREE ||
		    !atomic_compare_exchange_strong(&e->word, &was,
		    word_for(SEGTAB_OPEN, kind, slot)))
			continue;
		/* others may have counted the same ones at this moment */
		if (spare > 0 && segtab_count(t, SEGTAB_FREE) < spare) {
			atomic_store(&e->word, word_for(SEGTAB_FREE, kind, slot));
			return -1;
		}
		e->nonce = new_nonce();
		e->seq = atomic_fetch_add(&t->shared->next_seq, 1);
		e->opened = stamp;
		e->busy = e->used = e->records = 0;
		e->toc_n = e->toc_at = e->toc_crc = e->started = e->torn = 0;
		t->shared->hint = (i + 1) % t->n;
		return i;
	}
	return -1;
}

void
segtab_reopen(struct segtab *t, uint32_t i, uint32_t slot, enum segtab_kind kind)
{
	struct segtab_entry	*e = &t->entry[i];

	e->toc_n = e->toc_at = e->toc_crc = 0;
	e->busy = 0;
	e->started = e->used;
	e->seq = atomic_fetch_add(&t->shared->next_seq, 1);
	atomic_store(&e->word, word_for(SEGTAB_OPEN, kind, slot));
}

void
segtab_set(struct segtab *t, uint32_t i, enum segtab_state s)
{
	atomic_store(&t->entry[i].word, word_for(s, segtab_kind(t, i), segtab_slot(t, i)));
}

static _Atomic uint32_t *
pin_of(const struct segtab *t, uint32_t slot, uint32_t i)
{
	return t->pins + (size_t)slot * t->row + i;
}

void
segtab_slot_died(struct segtab *t, uint32_t slot)
{
	MUST(slot < t->slots);
	for (uint32_t i = 0; i < t->n; i++) {
		if (*pin_of(t, slot, i) != 0)
			*pin_of(t, slot, i) = 0;
		if (segtab_slot(t, i) != slot)
			continue;
		if (t->entry[i].busy != 0)
			t->entry[i].torn = 1;
		t->entry[i].busy = 0;
		if (segtab_state(t, i) == SEGTAB_OPEN)
			segtab_set(t, i, SEGTAB_FULL);
	}
}

bool
segtab_pin(struct segtab *t, uint32_t slot, uint32_t i, uint64_t *nonce)
{
	enum segtab_state	 s;

	atomic_fetch_add(pin_of(t, slot, i), 1);
	s = segtab_state(t, i);
	*nonce = t->entry[i].nonce;
	if (s == SEGTAB_OPEN || s == SEGTAB_FULL || s == SEGTAB_SEALED)
		return true;
	segtab_unpin(t, slot, i);
	return false;
}

void
segtab_pin_more(struct segtab *t, uint32_t slot, uint32_t i)
{
	atomic_fetch_add_explicit(pin_of(t, slot, i), 1, memory_order_relaxed);
}

void
segtab_unpin(struct segtab *t, uint32_t slot, uint32_t i)
{
	atomic_fetch_sub_explicit(pin_of(t, slot, i), 1, memory_order_release);
}

bool
segtab_pinned(const struct segtab *t, uint32_t i)
{
	for (uint32_t slot = 0; slot < t->slots; slot++)
		if (atomic_load(pin_of(t, slot, i)) != 0)
			return true;
	return false;
}

int64_t
segtab_oldest(const struct segtab *t, enum segtab_kind kind)
{
	uint64_t least = UINT64_MAX;
	int64_t found = -1;

	for (uint32_t i = 0; i < t->n; i++) {
		if (segtab_state(t, i) == SEGTAB_SEALED && segtab_kind(t, i) == kind &&
		    t->entry[i].seq < least) {
			least = t->entry[i].seq;
			found = i;
		}
	}
	return found;
}

uint32_t
segtab_count_sealed(const struct segtab *t, enum segtab_kind kind)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n; i++)
		n += segtab_state(t, i) == SEGTAB_SEALED && segtab_kind(t, i) == kind;
	return n;
}

static uint32_t
crc_of(const struct segtab_disk *d)
{
	struct segtab_disk copy = *d;

	copy.crc = 0;
	return crc32c_more(0, &copy, sizeof copy);
}

static uint64_t
place_of(uint32_t i)
{
	return SUPERBLOCK_DIRECTORY + (uint64_t)i * DISK_ENTRY;
}

bool
segtab_write(const struct segtab *t, uint32_t i, int fd)
{
	const struct segtab_entry	*e = &t->entry[i];
	union { struct segtab_disk d; uint8_t bytes[DISK_ENTRY]; } u = { .d = {
		.magic = DISK_MAGIC, .nonce = e->nonce, .seq = e->seq, .opened = e->opened,
		.number = i, .sealed = segtab_state(t, i) == SEGTAB_SEALED,
		.kind = (uint8_t)segtab_kind(t, i), .used = e->used, .toc_n = e->toc_n,
		.toc_at = e->toc_at, .toc_crc = e->toc_crc,
	} };

	u.d.crc = crc_of(&u.d);
	return diskio_write(fd, &u, sizeof u, place_of(i));
}

bool
segtab_write_free(uint32_t i, int fd)
{
	static const uint8_t	 none[DISK_ENTRY];

	return diskio_write(fd, none, sizeof none, place_of(i));
}

static void
load_entry(struct segtab *t, uint32_t i, const struct segtab_disk *d, uint32_t segment_bytes)
{
	struct segtab_entry	*e = &t->entry[i];
	bool			 sealed = d->sealed == 1 && d->toc_at <= segment_bytes;

	e->nonce = d->nonce;
	e->seq = d->seq;
	e->opened = d->opened;
	e->used = (d->used <= segment_bytes) ? d->used : segment_bytes;
	e->toc_n = d->toc_n;
	e->toc_at = d->toc_at;
	e->toc_crc = d->toc_crc;
	e->busy = e->records = 0;
	e->torn = !sealed;
	e->word = word_for(sealed ? SEGTAB_SEALED : SEGTAB_FULL, (d->kind & 1) ? SEGTAB_MAIN :
	    SEGTAB_FRESH, 0xffff);
	if (d->seq >= t->shared->next_seq && d->seq < UINT64_MAX)
		t->shared->next_seq = d->seq + 1;
}

bool
segtab_load(struct segtab *t, int fd, uint32_t segment_bytes, uint64_t *stamp)
{
	size_t			 got, n = (size_t)t->n * DISK_ENTRY;
	uint8_t			*all = mem_zero(n);
	struct segtab_disk	 d;
	bool			 ok;

	ok = diskio_read(fd, all, n, place_of(0), false, &got) != DISKIO_ERROR;
	for (uint32_t i = 0; i < t->n && ok; i++) {
		memcpy(&d, all + (size_t)i * DISK_ENTRY, sizeof d);
		t->entry[i].word = word_for(SEGTAB_FREE, SEGTAB_FRESH, 0xffff);
		t->entry[i].nonce = 0;
		if (d.magic != DISK_MAGIC || d.crc != crc_of(&d) || d.number != i || d.nonce == 0)
			continue;
		load_entry(t, i, &d, segment_bytes);
		if (d.opened > *stamp)
			*stamp = d.opened;
	}
	free(all);
	return ok;
}
