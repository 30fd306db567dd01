/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyed hashing for tables whose keys a stranger chooses: SipHash-1-3 with a key drawn once by the
 * master.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/* Draws the key (getrandom). The master calls it before it forks, so that every process agrees. */
void		 hash_seed(void);

uint64_t	 hash_bytes(const void *p, size_t n);

/* The same for all ASCII spellings of letters. */
uint64_t	 hash_ibytes(const void *p, size_t n);

#endif
