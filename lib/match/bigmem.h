/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for large tables, straight from the kernel: it goes back as soon as it is freed (a reload
 * leaves nothing behind), grows without copying, and stays shared by fork because no allocator
 * writes its notes beside it.
 */
#ifndef MATCH_BIGMEM_H
#define MATCH_BIGMEM_H

#include <stddef.h>

/*
 * n > 0 bytes, zeroed, page aligned; 2 MB and more on large pages where the system has them, until
 * they are resized. Never NULL: out of memory ends the process.
 */
void	*bigmem_get(size_t n);

/* Moves if it must; bytes beyond the old size are zero. p may be NULL when was is 0. */
void	*bigmem_resize(void *p, size_t was, size_t now);

/* From now on a write to it is a fault. It can still be freed. */
void	 bigmem_seal(void *p, size_t n);

/* p may be NULL. */
void	 bigmem_free(void *p, size_t n);

#endif
