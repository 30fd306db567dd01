/* SPDX-License-Identifier: Apache-2.0 */
/* Which pages of a file are in memory. */
#include "store/pagemap.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/must.h"
#include "store/diskio.h"

enum {
	ASK_PAGES = 512,
	READ_PIECE = 16384,
};

static size_t
page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/*
 * mincore says of a file that this process may not write that everything is there: no page behind
 * the file's end is, so the answer for that one shows whether it tells the truth.
 */
static char *
map_whole(int fd, size_t *n)
{
	unsigned char	 there;
	struct stat	 st;
	size_t		 page = page_bytes();
	char		*p;

	if (fstat(fd, &st) != 0 || st.st_size < 0 || (uint64_t)st.st_size > SIZE_MAX / 2)
		return MAP_FAILED;
	*n = ((size_t)st.st_size + page - 1) / page * page;
	p = mmap(NULL, *n + page, PROT_NONE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED || (diskio->incore(p + *n, page, &there) == 0 && (there & 1) == 0))
		return p;
	munmap(p, *n + page);
	return MAP_FAILED;
}

static char *
mapped(struct pagemap *m, int fd)
{
	static pthread_mutex_t	 one = PTHREAD_MUTEX_INITIALIZER;
	char			*p = atomic_load_explicit(&m->at, memory_order_acquire);

	if (p != NULL)
		return p;
	pthread_mutex_lock(&one);
	p = m->at;
	if (p == NULL) {
		p = map_whole(fd, &m->n);
		atomic_store_explicit(&m->at, p, memory_order_release);
	}
	pthread_mutex_unlock(&one);
	return p;
}

/* Without the system's word: by reading them all. */
static bool
resident_by_reading(int fd, uint64_t at, uint64_t n)
{
	char	 piece[READ_PIECE];
	size_t	 some;

	for (uint64_t done = 0; done < n; done += some)
		if (diskio_read_some(fd, piece, (n - done < sizeof piece) ? (size_t)(n - done) :
		    sizeof piece, at + done, true, &some) != DISKIO_OK)
			return false;
	return true;
}

bool
pagemap_resident(struct pagemap *m, int fd, uint64_t from, uint64_t n)
{
	unsigned char	 there[ASK_PAGES];
	char		*p = mapped(m, fd);
	size_t		 page = page_bytes(), some;

	if (n == 0)
		return true;
	if (p == MAP_FAILED || from > m->n || n > m->n - from)
		return resident_by_reading(fd, from, n);
	for (size_t at = from / page * page; at < from + n; at += some) {
		some = (from + n - at < ASK_PAGES * page) ? (size_t)(from + n - at) :
		    ASK_PAGES * page;
		if (diskio->incore(p + at, some, there) != 0)
			return resident_by_reading(fd, from, n);
		for (size_t i = 0; i < (some + page - 1) / page; i++)
			if ((there[i] & 1) == 0)
				return false;
	}
	return true;
}

void
pagemap_close(struct pagemap *m)
{
	char	*p = m->at;

	if (p != NULL && p != MAP_FAILED)
		MUST(munmap(p, m->n + page_bytes()) == 0);
	m->at = NULL;
	m->n = 0;
}
