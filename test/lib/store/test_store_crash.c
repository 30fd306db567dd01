/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power cuts: every write, zeroing and sync of the segment file is recorded while objects are
 * stored, replaced, deleted and reclaimed. Then file states are built that a power cut at some
 * point could leave: everything synced before it, and of the rest any subset of 512-byte sectors;
 * with an index that is old, torn or gone, and the superblock of another boot. Each is opened:
 * nothing wrong may be served, nothing deleted before the last sync may come back, and what was
 * stored and sealed before it is there.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "storetest.h"
#include "store/diskio.h"
#include "store/superblock.h"

enum { KEYS = 120, OPS = 700, SECTOR = 512, CUTS = 60 };

enum what { WRITE, ZERO, SYNC };
struct event {
	enum what	 what;
	uint64_t	 at, n;
	char		*bytes;
};

static struct event	*events;
static size_t		 events_n, events_cap;
/* the segment file's descriptor; the first that is written to after opening */
static int		 watched = -1;

static struct event *
record(enum what what, uint64_t at, uint64_t n)
{
	events = mem_room(events, events_n, &events_cap, sizeof *events);
	events[events_n] = (struct event){ what, at, n, NULL };
	return &events[events_n++];
}

static ssize_t
seen_write(int fd, const struct iovec *v, int n, off_t at)
{
	ssize_t		 w = pwritev(fd, v, n, at);
	struct event	*e;

	MUST(w >= 0 && fd == watched);
	e = record(WRITE, (uint64_t)at, (uint64_t)w);
	e->bytes = mem_alloc((size_t)w + 1);
	MUST(pread(fd, e->bytes, (size_t)w, at) == w);
	return w;
}

static int
seen_sync(int fd)
{
	(void)fd;
	record(SYNC, 0, 0);
	return 0;
}

static int
seen_zero(int fd, off_t at, off_t n)
{
	record(ZERO, (uint64_t)at, (uint64_t)n);
	return diskio_system.zero(fd, at, n);
}

/* What was true of a key at each point in the record. */
struct fact {
	size_t		 event;
	uint64_t	 key, version;		/* 0: deleted */
	uint64_t	 length;
};
static struct fact	*facts;
static size_t		 facts_n, facts_cap;
static uint64_t		 versions[KEYS];

static void
run(struct store *s)
{
	for (int i = 0; i < OPS; i++) {
		uint64_t n = storetest_any(KEYS), len = storetest_any(3) ? storetest_any(3000) :
		    storetest_any(30000), v = ++versions[n];
		struct store_key k = storetest_key(n);
		bool gone = storetest_any(10) == 0;

		if (gone)
			store_delete(s, &k);
		else if (storetest_put(s, n, v, len) != STORE_STORED)
			continue;
		facts = mem_room(facts, facts_n, &facts_cap, sizeof *facts);
		facts[facts_n++] = (struct fact){ events_n, n, gone ? 0 : v, len };
		if (storetest_any(3) == 0)
			store_keep(s, (uint64_t)i);
		if (storetest_any(40) == 0)
			MUST(store_sync(s));
		storetest_get(s, storetest_any(KEYS));
	}
}

static void
apply(char *file, const struct event *e, bool torn)
{
	uint64_t n;

	for (uint64_t at = e->at; at < e->at + e->n; at += n) {
		n = SECTOR - at % SECTOR;
		if (n > e->at + e->n - at)
			n = e->at + e->n - at;
		if (torn && storetest_any(2))
			continue;
		if (e->what == ZERO)
			memset(file + at, 0, n);
		else
			memcpy(file + at, e->bytes + (at - e->at), n);
	}
}

/* The file after a cut before event `cut`; *synced: the last sync before it. */
static void
build(char *file, size_t cut, size_t *synced)
{
	*synced = 0;
	for (size_t i = 0; i < cut; i++)
		if (events[i].what == SYNC)
			*synced = i;
	for (size_t i = 0; i < cut; i++)
		if (events[i].what != SYNC && (i < *synced || storetest_any(2)))
			apply(file, &events[i], i >= *synced);
}

static void
write_file(const char *name, const char *bytes, size_t n)
{
	int	 fd = open(storetest_path(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	MUST(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	close(fd);
}

static char *
read_file(const char *name, size_t *n)
{
	int	 fd = open(storetest_path(name), O_RDONLY);
	char	*p;

	MUST(fd >= 0);
	*n = (size_t)lseek(fd, 0, SEEK_END);
	p = mem_alloc(*n + 1);
	MUST(pread(fd, p, *n, 0) == (ssize_t)*n);
	close(fd);
	return p;
}

/* Another boot: the superblocks that are intact say so. */
static void
change_boot(char *file)
{
	struct superblock	 b;

	for (size_t at = 0; at <= SUPERBLOCK_SECOND; at += SUPERBLOCK_SECOND) {
		memcpy(&b, file + at, sizeof b);
		memset(b.boot, 0x5a, sizeof b.boot);
		superblock_seal(&b);
		memcpy(file + at, &b, sizeof b);
	}
}

static void
mix_index(char *index, const char *old, size_t n)
{
	for (size_t at = 0; at < n; at += SECTOR)
		if (storetest_any(2))
			memcpy(index + at, old + at, SECTOR);
}

static uint64_t	 there, expected;

static void
judge(struct store *s, size_t cut, size_t synced)
{
	for (uint64_t n = 0; n < KEYS; n++) {
		int64_t v = storetest_get(s, n);
		uint64_t deleted = 0, newest = 0, safe = 0;

		for (size_t i = 0; i < facts_n && facts[i].event <= cut; i++) {
			if (facts[i].key != n)
				continue;
			if (facts[i].version == 0 && facts[i].event <= synced)
				deleted = newest;
			if (facts[i].version > newest)
				newest = facts[i].version;
			if (facts[i].event <= synced)
				safe = facts[i].version;
		}
		expected += safe != 0;
		there += safe != 0 && v >= (int64_t)safe;
		if (v >= 0)
			MUST((uint64_t)v > deleted);
	}
}

static void
one_cut(const char *first, size_t size, const char *index_then, const char *index_now,
    size_t index_size)
{
	char		*file = mem_alloc(size), *index = mem_alloc(index_size);
	size_t		 cut = storetest_any(events_n), synced;
	struct store	*s;

	memcpy(file, first, size);
	memcpy(index, index_now, index_size);
	build(file, cut, &synced);
	change_boot(file);
	write_file("sepia-segments", file, size);
	mix_index(index, index_then, index_size);
	if (storetest_any(3) == 0)
		unlink(storetest_path("sepia-index"));
	else
		write_file("sepia-index", index, index_size);
	s = storetest_open(2);
	/* while it is being rebuilt: nothing wrong, though it may be old */
	for (uint64_t n = 0; n < KEYS; n++)
		storetest_get(s, n);
	storetest_keep(s, 1);
	judge(s, cut, synced);
	MUST(storetest_put(s, 1, versions[1] + 1, 500) == STORE_STORED);
	MUST(storetest_get(s, 1) == (int64_t)versions[1] + 1);
	store_close(&s);
	free(file);
	free(index);
}

int
main(void)
{
	struct diskio	 seen = diskio_system;
	size_t		 size, index_size;
	char		*first, *index_then, *index_now;
	struct store	*s;

	msg_init(STDERR_FILENO, "crash", MSG_ERROR);
	s = storetest_open(2);
	store_close(&s);
	s = storetest_open(2);
	first = read_file("sepia-segments", &size);
	index_then = read_file("sepia-index", &index_size);
	for (int fd = 3; fd < 64 && watched < 0; fd++) {
		char link[64], name[256];
		ssize_t n;

		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		n = readlink(link, name, sizeof name - 1);
		if (n > 0 && memmem(name, (size_t)n, "sepia-segments", 14) != NULL)
			watched = fd;
	}
	seen.writev = seen_write;
	seen.sync = seen_sync;
	seen.zero = seen_zero;
	diskio = &seen;
	run(s);
	diskio = &diskio_system;
	index_now = read_file("sepia-index", &index_size);
	store_close(&s);
	for (int i = 0; i < CUTS; i++)
		one_cut(first, size, index_then, index_now, index_size);
	printf("%zu events, %d cuts; of what was synced before a cut and not changed after, %llu of %llu there (the rest reclaimed)\n", events_n, CUTS,
	    (unsigned long long)there, (unsigned long long)expected);
	MUST(there * 10 > expected * 5);
	for (size_t i = 0; i < events_n; i++)
		free(events[i].bytes);
	free(events);
	free(facts);
	free(first);
	free(index_then);
	free(index_now);
	storetest_clean();
	return 0;
}
