/* SPDX-License-Identifier: Apache-2.0 */
/* The table of log destinations: made and filled by the master. */
#include "log/logdest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/must.h"
#include "shm/ring.h"

enum { LOGDEST_VERSION = 1 };

static const uint64_t	 table_magic = 0x31736e7974736470;

static struct logdest_table *
map(int fd)
{
	int	 how = fd < 0 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED;
	void	*p = mmap(NULL, sizeof(struct logdest_table), PROT_READ | PROT_WRITE, how, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

static bool
usable(const struct logdest_table *t)
{
	return t->magic == table_magic && t->version == LOGDEST_VERSION && t->size == sizeof *t;
}

static bool
allocate(int fd)
{
	struct stat	 st;
	int		 e;

	if (fstat(fd, &st) != 0 || (st.st_size != (off_t)sizeof(struct logdest_table) && ftruncate(fd, 0) != 0))
		return false;
	e = posix_fallocate(fd, 0, (off_t)sizeof(struct logdest_table));
	if (e == EOPNOTSUPP || e == EINVAL)
		return ftruncate(fd, (off_t)sizeof(struct logdest_table)) == 0;
	errno = e;
	return e == 0;
}

struct logdest_table *
logdest_open(const char *path)
{
	struct logdest_table	*t = NULL;
	int			 fd = -1, e;

	if (path != NULL) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
		if (fd < 0)
			return NULL;
	}
	if (fd < 0 || allocate(fd))
		t = map(fd);
	e = errno;
	if (fd >= 0)
		close(fd);
	errno = e;
	if (t == NULL)
		return NULL;
	if (!usable(t)) {
		if (t->magic != 0 || t->version != 0)	/* not the zeros of a new file */
			memset(t, 0, sizeof *t);
		t->version = LOGDEST_VERSION;
		t->size = sizeof *t;
		t->magic = table_magic;
	}
	atomic_store(&t->stop, 0);
	atomic_store(&t->rotate_done, atomic_load(&t->rotate_asked));
	return t;
}

void
logdest_close(struct logdest_table **t)
{
	if (*t != NULL)
		munmap(*t, sizeof **t);
	*t = NULL;
}

void
logdest_begin(struct logdest_table *t, struct ring *const *rings, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (rings[i] != NULL && ring_used(rings[i]) > 0)
			return;
	for (int i = 0; i < LOGDEST_MAX && atomic_load(&t->row[i].used) != 0; i++)
		memset(&t->row[i], 0, sizeof t->row[i]);
}

int
logdest_register(struct logdest_table *t, enum log_place_kind kind, const char *spec, bool drop)
{
	size_t	 n = strlen(spec);

	if (n >= LOGDEST_SPEC)
		return -1;
	for (int i = 0; i < LOGDEST_MAX; i++) {
		struct logdest	*d = &t->row[i];

		if (atomic_load(&d->used) != 0) {
			if (d->kind != (uint32_t)kind || strncmp(d->spec, spec, LOGDEST_SPEC) != 0)
				continue;
			atomic_store(&d->drop, drop);
			return i;
		}
		d->kind = (uint32_t)kind;
		memcpy(d->spec, spec, n + 1);
		atomic_store(&d->drop, drop);
		atomic_store(&d->used, 1);	/* last: the logger may be looking */
		return i;
	}
	return -1;
}

bool
logdest_register_all(struct logdest_table *t, struct settings *s, struct diag *d)
{
	bool	 good = s->n_logs <= LOGDEST_PLACES;

	if (!good)
		diag_error(d, s->logs[LOGDEST_PLACES].at, "more than %d log places", LOGDEST_PLACES);
	for (size_t i = 0; good && i < s->n_logs; i++) {
		struct log_place	*p = &s->logs[i];
		char			 text[ADDR_TEXT];
		bool			 net = (p->kind == LOG_UDP || p->kind == LOG_TCP) && !addr_is_any(&p->to);
		int			 n;

		if (p->kind == LOG_NONE)
			continue;
		n = logdest_register(t, p->kind, net ? addr_print_port(&p->to, text) : p->path, p->drop);
		if (n < 0) {
			diag_error(d, p->at, "log place %s: %s", p->path, strlen(p->path) >= LOGDEST_SPEC ?
			    "the name is too long" : "too many different places since the start");
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

	atomic_store(&t->rotate_keep, keep);
	request = atomic_fetch_add(&t->rotate_asked, 1) + 1;
	logdest_wake(wake);
	return request;
}

bool
logdest_rotated(const struct logdest_table *t, uint64_t request)
{
	return atomic_load(&t->rotate_done) >= request;
}

void
logdest_ask_stop(struct logdest_table *t, int wake)
{
	atomic_store(&t->stop, 1);
	logdest_wake(wake);
}
