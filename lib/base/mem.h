/* SPDX-License-Identifier: Apache-2.0 */
/*
 * malloc that does not return NULL: small allocations that fail end the process (the master starts
 * another worker); whatever a peer can make large is bounded by its own limit before it gets here.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void	*mem_alloc(size_t n);			/* not zeroed; free() it */
void	*mem_zero(size_t n);			/* zeroed; free() it */
void	*mem_grow(void *p, size_t n);		/* realloc */
char	*mem_str(const char *s);		/* strdup; NULL for NULL */

/*
 * Makes room for one more element in a growing array: doubles *cap when n == *cap.
 * Returns the array, which may have moved.
 */
void	*mem_room(void *array, size_t n, size_t *cap, size_t each);

/* Overwrites bytes that were secret; the compiler may not leave it out. */
void	 mem_wipe(void *p, size_t n);

#endif
