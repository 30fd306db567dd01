/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The board: which processes there are, what they do, what they have counted, and the numbers that
 * requests get. One slot a process; a slot's words have one writer: the master while the slot is
 * free or its process is dead, else the process. A dead process's totals are kept (board_sweep),
 * its gauges forgotten. Lives in memory made before the fork; no pointers inside; every read is
 * judged. All functions but board_make and board_take do nothing (or answer 0) when b is NULL, so
 * that code runs without a board (tests, explain).
 */
#ifndef SHM_BOARD_H
#define SHM_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * TOTAL: only grows, survives its process. GAUGE: what is open now, ends with its process.
 */
#define BOARD_COUNTER_TABLE(C) \
	C(CONNECTIONS,		TOTAL, "client connections accepted") \
	C(CONNECTIONS_OPEN,	GAUGE, "client connections open") \
	C(REQUESTS,		TOTAL, "requests finished") \
	C(REQUESTS_OPEN,	GAUGE, "requests under way") \
	C(DENIED,		TOTAL, "requests refused by a rule") \
	C(FAILED,		TOTAL, "requests that failed") \
	C(CLIENT_IN,		TOTAL, "bytes received from clients") \
	C(CLIENT_OUT,		TOTAL, "bytes sent to clients") \
	C(TUNNELS,		TOTAL, "tunnels opened") \
	C(TUNNELS_OPEN,		GAUGE, "tunnels open") \
	C(ORIGIN_CONNECTIONS,	TOTAL, "connections to servers opened") \
	C(ORIGIN_REUSED,	TOTAL, "requests sent over a connection that was open already") \
	C(ORIGIN_IDLE,		GAUGE, "idle connections to servers") \
	C(ORIGIN_IN,		TOTAL, "bytes received from servers") \
	C(ORIGIN_OUT,		TOTAL, "bytes sent to servers") \
	C(LOG_RECORDS,		TOTAL, "records given to the logger") \
	C(LOG_WAITS,		TOTAL, "requests that waited because the log ring was full") \
	C(LOG_DROPPED,		TOTAL, "records dropped because the configuration says they may be") \
	C(TURNED_AWAY,		TOTAL, "connections closed at once because the system could watch no more descriptors") \
	C(UNCOUNTED,		TOTAL, "connections counted by their worker alone because the table of addresses was full")

enum board_counter {
#define C(symbol, kind, what) BOARD_##symbol,
	BOARD_COUNTER_TABLE(C)
#undef C
	BOARD_COUNTERS
};

enum board_role { BOARD_FREE, BOARD_WORKER, BOARD_LOGGER, BOARD_KEEPER, BOARD_ROLES };
enum board_state { BOARD_STARTING, BOARD_SERVING, BOARD_DRAINING, BOARD_ENDING, BOARD_DEAD,
    BOARD_STATES };

struct board_slot {
	_Atomic uint64_t	 pid;
	_Atomic uint64_t	 role;
	_Atomic uint64_t	 state;
	_Atomic uint64_t	 generation;	/* of the settings it runs with */
	_Atomic uint64_t	 worker;	/* index from 1; 0: no worker */
	_Atomic uint64_t	 since_us;	/* wall clock */
	_Atomic uint64_t	 count[BOARD_COUNTERS];
} __attribute__((aligned(64)));

struct board {
	uint64_t		 magic;
	uint32_t		 version, slots;
	uint64_t		 bytes;
	uint64_t		 started_us;	/* wall clock, when it was made */
	_Atomic uint64_t	 next_number __attribute__((aligned(64)));
	/* totals of processes that are gone */
	_Atomic uint64_t	 past[BOARD_COUNTERS] __attribute__((aligned(64)));
	struct board_slot	 slot[];
};

_Static_assert(sizeof(_Atomic uint64_t) == 8, "shared words are 64 bits");
_Static_assert(sizeof(struct board_slot) % 64 == 0, "a slot has cache lines of its own");

size_t		 board_size(unsigned slots);
/* zeroed: board_size bytes, 64-byte aligned. wall_us: now; request numbers start from it. */
struct board	*board_make(void *zeroed, unsigned slots, uint64_t wall_us);
/* False: these bytes are no board of this program. */
bool		 board_valid(const struct board *b, size_t bytes);

/* Master: the slot, which it knows to be free, is marked as starting with counters at 0. */
void		 board_take(struct board *b, unsigned slot, enum board_role role,
		    uint64_t generation, unsigned worker, uint64_t wall_us);
/*
 * Master, after the slot's process is dead and before the slot is free again: keeps its totals,
 * forgets its gauges.
 */
void		 board_sweep(struct board *b, unsigned slot);
/* Master, when nothing in the slot's name is left. */
void		 board_free(struct board *b, unsigned slot);

/* The process: this slot is mine (its pid, and request numbers from a range of its own). */
void		 board_enter(struct board *b, unsigned slot, uint64_t pid);
void		 board_set_state(struct board *b, unsigned slot, enum board_state state);

struct board_view {
	enum board_role		 role;
	enum board_state	 state;
	uint64_t		 pid, generation, worker, since_us;
};

/* False: the slot is free (or what it says makes no sense). */
bool		 board_read(const struct board *b, unsigned slot, struct board_view *v);
unsigned	 board_slots(const struct board *b);
/* Of all processes, those that are gone included (for a gauge: the living). */
uint64_t	 board_total(const struct board *b, enum board_counter which);
uint64_t	 board_count_of(const struct board *b, unsigned slot, enum board_counter which);

const char	*board_role_name(enum board_role r);
const char	*board_state_name(enum board_state s);
const char	*board_counter_name(enum board_counter c);	/* "CONNECTIONS_OPEN" */
const char	*board_counter_what(enum board_counter c);

/*
 * A number that no other request, of any process, before or after a restart, has: never 0, growing
 * within a process, and unique in this installation's lifetime as long as its clock is not set
 * back. Costs an atomic operation in 4096.
 */
uint64_t	 board_number(struct board *b);

/*
 * Adds to a counter of this process's own slot (n may be "negative" for a gauge: two's complement).
 */
static inline void
board_count(struct board *b, unsigned slot, enum board_counter which, uint64_t n)
{
	_Atomic uint64_t	*w;

	if (b == NULL)
		return;
	w = &b->slot[slot].count[which];
	atomic_store_explicit(w, atomic_load_explicit(w, memory_order_relaxed) + n,
	    memory_order_relaxed);
}

#endif
