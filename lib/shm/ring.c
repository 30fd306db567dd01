/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rings of records from a worker to the logger. The data is mapped twice in a row, so every record is contiguous; a record
 * exists once the head has moved past it, which is the writer's last store. Nothing here is ever in a half-done state for the
 * other side: a process may be killed between any two instructions. The reader judges each record by its position, length and a check word.
 */
#include "shm/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/must.h"

enum { RING_PAGE = 4096, RING_VERSION = 2 };

static const uint64_t	 ring_magic = 0x31676e6972706573;	/* "sepring1" */

struct page {
	uint64_t			 magic;
	uint32_t			 version, header;
	uint64_t			 size, id;
	_Alignas(64) _Atomic uint64_t	 head;		/* writer's line */
	_Atomic uint64_t		 held;		/* the writer's own head: records up to here are complete, but may not be shown yet */
	uint64_t			 tail_seen, holding;
	_Alignas(64) _Atomic uint64_t	 tail;		/* reader's line */
	_Atomic uint64_t		 damaged;
	_Alignas(64) _Atomic uint32_t	 reader;	/* enum ring_reader */
};
_Static_assert(sizeof(struct page) <= RING_PAGE, "the header is one page");

/* Of this process: a size that is read from shared memory would be whatever a process that ran wild has left there. */
struct ring {
	struct page	*m;
	char		*data;
	size_t		 size;
};

struct record {
	uint32_t	 n;
	uint16_t	 dest, kind;
	uint64_t	 check;
};
_Static_assert(sizeof(struct record) == 16, "ring_cost counts on it");

static char *
data_at(const struct ring *r, uint64_t at)
{
	return r->data + (at & (r->size - 1));
}

/* The bytes after the end of the payload up to the next multiple of 8 are zero. */
static uint64_t
digest(uint64_t at, const struct record *c, const char *p)
{
	uint64_t	 h = at * 0x9e3779b97f4a7c15 ^ c->n, w;

	h ^= (uint64_t)c->dest << 48 | (uint64_t)c->kind << 32;
	for (size_t i = 0; i < c->n; i += 8) {
		memcpy(&w, p + i, 8);
		h = (h ^ w) * 0xff51afd7ed558ccd;
		h ^= h >> 29;
	}
	return h ^ ring_magic;
}

static struct ring *
map(int fd, size_t size)
{
	struct ring	*r;
	char		*p;
	int		 how = MAP_SHARED | MAP_FIXED, prot = PROT_READ | PROT_WRITE;

	p = mmap(NULL, RING_PAGE + 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	if (mmap(p, RING_PAGE + size, prot, how, fd, 0) == MAP_FAILED ||
	    mmap(p + RING_PAGE + size, size, prot, how, fd, RING_PAGE) == MAP_FAILED) {
		munmap(p, RING_PAGE + 2 * size);
		return NULL;
	}
	r = mem_alloc(sizeof *r);
	*r = (struct ring){ (struct page *)(void *)p, p + RING_PAGE, size };
	return r;
}

/* Blocks for the whole file now; on file systems that cannot do that, by writing. */
static bool
allocate(int fd, size_t size)
{
	static const char	 zeros[RING_PAGE];
	int			 e = posix_fallocate(fd, 0, (off_t)(RING_PAGE + size));

	if (e == 0)
		return true;
	errno = e;
	if (e != EOPNOTSUPP && e != EINVAL)
		return false;
	for (size_t at = 0; at < RING_PAGE + size; at += sizeof zeros)
		if (pwrite(fd, zeros, sizeof zeros, (off_t)at) != (ssize_t)sizeof zeros)
			return false;
	return true;
}

static struct ring *
make(int fd, size_t size)
{
	struct ring	*r;
	struct page	*m;

	if (ftruncate(fd, 0) != 0 || !allocate(fd, size) || (r = map(fd, size)) == NULL)
		return NULL;
	m = r->m;
	m->version = RING_VERSION;
	m->header = sizeof *m;
	m->size = size;
	if (getrandom(&m->id, sizeof m->id, 0) != (ssize_t)sizeof m->id)
		m->id = (uint64_t)(uintptr_t)m ^ (uint64_t)getpid() << 32;
	atomic_thread_fence(memory_order_release);
	m->magic = ring_magic;
	return r;
}

/* Whether the file is a ring that a process of this version made; its size. An unfinished one (no magic) counts as empty: *size 0. */
static bool
recognise(int fd, off_t length, size_t *size)
{
	struct page	 h;

	*size = 0;
	if (length == 0)
		return true;
	if (pread(fd, &h, sizeof h, 0) != (ssize_t)sizeof h)
		return false;
	if (h.magic == 0 && h.size == 0)
		return true;
	if (h.magic != ring_magic || h.version != RING_VERSION || h.header != sizeof h ||
	    h.size < RING_SIZE_MIN || (h.size & (h.size - 1)) != 0 || (uint64_t)length != RING_PAGE + h.size)
		return false;
	*size = h.size;
	return true;
}

static struct ring *
open_fd(int fd, size_t size)
{
	struct stat	 st;
	struct ring	*r;
	size_t		 old;

	if (fstat(fd, &st) != 0)
		return NULL;
	if (!S_ISREG(st.st_mode) || !recognise(fd, st.st_size, &old)) {
		errno = EINVAL;
		return NULL;
	}
	if (old == 0)
		return make(fd, size);
	r = map(fd, old);
	if (r != NULL)
		ring_settle(r);		/* of a writer that died with its master */
	if (r == NULL || old == size || ring_used(r) > 0)
		return r;
	ring_close(&r);
	return make(fd, size);
}

struct ring *
ring_open(const char *path, size_t size, mode_t mode)
{
	struct ring	*r;
	int		 fd, e;

	MUST(size >= RING_SIZE_MIN && (size & (size - 1)) == 0);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, mode);
	if (fd < 0)
		return NULL;
	r = open_fd(fd, size);
	e = errno;
	close(fd);
	errno = e;
	return r;
}

struct ring *
ring_anonymous(size_t size)
{
	struct ring	*r;
	int		 fd, e;

	MUST(size >= RING_SIZE_MIN && (size & (size - 1)) == 0);
	fd = memfd_create("sepia-ring", MFD_CLOEXEC);
	if (fd < 0)
		return NULL;
	r = make(fd, size);
	e = errno;
	close(fd);
	errno = e;
	return r;
}

void
ring_close(struct ring **r)
{
	if (*r != NULL)
		munmap((*r)->m, RING_PAGE + 2 * (*r)->size);
	free(*r);
	*r = NULL;
}

uint64_t
ring_id(const struct ring *r)
{
	return r->m->id;
}

size_t
ring_size(const struct ring *r)
{
	return r->size;
}

bool
ring_reset_writer(struct ring *r)
{
	uint64_t	 tail = atomic_load(&r->m->tail), head = atomic_load(&r->m->head);
	bool		 good = head - tail <= r->size && head % 8 == 0;

	if (!good)
		atomic_store(&r->m->head, tail);
	atomic_store(&r->m->held, atomic_load(&r->m->head));
	r->m->tail_seen = tail;
	r->m->holding = 0;
	return good;
}

void
ring_hold(struct ring *r)
{
	r->m->holding = 1;
}

void
ring_show(struct ring *r)
{
	r->m->holding = 0;
	atomic_store_explicit(&r->m->head, atomic_load_explicit(&r->m->held, memory_order_relaxed), memory_order_release);
}

void
ring_drop(struct ring *r)
{
	r->m->holding = 0;
	atomic_store_explicit(&r->m->held, atomic_load_explicit(&r->m->head, memory_order_relaxed), memory_order_relaxed);
}

bool
ring_settle(struct ring *r)
{
	uint64_t	 head = atomic_load(&r->m->head), held = atomic_load(&r->m->held), at = head;

	if (held == head || held - head > r->size || held - atomic_load(&r->m->tail) > r->size || held % 8 != 0 || head % 8 != 0)
		return false;
	while (at != held) {
		struct record	 c;
		const char	*from = data_at(r, at);

		memcpy(&c, from, sizeof c);
		if (c.n > RING_RECORD_MAX || ring_cost(c.n) > held - at || digest(at, &c, from + sizeof c) != c.check)
			return false;
		at += ring_cost(c.n);
	}
	atomic_store(&r->m->head, held);
	return true;
}

static size_t
room_for(struct ring *r, size_t cost)
{
	uint64_t	 held = atomic_load_explicit(&r->m->held, memory_order_relaxed);
	uint64_t	 used = held - r->m->tail_seen;

	if (used + cost > r->size) {
		r->m->tail_seen = atomic_load_explicit(&r->m->tail, memory_order_acquire);
		used = held - r->m->tail_seen;
	}
	return used <= r->size ? r->size - used : 0;
}

size_t
ring_room(struct ring *r)
{
	size_t	 room = room_for(r, r->size);

	return room > sizeof(struct record) ? room - sizeof(struct record) : 0;
}

void *
ring_reserve(struct ring *r, size_t n)
{
	if (n > RING_RECORD_MAX || room_for(r, ring_cost(n)) < ring_cost(n))
		return NULL;
	return data_at(r, atomic_load_explicit(&r->m->held, memory_order_relaxed)) + sizeof(struct record);
}

void
ring_commit(struct ring *r, uint16_t dest, uint16_t kind, size_t n)
{
	uint64_t	 head = atomic_load_explicit(&r->m->held, memory_order_relaxed);
	struct record	 c = { .n = (uint32_t)n, .dest = dest, .kind = kind };
	char		*p = data_at(r, head) + sizeof c;

	MUST(n <= RING_RECORD_MAX);
	memset(p + n, 0, (8 - n % 8) % 8);
	c.check = digest(head, &c, p);
	memcpy(p - sizeof c, &c, sizeof c);
	atomic_store_explicit(&r->m->held, head + ring_cost(n), memory_order_release);
	if (r->m->holding == 0)
		atomic_store_explicit(&r->m->head, head + ring_cost(n), memory_order_release);
}

bool
ring_put(struct ring *r, uint16_t dest, uint16_t kind, const void *p, size_t n)
{
	void	*to = ring_reserve(r, n);

	if (to == NULL)
		return false;
	if (n > 0)
		memcpy(to, p, n);
	ring_commit(r, dest, kind, n);
	return true;
}

bool
ring_wants_wake(struct ring *r)
{
	uint32_t	 reader;

	atomic_thread_fence(memory_order_seq_cst);	/* the head before the reader's word */
	reader = atomic_load_explicit(&r->m->reader, memory_order_relaxed);
	if (__builtin_expect(reader == RING_AWAKE, 1))
		return false;
	if (reader == RING_NAPPING && ring_used(r) < r->size / 2)
		return false;
	return atomic_exchange(&r->m->reader, RING_AWAKE) != RING_AWAKE;
}

uint64_t
ring_tail(const struct ring *r)
{
	return atomic_load_explicit(&r->m->tail, memory_order_relaxed);
}

uint64_t
ring_head(const struct ring *r)
{
	return atomic_load_explicit(&r->m->head, memory_order_acquire);
}

bool
ring_next(struct ring *r, uint64_t *at, uint16_t *dest, uint16_t *kind, const void **p, size_t *n)
{
	uint64_t	 head = ring_head(r), left = head - *at;
	struct record	 c;
	const char	*from = data_at(r, *at);

	if (left == 0)
		return false;
	if (left >= sizeof c && left <= r->size && *at % 8 == 0) {
		memcpy(&c, from, sizeof c);
		if (c.n <= RING_RECORD_MAX && ring_cost(c.n) <= left && digest(*at, &c, from + sizeof c) == c.check) {
			*dest = c.dest;
			*kind = c.kind;
			*p = from + sizeof c;
			*n = c.n;
			*at += ring_cost(c.n);
			return true;
		}
	}
	atomic_fetch_add(&r->m->damaged, 1);
	*at = head;
	return false;
}

void
ring_free_to(struct ring *r, uint64_t at)
{
	atomic_store_explicit(&r->m->tail, at, memory_order_release);
}

void
ring_sleep(struct ring *r, enum ring_reader how)
{
	atomic_store(&r->m->reader, (uint32_t)how);
	atomic_thread_fence(memory_order_seq_cst);
}

uint64_t
ring_used(const struct ring *r)
{
	return ring_head(r) - atomic_load_explicit(&r->m->tail, memory_order_relaxed);
}

uint64_t
ring_damaged(const struct ring *r)
{
	return atomic_load_explicit(&r->m->damaged, memory_order_relaxed);
}
