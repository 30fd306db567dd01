/* SPDX-License-Identifier: Apache-2.0 */
/*
 * This process's view of the memory that all processes share. The master fills it before it forks;
 * a worker sets slot and ring. Members are NULL in tests, -k parse and explain: whoever uses one
 * does without.
 */
#ifndef CORE_SHARED_H
#define CORE_SHARED_H

#include <stdbool.h>
#include <stdint.h>

struct board;
struct tally;
struct sightings;
struct credcache;
struct ring;
struct store;

struct shared {
	/* process slots, counters, request numbers (lib/shm/board.h) */
	struct board		*board;
	struct tally		*connections;	/* client connections per address */
	struct sightings	*user_ips;
	struct credcache	*credentials;
	uint8_t			 secret[32];	/* drawn by the master: keys digests */
	unsigned		 slot;		/* of this process */
	unsigned		 worker;	/* index from 1; 0: no worker */
	struct ring		*ring;		/* this worker's records to the logger */
	int			 logger_wake;	/* eventfd; -1: none */
	/* the object store (lib/store/store.h); NULL: no cache. Its cache_dirs may be off */
	struct store		*store;
	/* of this process, in a worker or the keeper; 0: the master's */
	unsigned		 store_slot;
	/* a worker that was told to finish: no keep-alive, no accepting */
	bool			 draining;
	const struct addr	*self;		/* listening addresses, for to_self */
	unsigned		 n_self;
};

extern struct shared	 shared;

/*
 * Something that this worker follows in the store has changed (store_follow_look). Called from the
 * loop; set by src/cache. NULL: nobody listens.
 */
extern void		 (*shared_store_woken)(void);

#endif
