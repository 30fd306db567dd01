/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verified credentials, shared by all workers: a keyed digest of scheme, user and password with the
 * verdict and its end. The password itself is never here. Fixed size; entries are judged when read
 * (a torn one is a miss).
 */
#ifndef SHM_CREDCACHE_H
#define SHM_CREDCACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct credcache;

size_t		 credcache_size(unsigned entries);
/* One in a process, made before it forks. zeroed: credcache_size bytes on a cache line. */
struct credcache *credcache_make(void *zeroed, unsigned entries);
/* Entries that were not used for idle_s seconds do not count; this is a use. */
bool		 credcache_has(struct credcache *c, const uint8_t digest[32], uint64_t now_s,
		    uint64_t idle_s, uint64_t epoch);
void		 credcache_put(struct credcache *c, const uint8_t digest[32], uint64_t now_s,
		    uint64_t until_s, uint64_t epoch);

#endif
