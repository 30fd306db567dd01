/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who was seen from where, when: pairs (user, address) with a time, shared by all workers, for
 * max_user_ip. Fixed size; an entry is changed by compare-and-swap and judged when read, so a
 * process killed in the middle harms nothing. Oldest entries give way.
 */
#ifndef SHM_SIGHTINGS_H
#define SHM_SIGHTINGS_H

#include <stddef.h>
#include <stdint.h>

struct sightings;

size_t		 sightings_size(unsigned entries);
/* One in a process, made before it forks. */
struct sightings *sightings_make(void *zeroed, unsigned entries);
/*
 * Notes user (a hash) at addr now; returns how many addresses the user was seen at within ttl_s,
 * this one included.
 */
unsigned	 sightings_note(struct sightings *s, uint64_t user, uint64_t addr, uint64_t now_s,
		    uint64_t ttl_s);
/* Forgets all addresses of a user (max_user_ip without -s, once the limit is met). */
void		 sightings_forget_user(struct sightings *s, uint64_t user);
/* Forgets one pair (strict mode). */
void		 sightings_forget(struct sightings *s, uint64_t user, uint64_t addr);

#endif
