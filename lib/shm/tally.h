/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts by key, shared by all workers: connections per client address. Each process slot has a
 * table of its own that only it writes, so nothing is locked and a dead process's share is cleared
 * by clearing its table; readers add the slots up. Lives in memory the master made before it
 * forked; no pointers inside.
 */
#ifndef SHM_TALLY_H
#define SHM_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tally;

/* entries: a power of two, per slot */
size_t		 tally_size(unsigned slots, unsigned entries);
struct tally	*tally_make(void *zeroed, unsigned slots, unsigned entries);
/*
 * +1 or -1 for this slot's share; false when its table is full: the caller must not count down what
 * was not counted.
 */
bool		 tally_count(struct tally *t, unsigned slot, const uint8_t key[16], int delta);
uint64_t	 tally_sum(const struct tally *t, const uint8_t key[16]);
/* the master, after the slot's process died; or its owner at its start */
void		 tally_clear(struct tally *t, unsigned slot);

#endif
