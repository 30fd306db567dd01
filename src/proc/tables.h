/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory that all processes share (core/shared.h): made once by the master, before it forks for
 * the first time, for as many process slots as there will ever be; repaired by it after every
 * death.
 */
#ifndef PROC_TABLES_H
#define PROC_TABLES_H

#include <stdbool.h>
#include <stdint.h>

enum {
	TABLES_SLOTS_MIN = 64, TABLES_SLOTS_PER_WORKER = 32,
	/*
	 * as many as the logger has rings (log/logdest.h); with the master's, as the store has
	 * slots (store/store.h)
	 */
	TABLES_SLOTS_MAX = 255,
	TABLES_ADDRESSES = 8192,	/* client addresses with open connections, per process */
	TABLES_SIGHTINGS = 65536, TABLES_CREDENTIALS = 16384,
};

/* Process slots for that many workers. */
unsigned	 tables_slots(uint64_t workers);
/* Fills `shared`. False with errno. */
bool		 tables_make(unsigned slots);
/*
 * What a dead process held is given back: its counts, its share of tallies. The slot is free
 * afterwards.
 */
void		 tables_sweep(unsigned slot);

#endif
