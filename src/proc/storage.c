/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the object store and the processes. A process slot's number in the store is one higher
 * than on the board: 0 is the master's, which only opens and sweeps. Mostly in the master;
 * storage_join and storage_wake_fd in its children, storage_prepare in `sepia -z`.
 */
#include "proc/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "cache/cachekey.h"
#include "core/shared.h"
#include "proc/privilege.h"

enum { MODE = 0750, PATH_CAP = 4096 };
/*
 * Processes whose slots are so far apart share an eventfd, and are woken together: descriptors are
 * counted in every worker. That is why nobody reads one: it would take the news from the other.
 * Each write is an edge, which is what an edge-triggered loop waits for.
 */
enum { WAKES_MAX = 64 };

static struct store_dir	*opened;	/* what is in use, with paths of our own */
static size_t		 n_opened;
static int		 wakes[WAKES_MAX];	/* by the store's slot modulo their number */
static unsigned		 n_wakes;

static void
wake(void *arg, unsigned slot)
{
	(void)arg;
	if (eventfd_write(wakes[slot % n_wakes], 1) != 0) {
		/* cannot be full */
	}
}

static bool
make_wakes(unsigned slots)
{
	for (n_wakes = 0; n_wakes < slots && n_wakes < WAKES_MAX; n_wakes++) {
		wakes[n_wakes] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (wakes[n_wakes] < 0)
			return false;
	}
	return true;
}

static void
drop_wakes(void)
{
	for (unsigned i = 0; i < n_wakes; i++)
		close(wakes[i]);
	n_wakes = 0;
}

/*
 * As root, where the user may not: only in a directory that root alone can write to, so that nobody
 * can put another path under the change of owner.
 */
static void
make_as_root(const char *path)
{
	char		 one[PATH_CAP], two[PATH_CAP];
	const char	*name;
	struct stat	 st;
	int		 fd;

	if (!privilege_have_root() || snprintf(one, sizeof one, "%s", path) >= (int)sizeof one)
		return;
	strcpy(two, one);
	name = basename(two);
	privilege_raise("making a cache_dir");
	fd = open(dirname(one), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == 0 &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 && mkdirat(fd, name, MODE) == 0 &&
	    fchownat(fd, name, privilege_uid(), privilege_gid(), AT_SYMLINK_NOFOLLOW) != 0)
		msg(MSG_WARNING, "cache_dir %s: cannot give it to %s: %s", path, privilege_user(),
		    strerror(errno));
	if (fd >= 0)
		close(fd);
	privilege_lower();
}

/*
 * One that is not there yet. An error is the store's to tell: it finds the directory missing.
 */
static void
make_directory(const char *path)
{
	struct stat	 st;

	if (mkdir(path, MODE) == 0 || errno == EEXIST)
		return;
	msg(MSG_DEBUG, "cache_dir %s: cannot be made by %s: %s", path, privilege_user(),
	    strerror(errno));
	if (stat(path, &st) != 0 && errno == ENOENT)
		make_as_root(path);
}

static void
keep_list(const struct settings *s, size_t n)
{
	opened = mem_alloc((n + 1) * sizeof *opened);
	for (n_opened = 0; n_opened < n; n_opened++) {
		opened[n_opened] = s->cache_dirs[n_opened];
		opened[n_opened].path = mem_str(s->cache_dirs[n_opened].path);
	}
}

void
storage_open(const struct settings *s, unsigned slots)
{
	struct store_options	 o = { .slots = slots + 1, .make_later = true };
	size_t			 n = s->n_cache_dirs < STORE_DIRS_MAX ? s->n_cache_dirs :
	    STORE_DIRS_MAX;

	MUST(shared.store == NULL && opened == NULL);
	keep_list(s, n);
	if (n == 0)
		return;
	if (n < s->n_cache_dirs)
		msg(MSG_WARNING, "cache_dir: %u are possible, the others are not used",
		    (unsigned)STORE_DIRS_MAX);
	for (size_t i = 0; i < n; i++)
		make_directory(opened[i].path);
	o.dirs = opened;
	o.dirs_n = (unsigned)n;
	store_guard();
	if (make_wakes(o.slots))
		shared.store = store_open(&o);
	if (shared.store == NULL) {
		msg(MSG_WARNING, "cache_dir: %s: going on without a cache", strerror(errno));
		drop_wakes();
		return;
	}
	store_set_wake(shared.store, wake, NULL);
	/* finds the digest's algorithm once for all workers: 1.5 ms */
	cachekey_primary(SPAN(""), &(struct cachekey){ 0 });
}

void
storage_close(void)
{
	store_close(&shared.store);
	drop_wakes();
	for (size_t i = 0; i < n_opened; i++)
		free((char *)(uintptr_t)opened[i].path);
	free(opened);
	opened = NULL;
	n_opened = 0;
}

bool
storage_is_on(void)
{
	struct store_stats	 st;

	for (unsigned i = 0; shared.store != NULL && i < store_dirs(shared.store); i++) {
		store_stat(shared.store, i, &st);
		if (!st.on)
			return false;
	}
	return true;
}

static bool
same_dir(const struct store_dir *a, const struct store_dir *b)
{
	return strcmp(a->path, b->path) == 0 && a->bytes == b->bytes &&
	    a->min_size == b->min_size && a->max_size == b->max_size &&
	    a->mean_object == b->mean_object && a->segment_bytes == b->segment_bytes &&
	    a->inline_bytes == b->inline_bytes && a->chunk_bytes == b->chunk_bytes;
}

bool
storage_same(const struct settings *s)
{
	if (s->n_cache_dirs != n_opened)
		return false;
	for (size_t i = 0; i < n_opened; i++)
		if (!same_dir(&opened[i], &s->cache_dirs[i]))
			return false;
	return true;
}

unsigned
storage_wanted(void)
{
	return shared.store == NULL ? 0 : n_wakes + 2 * (unsigned)n_opened;
}

size_t
storage_descriptors(int fds[STORAGE_FDS_MAX])
{
	size_t	 n = shared.store == NULL ? 0 : store_descriptors(shared.store, fds);

	for (unsigned i = 0; i < n_wakes; i++)
		fds[n++] = wakes[i];
	return n;
}

void
storage_join(unsigned slot)
{
	if (shared.store == NULL)
		return;
	shared.store_slot = slot + 1;
	store_join(shared.store, shared.store_slot);
}

int
storage_wake_fd(void)
{
	MUST(n_wakes > 0);
	return wakes[shared.store_slot % n_wakes];
}

void
storage_died(unsigned slot)
{
	if (shared.store != NULL)
		store_slot_died(shared.store, slot + 1);
}

static void
tell_one(struct control *c, unsigned dir)
{
	struct store_stats	 st;
	char			 line[PATH_CAP + 512];

	store_stat(shared.store, dir, &st);
	snprintf(line, sizeof line,
	    "cache_dir %s %s mbytes %"
	    PRIu64 " used %u%% segments %u free %u open %u full %u sealed %u index_mbytes %"
	    PRIu64, opened[dir].path, !st.on ? "off" : st.rebuilding ? "rebuilding" : "on",
	    st.bytes >> 20, st.segments == 0 ? 0 :
	    (unsigned)((uint64_t)(st.segments - st.free) * 100 / st.segments), st.segments, st.free,
	    st.open, st.full, st.sealed, st.index_bytes >> 20);
	control_say(c, line);
	snprintf(line, sizeof line, "cache_dir %s hits %" PRIu64 " misses %" PRIu64 " stored %"
	    PRIu64 " deleted %" PRIu64 " carried %" PRIu64 " dropped %" PRIu64 " damaged %"
	    PRIu64 " no_room %" PRIu64 " index_full %" PRIu64 " unburied %" PRIu64,
	    opened[dir].path, st.hits, st.misses, st.stored, st.deleted, st.carried, st.dropped,
	    st.damaged, st.no_room, st.index_full, st.unburied);
	control_say(c, line);
}

void
storage_tell(struct control *c)
{
	if (shared.store == NULL)
		control_say(c, n_opened == 0 ? "cache none" : "cache off");
	for (unsigned i = 0; shared.store != NULL && i < store_dirs(shared.store); i++)
		tell_one(c, i);
}

void
storage_look(const struct settings *s, struct diag *d)
{
	for (size_t i = 0; i < s->n_cache_dirs; i++) {
		const char	*path = s->cache_dirs[i].path;
		struct stat	 st;

		errno = ENOTDIR;
		if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
			continue;
		if (errno == ENOENT)
			diag_note(d, s->cache_dirs_at[i],
			    "cache_dir %s is not there yet: the start makes it", path);
		else
			diag_warn(d, s->cache_dirs_at[i], "cache_dir %s cannot be used: %s", path,
			    strerror(errno));
	}
}

static bool
prepare_one(const struct store_dir *d)
{
	char		 why[512];
	bool		 ok;

	make_directory(d->path);
	ok = store_prepare(d, why, sizeof why);
	if (ok)
		fprintf(stderr, "sepia: cache_dir %s: ready, %" PRIu64 " MB\n", d->path,
		    d->bytes >> 20);
	else
		fprintf(stderr, "sepia: cache_dir %s: %s\n", d->path, why);
	return ok;
}

bool
storage_prepare(const struct settings *s)
{
	bool	 ok = true;

	for (size_t i = 0; i < s->n_cache_dirs; i++)
		ok &= prepare_one(&s->cache_dirs[i]);
	return ok;
}
