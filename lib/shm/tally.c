/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts by key in shared memory. One table a process slot, written by that process alone; an entry
 * is guarded by a sequence word, so a reader of another process never adds a count to the wrong
 * key. A key lives within WINDOW entries of its home, so no search is long.
 */
#include "shm/tally.h"

#include <string.h>

#include "base/hash.h"
#include "base/must.h"

enum { WINDOW = 16, TALLY_MAGIC = TAG4('T', 'A', 'L', '1'), TRIES = 4 };

struct entry {
	_Atomic uint32_t	 seq;		/* odd: being changed; 0: never used */
	_Atomic uint32_t	 count;
	_Atomic uint64_t	 key[2];
	uint64_t		 spare;
};
_Static_assert(sizeof(struct entry) == 32, "two entries a cache line");

struct tally {
	uint32_t	 magic, slots, entries, spare[13];
	struct entry	 table[];
};

/*
 * The shape of this process's table, as it was made: what stands in shared memory may have been
 * written over.
 */
static uint32_t	 made_slots, made_entries;

size_t
tally_size(unsigned slots, unsigned entries)
{
	return sizeof(struct tally) + (size_t)slots * entries * sizeof(struct entry);
}

struct tally *
tally_make(void *zeroed, unsigned slots, unsigned entries)
{
	struct tally *t = zeroed;

	MUST(slots > 0 && entries > 0 && (entries & (entries - 1)) == 0);
	t->magic = TALLY_MAGIC;
	t->slots = made_slots = slots;
	t->entries = made_entries = entries;
	return t;
}

static struct entry *
at(const struct tally *t, unsigned slot, uint64_t hash, unsigned i)
{
	size_t index = (size_t)slot * made_entries + ((hash + i) & (made_entries - 1));

	return (struct entry *)(uintptr_t)&t->table[index];
}

static unsigned
window(void)
{
	return (made_entries < WINDOW) ? made_entries : WINDOW;
}

/* Only the slot's own process calls it. NULL: no room. */
static struct entry *
take(struct tally *t, unsigned slot, uint64_t hash, const uint64_t key[2], bool make)
{
	struct entry *room = NULL;
	uint32_t seq;

	for (unsigned i = 0; i < window(); i++) {
		struct entry *e = at(t, slot, hash, i);

		if (e->seq != 0 && e->key[0] == key[0] && e->key[1] == key[1])
			return e;
		if (room == NULL && e->count == 0)
			room = e;
		if (e->seq == 0)
			break;
	}
	if (!make || room == NULL)
		return NULL;
	seq = room->seq | 1;
	room->seq = seq;
	room->key[0] = key[0];
	room->key[1] = key[1];
	room->seq = (seq + 1 != 0) ? seq + 1 : 2;
	return room;
}

bool
tally_count(struct tally *t, unsigned slot, const uint8_t key[16], int delta)
{
	uint64_t k[2];
	struct entry *e;

	if (slot >= made_slots)
		return false;
	memcpy(k, key, sizeof(k));
	e = take(t, slot, hash_bytes(key, 16), k, delta > 0);
	if (e == NULL)
		return false;
	if (delta < 0 && e->count < (uint32_t)-delta)
		return false;
	e->count = (uint32_t)((int64_t)e->count + delta);
	return true;
}

/*
 * The slot's share. An entry that changes while it is read is read again, then taken as another
 * key's.
 */
static uint32_t
share(const struct tally *t, unsigned slot, uint64_t hash, const uint64_t key[2])
{
	for (unsigned i = 0; i < window(); i++) {
		struct entry *e = at(t, slot, hash, i);

		for (int try = 0; try < TRIES; try++) {
			uint32_t seq = e->seq, count;

			if (seq == 0)
				return 0;
			if (seq & 1)
				continue;
			if (e->key[0] != key[0] || e->key[1] != key[1])
				break;
			count = e->count;
			if (e->seq == seq)
				return count;
		}
	}
	return 0;
}

uint64_t
tally_sum(const struct tally *t, const uint8_t key[16])
{
	uint64_t hash = hash_bytes(key, 16), sum = 0, k[2];

	memcpy(k, key, sizeof(k));
	for (unsigned s = 0; s < made_slots; s++)
		sum += share(t, s, hash, k);
	return sum;
}

void
tally_clear(struct tally *t, unsigned slot)
{
	MUST(slot < made_slots);
	memset((void *)&t->table[(size_t)slot * made_entries], 0,
	    (size_t)made_entries * sizeof(struct entry));
}
