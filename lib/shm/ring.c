/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rings of records from a worker to the logger. The data is mapped twice in a row, so every record
 * is contiguous; a record exists once the head has moved past it, which is the writer's last store.
 * Nothing here is ever in a half-done state for the other side: a process may be killed between any
 * two instructions. The reader judges each record by its position, length and a check word. In
 * workers and the logger; the files are ring_file.c's.
 */
#include "shm/ring.h"

#include <string.h>

#include "base/must.h"
#include "shm/ring_inner.h"

struct record {
	uint32_t	 n;
	uint16_t	 dest, kind;
	uint64_t	 check;
};
_Static_assert(sizeof(struct record) == 16, "ring_cost counts on it");

static char *
data_at(const struct ring *r, uint64_t at)
{
	return r->data + (at & (r->size - 1));
}

/* The bytes after the end of the payload up to the next multiple of 8 are zero. */
static uint64_t
digest(uint64_t at, const struct record *c, const char *p)
{
	uint64_t	 h = at * 0x9e3779b97f4a7c15 ^ c->n, w;

	h ^= (uint64_t)c->dest << 48 | (uint64_t)c->kind << 32;
	for (size_t i = 0; i < c->n; i += 8) {
		memcpy(&w, p + i, 8);
		h = (h ^ w) * 0xff51afd7ed558ccd;
		h ^= h >> 29;
	}
	return h ^ RING_MAGIC;
}

uint64_t
ring_id(const struct ring *r)
{
	return r->id;
}

size_t
ring_size(const struct ring *r)
{
	return r->size;
}

bool
ring_reset_writer(struct ring *r)
{
	uint64_t	 tail = atomic_load(&r->m->tail), head;
	bool		 good;

	ring_settle(r);
	head = atomic_load(&r->m->head);
	good = head - tail <= r->size && head % 8 == 0;
	if (!good)
		atomic_store(&r->m->head, tail);
	atomic_store(&r->m->held, atomic_load(&r->m->head));
	r->m->tail_seen = tail;
	r->m->holding = 0;
	return good;
}

void
ring_hold(struct ring *r)
{
	r->m->holding = 1;
}

void
ring_show(struct ring *r)
{
	r->m->holding = 0;
	atomic_store_explicit(&r->m->head, atomic_load_explicit(&r->m->held, memory_order_relaxed),
	    memory_order_release);
}

void
ring_drop(struct ring *r)
{
	r->m->holding = 0;
	atomic_store_explicit(&r->m->held, atomic_load_explicit(&r->m->head, memory_order_relaxed),
	    memory_order_relaxed);
}

/* Whether from `at` to `held` there is nothing but whole records. */
static bool
whole(const struct ring *r, uint64_t at, uint64_t held)
{
	while (at != held) {
		struct record	 c;
		const char	*from = data_at(r, at);

		memcpy(&c, from, sizeof c);
		if (c.n > RING_RECORD_MAX || ring_cost(c.n) > held - at ||
		    digest(at, &c, from + sizeof c) != c.check)
			return false;
		at += ring_cost(c.n);
	}
	return true;
}

struct ring_position
ring_position(const struct ring *r)
{
	return (struct ring_position){ atomic_load(&r->m->head), atomic_load(&r->m->held) };
}

bool
ring_settle_at(struct ring *r, struct ring_position p)
{
	if (p.held == p.head || p.held - p.head > r->size ||
	    p.held - atomic_load(&r->m->tail) > r->size || p.held % 8 != 0 || p.head % 8 != 0 ||
	    !whole(r, p.head, p.held))
		return false;
	return atomic_compare_exchange_strong(&r->m->head, &p.head, p.held);
}

bool
ring_settle(struct ring *r)
{
	return ring_settle_at(r, ring_position(r));
}

static size_t
room_for(struct ring *r, size_t cost)
{
	uint64_t	 held = atomic_load_explicit(&r->m->held, memory_order_relaxed);
	uint64_t	 used = held - r->m->tail_seen;

	if (used + cost > r->size) {
		r->m->tail_seen = atomic_load_explicit(&r->m->tail, memory_order_acquire);
		used = held - r->m->tail_seen;
	}
	return used <= r->size ? r->size - used : 0;
}

size_t
ring_room(struct ring *r)
{
	size_t	 room = room_for(r, r->size);

	return room > sizeof(struct record) ? room - sizeof(struct record) : 0;
}

void *
ring_reserve(struct ring *r, size_t n)
{
	if (n > RING_RECORD_MAX || room_for(r, ring_cost(n)) < ring_cost(n))
		return NULL;
	return data_at(r, atomic_load_explicit(&r->m->held, memory_order_relaxed)) +
	    sizeof(struct record);
}

void
ring_commit(struct ring *r, uint16_t dest, uint16_t kind, size_t n)
{
	uint64_t	 head = atomic_load_explicit(&r->m->held, memory_order_relaxed);
	struct record	 c = { .n = (uint32_t)n, .dest = dest, .kind = kind };
	char		*p = data_at(r, head) + sizeof c;

	MUST(n <= RING_RECORD_MAX);
	memset(p + n, 0, (8 - n % 8) % 8);
	c.check = digest(head, &c, p);
	memcpy(p - sizeof c, &c, sizeof c);
	atomic_store_explicit(&r->m->held, head + ring_cost(n), memory_order_release);
	if (r->m->holding == 0)
		atomic_store_explicit(&r->m->head, head + ring_cost(n), memory_order_release);
}

bool
ring_put(struct ring *r, uint16_t dest, uint16_t kind, const void *p, size_t n)
{
	void	*to = ring_reserve(r, n);

	if (to == NULL)
		return false;
	if (n > 0)
		memcpy(to, p, n);
	ring_commit(r, dest, kind, n);
	return true;
}

bool
ring_wants_wake(struct ring *r)
{
	uint32_t	 reader;

	atomic_thread_fence(memory_order_seq_cst);	/* the head before the reader's word */
	reader = atomic_load_explicit(&r->m->reader, memory_order_relaxed);
	if (__builtin_expect(reader == RING_AWAKE, 1))
		return false;
	if (reader == RING_NAPPING && ring_used(r) < r->size / 2)
		return false;
	return atomic_exchange(&r->m->reader, RING_AWAKE) != RING_AWAKE;
}

uint64_t
ring_tail(const struct ring *r)
{
	return atomic_load_explicit(&r->m->tail, memory_order_relaxed);
}

uint64_t
ring_head(const struct ring *r)
{
	return atomic_load_explicit(&r->m->head, memory_order_acquire);
}

bool
ring_next(struct ring *r, uint64_t *at, uint16_t *dest, uint16_t *kind, const void **p, size_t *n)
{
	uint64_t	 head = ring_head(r), left = head - *at;
	struct record	 c;
	const char	*from = data_at(r, *at);

	if (left == 0)
		return false;
	if (left >= sizeof c && left <= r->size && *at % 8 == 0) {
		memcpy(&c, from, sizeof c);
		if (c.n <= RING_RECORD_MAX && ring_cost(c.n) <= left &&
		    digest(*at, &c, from + sizeof c) == c.check) {
			*dest = c.dest;
			*kind = c.kind;
			*p = from + sizeof c;
			*n = c.n;
			*at += ring_cost(c.n);
			return true;
		}
	}
	atomic_fetch_add(&r->m->damaged, 1);
	*at = head;
	return false;
}

void
ring_free_to(struct ring *r, uint64_t at)
{
	atomic_store_explicit(&r->m->tail, at, memory_order_release);
}

void
ring_sleep(struct ring *r, enum ring_reader how)
{
	atomic_store(&r->m->reader, (uint32_t)how);
	atomic_thread_fence(memory_order_seq_cst);
}

uint64_t
ring_used(const struct ring *r)
{
	return ring_head(r) - atomic_load_explicit(&r->m->tail, memory_order_relaxed);
}

uint64_t
ring_damaged(const struct ring *r)
{
	return atomic_load_explicit(&r->m->damaged, memory_order_relaxed);
}
