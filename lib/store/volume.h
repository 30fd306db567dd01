/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One cache_dir as this process sees it: its two files, the mapped index, what is shared of it. It
 * is on or off for all processes at once; a process opens the files when it first meets a cache_dir
 * that another one has brought on.
 */
#ifndef STORE_VOLUME_H
#define STORE_VOLUME_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "store/bucket.h"
#include "store/diskio.h"
#include "store/pagemap.h"
#include "store/segtab.h"
#include "store/store.h"
#include "store/superblock.h"
#include "store/verified.h"

enum volume_counter {
	VOLUME_HITS, VOLUME_MISSES, VOLUME_STORED, VOLUME_DELETED, VOLUME_NO_ROOM, VOLUME_DAMAGED,
	VOLUME_DROPPED, VOLUME_CARRIED, VOLUME_INDEX_FULL, VOLUME_UNBURIED, VOLUME_BEHIND,
	VOLUME_COUNTERS
};

struct volume_shared {
	/* life: grows each time the files are opened anew; 0: never yet */
	_Atomic uint32_t	 on, life;
	_Atomic uint32_t	 age;			/* ghosts' clock */
	/* pages given to a socket stay as they are when their segment is wiped */
	_Atomic uint32_t	 sendable;
	/* the index was cut off: the files have to be opened anew */
	_Atomic uint32_t	 cut;
	_Atomic uint32_t	 rebuild;		/* still to be done by the keeper */
	/* segments taken before this one may hold what the index lacks */
	_Atomic uint64_t	 rebuild_seq;
	_Atomic uint64_t	 reclaimed;
	struct verified		 verified;
	/* of each slot, so that counting costs nobody a cache line */
	struct volume_counts {
		_Atomic uint64_t	 n[VOLUME_COUNTERS];
		_Atomic uint32_t	 writing;
	} __attribute__((aligned(128))) counts[STORE_SLOTS_MAX];	/* lines are fetched in
									 * pairs */
};

struct volume {
	uint32_t		 tag, number, slots;
	char			*path;
	struct store_dir	 want;			/* path is not used */
	struct superblock	 super;
	int			 fd, index_fd;		/* -1: not open here */
	/* what volume_own_file replaced: the lock goes with it; or -1 */
	int			 inherited_fd;
	pid_t			 opener;		/* whose fd is: others inherited it */
	struct pagemap		 pages;			/* of fd */
	bool			 locked, complained;
	_Atomic uint32_t	 refused_life;		/* cannot be opened by this process */
	_Atomic uint32_t	 life;			/* of the files open here */
	struct bucket_index	 index;
	void			*index_map;
	size_t			 index_bytes;
	struct volume_shared	*shared;
	struct volume_counts	*counts;		/* this process's */
	struct {				/* verified_state in this round of the loop */
		uint64_t	 us, state;
		bool		 settled;
	}			 seen;
	uint64_t		 write_us;	/* the round in which it was last looked for strangers */
	struct segtab		 segs[1];
	size_t			 shared_bytes;
	char			 why[256];		/* what was said last */
};

/*
 * Decides the geometry (the file's own if there is one) and makes what is shared. False: no memory.
 */
bool		 volume_init(struct volume *v, uint32_t number, const struct store_dir *d,
		    uint32_t slots);
void		 volume_free(struct volume *v);

/*
 * The first process to use it, or the keeper trying again: opens or makes the files, judges them.
 * Raises *stamp. False: off, said once.
 */
bool		 volume_start(struct volume *v, uint64_t *stamp);
/* False: volume_start would have to set aside blocks. (True where it cannot do anything, too.) */
bool		 volume_is_made(const struct volume *v);
/* The same files, in a process that did not open them. False: they cannot be had here. */
bool		 volume_attach(struct volume *v);
/*
 * In a process that inherited the store: it reads and writes the segment file by a descriptor that
 * it does not share, where it may open one. (The kernel counts each call in the open file: of a
 * read's 0.44 microseconds it costs 0.22 more if another process does the same.)
 */
void		 volume_own_file(struct volume *v);
/* Makes or looks at the files, for -z. */
bool		 volume_prepare(const struct store_dir *d, char *why, size_t cap);

/*
 * Something failed that makes it useless: off for all processes; the first one to say so says it.
 */
void		 volume_fail(struct volume *v, const char *what);
/* The keeper: it was off after failing; writes something to see. */
bool		 volume_try_again(struct volume *v);
/*
 * More waits to be synced than may: what is written goes into the page cache at once, but only as
 * long as the kernel does not think that too much of it is dirty; from there on it makes the writer
 * wait for the disk. So new segments are refused before it comes to that.
 */
bool		 volume_is_behind(const struct volume *v);
/*
 * Takes or keeps the lock that no other program may use the files; the keeper's successor needs it
 * when the master has none.
 */
bool		 volume_lock(struct volume *v);
/* Writes the superblock with these facts. */
bool		 volume_write_super(struct volume *v, uint64_t stamp);
/* The index holds everything: says so in the index, so that the next start believes it. */
void		 volume_index_complete(struct volume *v, bool complete);

/*
 * The segment file that is open is the one that bears the name; false: somebody has removed or
 * replaced it.
 */
bool		 volume_is_in_place(const struct volume *v);

/* Its index may raise SIGBUS from now on, or not any more (store_guard.c). */
void		 volume_watch(struct volume *v);
void		 volume_unwatch(struct volume *v);

static inline bool
volume_on(struct volume *v)
{
	if (atomic_load_explicit(&v->shared->on, memory_order_acquire) == 0)
		return false;
	return v->life == v->shared->life || volume_attach(v);
}

static inline void
volume_count(struct volume *v, enum volume_counter c)
{
	atomic_fetch_add_explicit(&v->counts->n[c], 1, memory_order_relaxed);
}

/*
 * Around everything that changes the segment file once it is in use, so that it is known for our
 * own. This change will be the file's last: if the one before was somebody else's, now is the time
 * to see it.
 */
void		 volume_write_begins(struct volume *v);
void		 volume_write_ends(struct volume *v);
/* diskio_write and its kin, so surrounded; the entry of a segment as it is now. */
bool		 volume_write_entry(struct volume *v, uint32_t segment);
bool		 volume_write_all(struct volume *v, struct iovec *parts, int n, uint64_t at);

static inline bool
volume_write(struct volume *v, const void *p, size_t n, uint64_t at)
{
	return volume_write_all(v, &(struct iovec){ (void *)(uintptr_t)p, n }, 1, at);
}

/* What a process that died held of it is free. */
void		 volume_slot_died(struct volume *v, unsigned slot);
uint64_t	 volume_counted(const struct volume *v, enum volume_counter c);

/*
 * Where in the file segment i begins; which segment holds a place (bounds included: false for one
 * outside).
 */
static inline uint64_t
volume_segment_at(const struct volume *v, uint32_t i)
{
	return v->super.segments_at + (uint64_t)i * v->super.segment_bytes;
}

static inline bool
volume_segment_of(const struct volume *v, uint64_t place, uint32_t *i, uint64_t *room)
{
	uint64_t n;

	if (place < v->super.segments_at)
		return false;
	n = (place - v->super.segments_at) / v->super.segment_bytes;
	if (n >= v->super.segments)
		return false;
	*i = (uint32_t)n;
	*room = volume_segment_at(v, *i) + v->super.segment_bytes - place;
	return true;
}

#endif
