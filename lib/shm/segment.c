/* SPDX-License-Identifier: Apache-2.0 */
/* Shared anonymous memory. Made in the master before it forks. */
#include "shm/segment.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/must.h"

static size_t
page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t
whole_pages(size_t size)
{
	return (size + page() - 1) / page() * page();
}

void *
segment_make(size_t size, bool secret)
{
	char	*all, *p;
	size_t	 n;

	MUST(size > 0);
	if (size > SIZE_MAX / 2) {
		errno = ENOMEM;
		return NULL;
	}
	n = whole_pages(size);
	all = mmap(NULL, n + 2 * page(), PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (all == MAP_FAILED)
		return NULL;
	p = mmap(all + page(), n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED,
	    -1, 0);
	if (p == MAP_FAILED) {
		munmap(all, n + 2 * page());
		errno = ENOMEM;
		return NULL;
	}
	if (secret && madvise(p, n, MADV_DONTDUMP) != 0) {
		/* a kernel without core files has nothing to leave it out of */
	}
	return p;
}

void
segment_free(void *p, size_t size)
{
	if (p == NULL)
		return;
	MUST((uintptr_t)p % page() == 0 && size > 0);
	munmap((char *)p - page(), whole_pages(size) + 2 * page());
}
