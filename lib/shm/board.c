/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The board of processes, in every process. The master takes, sweeps and frees slots; a process
 * writes its own. Nothing is locked: a process killed anywhere leaves words that are each whole.
 */
#include "shm/board.h"

#include "base/must.h"

#define BOARD_MAGIC	UINT64_C(0x73657069612d6264)	/* "sepia-bd" */
#define GET(w)		atomic_load_explicit(&(w), memory_order_relaxed)
#define PUT(w, v)	atomic_store_explicit(&(w), (v), memory_order_relaxed)

enum { VERSION = 1, BLOCK = 4096 };

/*
 * How many slots this process's board was made with: what stands in shared memory may have been
 * written over.
 */
static unsigned	 made_slots;

/* This process's share of request numbers; thrown away by board_enter, because a fork copies it. */
static uint64_t	 number_next, number_end;

size_t
board_size(unsigned slots)
{
	return sizeof(struct board) + (size_t)slots * sizeof(struct board_slot);
}

struct board *
board_make(void *zeroed, unsigned slots, uint64_t wall_us)
{
	struct board	*b = zeroed;

	MUST(b != NULL && slots > 0 && (uintptr_t)zeroed % 64 == 0);
	b->version = VERSION;
	b->slots = made_slots = slots;
	b->bytes = board_size(slots);
	b->started_us = wall_us;
	/*
	 * 4096 numbers a microsecond: no run uses them up before the next one starts, and 2^52
	 * microseconds last until 2112.
	 */
	PUT(b->next_number, wall_us << 12);
	atomic_thread_fence(memory_order_release);
	b->magic = BOARD_MAGIC;
	number_next = number_end = 0;
	return b;
}

bool
board_valid(const struct board *b, size_t bytes)
{
	return bytes >= sizeof *b && b->magic == BOARD_MAGIC && b->version == VERSION &&
	    b->slots > 0 && b->bytes <= bytes && b->bytes == board_size(b->slots);
}

void
board_take(struct board *b, unsigned slot, enum board_role role, uint64_t generation,
    unsigned worker, uint64_t wall_us)
{
	struct board_slot	*s;

	MUST(b != NULL && slot < made_slots && role > BOARD_FREE && role < BOARD_ROLES);
	s = &b->slot[slot];
	PUT(s->pid, 0);
	PUT(s->state, BOARD_STARTING);
	PUT(s->generation, generation);
	PUT(s->worker, worker);
	PUT(s->since_us, wall_us);
	for (unsigned c = 0; c < BOARD_COUNTERS; c++)
		PUT(s->count[c], 0);
	atomic_store_explicit(&s->role, role, memory_order_release);
}

static const struct {
	const char	*name, *what;
	bool		 total;
} rows[] = {
#define TOTAL true
#define GAUGE false
#define C(symbol, kind, what) { #symbol, what, kind },
	BOARD_COUNTER_TABLE(C)
#undef C
#undef GAUGE
#undef TOTAL
};

void
board_sweep(struct board *b, unsigned slot)
{
	struct board_slot	*s;

	if (b == NULL)
		return;
	MUST(slot < made_slots);
	s = &b->slot[slot];
	PUT(s->state, BOARD_DEAD);
	for (unsigned c = 0; c < BOARD_COUNTERS; c++) {
		uint64_t	 n = GET(s->count[c]);

		/*
		 * First out of the slot, then into the past: a reader in between sees too little,
		 * never too much.
		 */
		PUT(s->count[c], 0);
		if (rows[c].total)
			PUT(b->past[c], GET(b->past[c]) + n);
	}
}

void
board_free(struct board *b, unsigned slot)
{
	if (b == NULL)
		return;
	MUST(slot < made_slots);
	PUT(b->slot[slot].pid, 0);
	atomic_store_explicit(&b->slot[slot].role, BOARD_FREE, memory_order_release);
}

void
board_enter(struct board *b, unsigned slot, uint64_t pid)
{
	number_next = number_end = 0;
	if (b == NULL)
		return;
	MUST(slot < made_slots);
	PUT(b->slot[slot].pid, pid);
}

void
board_set_state(struct board *b, unsigned slot, enum board_state state)
{
	if (b == NULL)
		return;
	MUST(slot < made_slots);
	PUT(b->slot[slot].state, state);
}

bool
board_read(const struct board *b, unsigned slot, struct board_view *v)
{
	const struct board_slot	*s;
	uint64_t		 role, state;

	if (b == NULL || slot >= made_slots)
		return false;
	s = &b->slot[slot];
	role = atomic_load_explicit(&s->role, memory_order_acquire);
	state = GET(s->state);
	if (role == BOARD_FREE || role >= BOARD_ROLES || state >= BOARD_STATES)
		return false;
	*v = (struct board_view){ (enum board_role)role, (enum board_state)state, GET(s->pid),
	    GET(s->generation), GET(s->worker), GET(s->since_us) };
	return true;
}

unsigned
board_slots(const struct board *b)
{
	return b == NULL ? 0 : made_slots;
}

uint64_t
board_count_of(const struct board *b, unsigned slot, enum board_counter which)
{
	MUST(which < BOARD_COUNTERS);
	return b == NULL || slot >= made_slots ? 0 : GET(b->slot[slot].count[which]);
}

uint64_t
board_total(const struct board *b, enum board_counter which)
{
	uint64_t	 sum;

	if (b == NULL)
		return 0;
	MUST(which < BOARD_COUNTERS);
	sum = GET(b->past[which]);
	for (unsigned i = 0; i < made_slots; i++)
		sum += GET(b->slot[i].count[which]);
	return sum;
}

const char *
board_role_name(enum board_role r)
{
	static const char *const	 names[] = { "free", "worker", "logger", "keeper" };

	return r < BOARD_ROLES ? names[r] : "?";
}

const char *
board_state_name(enum board_state s)
{
	static const char *const	 names[] = { "starting", "serving", "draining", "ending",
	    "dead" };

	return s < BOARD_STATES ? names[s] : "?";
}

const char *
board_counter_name(enum board_counter c)
{
	return c < BOARD_COUNTERS ? rows[c].name : "?";
}

const char *
board_counter_what(enum board_counter c)
{
	return c < BOARD_COUNTERS ? rows[c].what : "?";
}

uint64_t
board_number(struct board *b)
{
	if (number_next == number_end) {
		static _Atomic uint64_t	 alone = 1;

		number_next = atomic_fetch_add_explicit(b != NULL ? &b->next_number : &alone, BLOCK,
		    memory_order_relaxed);
		number_end = number_next + BLOCK;
	}
	return number_next++;
}
