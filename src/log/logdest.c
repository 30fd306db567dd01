/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of log destinations: made and filled by the master, by descriptor; the logger looks at
 * the mapping.
 */
#include "log/logdest.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/must.h"
#include "shm/ring.h"
#include "shm/segment.h"

enum { LOGDEST_VERSION = 1 };

static const uint64_t	 table_magic = 0x31736e7974736470;

/* What the master writes of a row, as it stands in the file. */
struct place {
	uint32_t	 used, kind, drop;
	char		 spec[LOGDEST_SPEC];
};
_Static_assert(offsetof(struct place, spec) == offsetof(struct logdest, spec) &&
    offsetof(struct place, kind) == offsetof(struct logdest, kind) &&
    offsetof(struct place, drop) == offsetof(struct logdest, drop),
    "a place is the beginning of a row");

struct logdest_table {
	struct logdest_file	*file;		/* mapped for the logger */
	struct logdest_orders	*orders;
	int			 fd;		/* valid in the master and the logger */
	unsigned		 n;		/* the master's own */
	struct place		 places[LOGDEST_MAX];
};

struct logdest_file *
logdest_file(const struct logdest_table *t)
{
	return t->file;
}

struct logdest_orders *
logdest_orders(const struct logdest_table *t)
{
	return t->orders;
}

int
logdest_descriptor(const struct logdest_table *t)
{
	return t->fd;
}

bool
logdest_take(const struct logdest_table *t)
{
	struct flock	 all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	/* Where a file system has no locks nobody can be asked. */
	return fcntl(t->fd, F_SETLK, &all) == 0 || (errno != EAGAIN && errno != EACCES);
}

static off_t
row_at(unsigned i)
{
	return (off_t)(offsetof(struct logdest_file, row) + i * sizeof(struct logdest));
}

static bool
put(int fd, const void *p, size_t n, off_t at)
{
	return pwrite(fd, p, n, at) == (ssize_t)n;
}

/* The row counts from its last write on: the logger may be looking. */
static bool
write_row(const struct logdest_table *t, unsigned i)
{
	struct place	 p = t->places[i];

	p.used = 0;
	return put(t->fd, &p, sizeof p, row_at(i)) &&
	    put(t->fd, &(uint32_t){ 1 }, sizeof(uint32_t), row_at(i));
}

static bool
allocate(int fd)
{
	int	 e = posix_fallocate(fd, 0, (off_t)sizeof(struct logdest_file));

	if (e == EOPNOTSUPP || e == EINVAL)
		return ftruncate(fd, (off_t)sizeof(struct logdest_file)) == 0;
	errno = e;
	return e == 0;
}

static bool
usable(int fd)
{
	struct { uint64_t magic; uint32_t version, size; } h;
	struct stat	 st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size == (off_t)sizeof(struct logdest_file) &&
	    pread(fd, &h, sizeof h, 0) == (ssize_t)sizeof h && h.magic == table_magic &&
	    h.version == LOGDEST_VERSION && h.size == sizeof(struct logdest_file);
}

/* An empty table, with the master's rows; its magic comes last. */
static bool
begin(const struct logdest_table *t)
{
	struct logdest_file	*h = mem_zero(sizeof *h);
	bool			 ok;

	h->version = LOGDEST_VERSION;
	h->size = sizeof *h;
	ok = ftruncate(t->fd, 0) == 0 && allocate(t->fd) && put(t->fd, h, sizeof *h, 0);
	free(h);
	for (unsigned i = 0; ok && i < t->n; i++)
		ok = write_row(t, i);
	return ok && put(t->fd, &table_magic, sizeof table_magic, 0);
}

/* The rows of an earlier master, judged. */
static void
read_rows(struct logdest_table *t)
{
	while (t->n < LOGDEST_MAX) {
		struct place	*p = &t->places[t->n];

		if (pread(t->fd, p, sizeof *p, row_at(t->n)) != (ssize_t)sizeof *p ||
		    p->used != 1 ||
		    memchr(p->spec, '\0', sizeof p->spec) == NULL)
			return;
		t->n++;
	}
}

static bool
fill(struct logdest_table *t)
{
	void	*p;

	if (usable(t->fd))
		read_rows(t);
	else if (!begin(t))
		return false;
	p = mmap(NULL, sizeof(struct logdest_file), PROT_READ | PROT_WRITE, MAP_SHARED, t->fd, 0);
	if (p == MAP_FAILED)
		return false;
	t->file = p;
	t->orders = segment_make(sizeof *t->orders, false);
	return t->orders != NULL;
}

struct logdest_table *
logdest_open(const char *path)
{
	struct logdest_table	*t = mem_zero(sizeof *t);
	int			 e;

	/* O_NONBLOCK: another's lease on the file would make it wait. */
	t->fd = path == NULL ? memfd_create("sepia-destinations", MFD_CLOEXEC) :
	    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
	if (t->fd >= 0 && fill(t))
		return t;
	e = errno;
	logdest_close(&t);
	errno = e;
	return NULL;
}

void
logdest_close(struct logdest_table **t)
{
	if (*t == NULL)
		return;
	if ((*t)->file != NULL)
		munmap((*t)->file, sizeof *(*t)->file);
	segment_free((*t)->orders, sizeof *(*t)->orders);
	if ((*t)->fd >= 0)
		close((*t)->fd);
	free(*t);
	*t = NULL;
}

void
logdest_begin(struct logdest_table *t, struct ring *const *rings, unsigned n)
{
	static const struct logdest	 empty;

	for (unsigned i = 0; i < n; i++)
		if (rings[i] != NULL && ring_waiting(rings[i]))
			return;
	for (; t->n > 0; t->n--)
		if (!put(t->fd, &empty, sizeof empty, row_at(t->n - 1)))
			return;
}

bool
logdest_mend(struct logdest_table *t, bool *mended)
{
	*mended = !usable(t->fd);
	return !*mended || begin(t);
}

int
logdest_register(struct logdest_table *t, enum log_place_kind kind, const char *spec, bool drop)
{
	size_t		 n = strlen(spec);
	struct place	*p;
	unsigned	 i;

	if (n >= LOGDEST_SPEC)
		return -1;
	for (i = 0; i < t->n; i++)
		if (t->places[i].kind == (uint32_t)kind && strcmp(t->places[i].spec, spec) == 0)
			break;
	if (i == LOGDEST_MAX)
		return -1;
	p = &t->places[i];
	if (i < t->n) {
		p->drop = drop;
		put(t->fd, &p->drop, sizeof p->drop,
		    row_at(i) + (off_t)offsetof(struct place, drop));
		return (int)i;
	}
	*p = (struct place){ .kind = (uint32_t)kind, .drop = drop };
	memcpy(p->spec, spec, n + 1);
	if (!write_row(t, i))
		return -1;
	t->n++;
	return (int)i;
}

bool
logdest_register_all(struct logdest_table *t, struct settings *s, struct diag *d)
{
	bool	 good = s->n_logs <= LOGDEST_PLACES;

	if (!good)
		diag_error(d, s->logs[LOGDEST_PLACES].at, "more than %d log places",
		    LOGDEST_PLACES);
	for (size_t i = 0; good && i < s->n_logs; i++) {
		struct log_place	*p = &s->logs[i];
		char			 text[ADDR_TEXT];
		bool			 net = (p->kind == LOG_UDP || p->kind == LOG_TCP) &&
		    !addr_is_any(&p->to);
		int			 n;

		if (p->kind == LOG_NONE)
			continue;
		n = logdest_register(t, p->kind, net ? addr_print_port(&p->to, text) : p->path,
		    p->drop);
		if (n < 0) {
			diag_error(d, p->at, "log place %s: %s", p->path,
			    strlen(p->path) >= LOGDEST_SPEC ? "the name is too long" :
			    "too many different places since the start");
			good = false;
			continue;
		}
		p->dest = (unsigned)n;
	}
	return good;
}

void
logdest_wake(int wake)
{
	uint64_t	 one = 1;

	if (wake >= 0 && write(wake, &one, sizeof one) < 0) {
		/* the counter is full: it is awake anyway */
	}
}

uint64_t
logdest_ask_rotate(struct logdest_table *t, unsigned keep, int wake)
{
	uint64_t	 request;

	atomic_store(&t->orders->rotate_keep, keep);
	request = atomic_fetch_add(&t->orders->rotate_asked, 1) + 1;
	logdest_wake(wake);
	return request;
}

bool
logdest_rotated(const struct logdest_table *t, uint64_t request)
{
	return atomic_load(&t->orders->rotate_done) >= request;
}

void
logdest_ask_stop(struct logdest_table *t, int wake)
{
	atomic_store(&t->orders->stop, 1);
	logdest_wake(wake);
}
