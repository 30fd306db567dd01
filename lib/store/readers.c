/* SPDX-License-Identifier: Apache-2.0 */
/* The table of those who read. Any process; takes no lock. */
#include "store/readers.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"
#include "store/store.h"

enum { STORES = 1, DIR_AT = 1, DIR_MASK = 127, STAMP_AT = 8 };
_Static_assert((int)STORE_DIRS_MAX <= (int)DIR_MASK, "seven bits");

size_t
readers_size(uint32_t slots, uint32_t each)
{
	return (size_t)slots * sizeof(struct readers_row) + (size_t)slots * each *
	    sizeof(struct readers_entry);
}

bool
readers_make(struct readers *r, void *zeroed, uint32_t slots, uint32_t each)
{
	MUST(slots > 0 && each > 0);
	*r = (struct readers){ .slots = slots, .each = each, .row = zeroed };
	r->entry = (struct readers_entry *)(void *)(r->row + slots);
	r->spare = malloc((size_t)each * sizeof *r->spare);
	return r->spare != NULL;
}

void
readers_free(struct readers *r)
{
	free(r->spare);
	r->spare = NULL;
}

static struct readers_entry *
entry_at(const struct readers *r, uint32_t slot, uint32_t i)
{
	return r->entry + (size_t)slot * r->each + i;
}

static uint32_t
high_of(const struct readers *r, uint32_t slot)
{
	uint32_t high = r->row[slot].high;

	return (high < r->each) ? high : r->each;
}

void
readers_join(struct readers *r, uint32_t slot)
{
	r->slot = slot;
	r->spare_n = 0;
}

void
readers_slot_died(struct readers *r, uint32_t slot)
{
	for (uint32_t i = high_of(r, slot); i-- > 0;)
		entry_at(r, slot, i)->body_id = 0;
	r->row[slot].high = r->row[slot].used = 0;
}

uint32_t
readers_begin(struct readers *r, const struct readers_new *n)
{
	struct readers_row	*row = &r->row[r->slot];
	struct readers_entry	*e;
	uint32_t		 i;

	if (r->spare_n > 0) {
		i = r->spare[--r->spare_n];
	} else {
		i = high_of(r, r->slot);
		if (i == r->each)
			return 0;
		row->high = i + 1;
	}
	e = entry_at(r, r->slot, i);
	atomic_store_explicit(&e->from, n->from, memory_order_relaxed);
	atomic_store_explicit(&e->to, n->to, memory_order_relaxed);
	atomic_store_explicit(&e->since,
	    n->stamp << STAMP_AT | (uint64_t)n->dir << DIR_AT | (n->stores ? STORES : 0),
	    memory_order_relaxed);
	atomic_store_explicit(&e->total, STORE_UNKNOWN, memory_order_relaxed);
	atomic_store_explicit(&row->used, row->used + 1, memory_order_release);
	e->body_id = n->body_id;
	return i + 1;
}

struct readers_entry *
readers_entry(const struct readers *r, uint32_t id)
{
	MUST(id > 0 && id <= r->each);
	return entry_at(r, r->slot, id - 1);
}

void
readers_end(struct readers *r, uint32_t id)
{
	struct readers_row	*row = &r->row[r->slot];

	atomic_store_explicit(&readers_entry(r, id)->body_id, 0, memory_order_release);
	atomic_store_explicit(&row->used, row->used - 1, memory_order_release);
	MUST(r->spare_n < r->each);
	r->spare[r->spare_n++] = id - 1;
}

/*
 * An entry may be given to another body between the look and the writing. Then that one has a wrong
 * length, which a reader of a complete body never looks at, and a reader of one that grows finds no
 * last chunk for: their lengths would have to be the same.
 */
void
readers_complete(struct readers *r, uint64_t body_id, uint64_t total)
{
	uint64_t end;

	for (uint32_t slot = 0; slot < r->slots; slot++)
		for (uint32_t i = high_of(r, slot); i-- > 0;) {
			struct readers_entry *e = entry_at(r, slot, i);

			if (e->body_id != body_id)
				continue;
			end = STORE_UNKNOWN;
			e->total = total;
			atomic_compare_exchange_strong(&e->to, &end, total);
		}
}

bool
readers_none(const struct readers *r)
{
	for (uint32_t slot = 0; slot < r->slots; slot++)
		if (r->row[slot].used != 0)
			return false;
	return true;
}

bool
readers_want(const struct readers *r, uint64_t body_id, uint64_t from, uint64_t to, uint64_t stamp)
{
	for (uint32_t slot = 0; slot < r->slots; slot++)
		for (uint32_t i = high_of(r, slot); i-- > 0;) {
			const struct readers_entry *e = entry_at(r, slot, i);

			if (e->body_id == body_id && e->from < to && e->to > from &&
			    e->since >> STAMP_AT >= stamp)
				return true;
		}
	return false;
}

uint64_t
readers_lag(const struct readers *r, uint64_t body_id, uint64_t pos, uint64_t most)
{
	uint64_t lag = 0, from;

	for (uint32_t slot = 0; slot < r->slots; slot++) {
		uint32_t n = high_of(r, slot);

		for (uint32_t i = 0; i < n && i < READERS_LOOK; i++) {
			const struct readers_entry *e = entry_at(r, slot, i);

			from = e->from;
			if (e->body_id == body_id && from < pos && pos - from <= most &&
			    pos - from > lag)
				lag = pos - from;
		}
	}
	return lag;
}

/* ---- what is wanted, within bounds ---- */

struct want {
	struct readers_body	 b;
	uint64_t		 since;
	size_t			 group;		/* of its body */
};

/* One entry as it is at one moment; false: it is none of this cache_dir's. */
static bool
copy(const struct readers_entry *e, uint32_t dir, struct want *w)
{
	*w = (struct want){ .b = { .body_id = e->body_id } };
	if (w->b.body_id == 0)
		return false;
	w->b.from = e->from;
	w->b.to = e->to;
	w->since = e->since;
	return e->body_id == w->b.body_id && (w->since >> DIR_AT & DIR_MASK) == dir &&
	    w->b.from < w->b.to;
}

static struct want *
collect(const struct readers *r, uint32_t dir, size_t *n)
{
	struct want	*all = NULL, w;
	size_t		 cap = 0;

	*n = 0;
	for (uint32_t slot = 0; slot < r->slots; slot++)
		for (uint32_t i = high_of(r, slot); i-- > 0;) {
			if (!copy(entry_at(r, slot, i), dir, &w))
				continue;
			all = mem_room(all, *n, &cap, sizeof *all);
			all[(*n)++] = w;
		}
	return all;
}

/* Who stores a body before those who read it. */
static int
by_body(const void *a, const void *b)
{
	const struct want	*x = a, *y = b;

	if (x->b.body_id != y->b.body_id)
		return (x->b.body_id < y->b.body_id) ? -1 : 1;
	return (int)(y->since & STORES) - (int)(x->since & STORES);
}

static int
by_age(const void *a, const void *b)
{
	const struct want	*x = a, *y = b;

	return (x->since > y->since) - (x->since < y->since);
}

/* Numbers the bodies; nobody wants more of one than is stored of it. Returns their number. */
static size_t
group(struct want *w, size_t n)
{
	uint64_t end = UINT64_MAX;
	size_t	 groups = 0;

	for (size_t i = 0; i < n; i++) {
		if (i == 0 || w[i].b.body_id != w[i - 1].b.body_id) {
			groups++;
			end = (w[i].since & STORES) ? w[i].b.to : UINT64_MAX;
		}
		w[i].group = groups - 1;
		if (w[i].b.to > end)
			w[i].b.to = end;
	}
	return groups;
}

static uint64_t
length(const struct readers_body *b)
{
	return (b->from < b->to) ? b->to - b->from : 0;
}

static struct readers_body
both(const struct readers_body *a, const struct readers_body *b)
{
	if (length(a) == 0)
		return *b;
	return (struct readers_body){ b->body_id, (a->from < b->from) ? a->from : b->from,
	    (a->to > b->to) ? a->to : b->to };
}

void
readers_list(const struct readers *r, uint32_t dir, uint64_t most, struct readers_list *l)
{
	size_t		 n, groups, kept = 0;
	struct want	*w = collect(r, dir, &n);
	uint64_t	 sum = 0;

	*l = (struct readers_list){ 0 };
	if (n == 0)
		return;
	qsort(w, n, sizeof *w, by_body);
	groups = group(w, n);
	l->body = mem_zero(groups * sizeof *l->body);
	qsort(w, n, sizeof *w, by_age);
	for (size_t i = 0; i < n; i++) {
		struct readers_body *b = &l->body[w[i].group], more = both(b, &w[i].b);

		if (length(&w[i].b) == 0 || length(&more) - length(b) > most - sum)
			continue;
		sum += length(&more) - length(b);
		*b = more;
	}
	for (size_t i = 0; i < groups; i++)
		if (l->body[i].body_id != 0)
			l->body[kept++] = l->body[i];
	l->n = kept;
	free(w);
}

bool
readers_listed(const struct readers_list *l, uint64_t body_id, uint64_t from, uint64_t to)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->body[mid].body_id < body_id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < l->n && l->body[low].body_id == body_id && l->body[low].from < to &&
	    l->body[low].to > from;
}
