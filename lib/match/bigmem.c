/* SPDX-License-Identifier: Apache-2.0 */
/* Anonymous private mappings. Used by the master while it compiles the settings. */
#include "match/bigmem.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/must.h"

enum { LARGE = 2 << 20 };

static char *
map(size_t n)
{
	void	*p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		NEVER("out of memory");
	return p;
}

/*
 * On large pages, where the system gives them to who asks: a table that is probed anywhere needs
 * one entry of the TLB for 2 MB, not 512 (a look-up among a million names, other memory touched
 * between two of them: 80 ns instead of 120). What is left over at the end stays on small ones: it
 * takes no more memory.
 */
static char *
map_large(size_t n)
{
	size_t	 most = n + LARGE, page = (size_t)sysconf(_SC_PAGESIZE);
	char	*all = map(most), *p = all + (LARGE - (uintptr_t)all % LARGE) % LARGE;
	char	*end = p + (n + page - 1) / page * page;

	if (p > all)
		MUST(munmap(all, (size_t)(p - all)) == 0);
	if (end < all + most)
		MUST(munmap(end, (size_t)(all + most - end)) == 0);
	(void)madvise(p, n, MADV_HUGEPAGE);	/* may not be built in */
	return p;
}

void *
bigmem_get(size_t n)
{
	MUST(n > 0);
	return (n < LARGE) ? map(n) : map_large(n);
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
