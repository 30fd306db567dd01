/* SPDX-License-Identifier: Apache-2.0 */
/* Anonymous private mappings. Used by the master while it compiles the settings. */
#include "match/bigmem.h"

#include <sys/mman.h>

#include "base/must.h"

void *
bigmem_get(size_t n)
{
	void	*p;

	MUST(n > 0);
	p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		NEVER("out of memory");
	return p;
}

void *
bigmem_resize(void *p, size_t was, size_t now)
{
	MUST(now > 0);
	if (p == NULL)
		return bigmem_get(now);
	p = mremap(p, was, now, MREMAP_MAYMOVE);
	if (p == MAP_FAILED)
		NEVER("out of memory");
	return p;
}

void
bigmem_seal(void *p, size_t n)
{
	if (p != NULL)
		MUST(mprotect(p, n, PROT_READ) == 0);
}

void
bigmem_free(void *p, size_t n)
{
	if (p != NULL)
		MUST(munmap(p, n) == 0);
}
