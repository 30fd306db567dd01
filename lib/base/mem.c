/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation that ends the process where it fails. */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

void *
mem_alloc(size_t n)
{
	void	*p = malloc(n == 0 ? 1 : n);

	if (p == NULL)
		NEVER("out of memory");
	return p;
}

void *
mem_zero(size_t n)
{
	void	*p = calloc(1, n == 0 ? 1 : n);

	if (p == NULL)
		NEVER("out of memory");
	return p;
}

void *
mem_grow(void *old, size_t n)
{
	void	*p = realloc(old, n == 0 ? 1 : n);

	if (p == NULL)
		NEVER("out of memory");
	return p;
}

char *
mem_str(const char *s)
{
	size_t	 n;

	if (s == NULL)
		return NULL;
	n = strlen(s) + 1;
	return memcpy(mem_alloc(n), s, n);
}

void *
mem_room(void *array, size_t n, size_t *cap, size_t each)
{
	if (n < *cap)
		return array;
	*cap = *cap == 0 ? 8 : *cap * 2;
	MUST(*cap < SIZE_MAX / each);
	return mem_grow(array, *cap * each);
}

void
mem_wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}
