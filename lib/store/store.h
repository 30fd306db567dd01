/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The object store that all processes share: keys and bytes, nothing of HTTP. An object is a key
 * (128 bits of a cryptographic hash), small attributes and head bytes that the caller defines, and
 * a body of any length. Each cache_dir is one preallocated file of segments, appended to by each
 * process in a segment of its own, and one mapped index, which is a hint: what a record says is the
 * truth. README.md beside this file tells the formats and why a kill -9, a power cut or a damaged
 * file costs hits and nothing else.
 *
 * Who calls what: the master store_open (before it forks), store_slot_died, store_close; each
 * process that uses the store store_join; one process, the keeper, store_keep. Functions that take
 * STORE_NOWAIT never wait for a disk; where the bytes are not in memory they answer
 * STORE_WOULD_BLOCK and are called again with STORE_BLOCK by a thread that may wait. store_get,
 * store_extent, store_read, store_check, the release functions and store_follow_* may be called by
 * any thread; all others by one thread of the process (its loop).
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct store;		/* this process's view of what all share; inherited over fork */
struct store_object;	/* one that this process is storing */

struct store_key {
	uint64_t	 w[2];
};

enum {
	STORE_SLOTS_MAX	= 256,
	STORE_DIRS_MAX	= 16,
	STORE_FDS_MAX	= 2 * STORE_DIRS_MAX,
	STORE_ATTR_MAX	= 4096,		/* bytes of attributes */
	STORE_HEAD_MAX	= 65536,	/* bytes of head */
};
#define STORE_UNKNOWN	UINT64_MAX	/* a body whose length is not known yet */

/*
 * 0 where a default is to be used: mean_object 8 KiB, inline_bytes 64 KiB, chunk_bytes 1 MiB,
 * segment_bytes by the size (4 to 64 MiB).
 */
struct store_dir {
	const char	*path;		/* an existing directory; copied */
	uint64_t	 bytes;		/* of the segment file; at most 4 TiB */
	uint64_t	 min_size, max_size;	/* bodies it takes; max_size 0: any */
	/*
	 * what objects measure on average: decides the size of the index, 16 bytes for each; there
	 * is room for one a KiB, or a million, anyway
	 */
	uint32_t	 mean_object;
	/* a multiple of 4096; of an existing store its own is kept, as are the next two */
	uint32_t	 segment_bytes;
	uint32_t	 inline_bytes;	/* of a body that stand in the same record as the head */
	uint32_t	 chunk_bytes;	/* the rest of the body comes in records of so many bytes */
	/*
	 * nothing new while more than this waits to be synced; 0: 256 MiB or a 16th of the memory
	 */
	uint64_t	 behind_bytes;
};

struct store_options {
	const struct store_dir	*dirs;
	unsigned		 dirs_n;
	/* processes, the keeper among them: slot numbers are below it */
	unsigned		 slots;
	/* objects one process may announce at a time; 0: 1024 */
	unsigned		 underway;
	/*
	 * store_keep makes files that are missing or have to grow, not store_open: it may take long
	 */
	bool			 make_later;
};

/*
 * Opens all cache_dirs, makes those that are empty. One that cannot be used now (missing, full,
 * failing, in use, another program's) is off, which is said once; store_keep tries it again. NULL
 * only when memory cannot be had (errno) or the options are out of bounds (EINVAL).
 */
struct store	*store_open(const struct store_options *o);
void		 store_close(struct store **s);
/*
 * The descriptors that this process has open: those a child must keep. At most STORE_FDS_MAX;
 * answers how many.
 */
unsigned	 store_descriptors(const struct store *s, int fds[STORE_FDS_MAX]);

/*
 * Makes or looks at one cache_dir without using it (-z). False: why says what is wrong, in words
 * for the administrator.
 */
bool		 store_prepare(const struct store_dir *d, char *why, size_t cap);

/*
 * This process (after the fork) is slot. A slot that was used before has been cleared by
 * store_slot_died.
 */
void		 store_join(struct store *s, unsigned slot);
/* The process stops storing: its segments are closed as they are. */
void		 store_leave(struct store *s);
/*
 * Master: the process of this slot is gone, however it ended. Its pins, its segments and what it
 * announced are given back; followers are woken.
 */
void		 store_slot_died(struct store *s, unsigned slot);

/*
 * How a process that follows an object is woken: called with each slot to wake, this process's own
 * among them if somebody here follows, out of store_append, store_commit, store_abort, store_begin,
 * store_claim_end and store_slot_died; the keeper's slot out of all that write, when there is
 * something for it to do before the time that store_keep said. It only passes the news on (an
 * eventfd, a flag): it calls nothing of the store. Without a hook nobody is woken. Followers in the
 * writer's own process are followers like all others.
 */
void		 store_set_wake(struct store *s, void (*wake)(void *arg, unsigned slot), void *arg);

/*
 * For a SIGBUS handler: true when addr lies in an index that somebody cut off; the process goes on
 * with an empty index in its place and the cache_dir goes off. store_guard installs a handler that
 * does just this and lets every other SIGBUS end the process.
 */
bool		 store_fault(const void *addr);
void		 store_guard(void);

/* ---- reading ---- */

enum store_how { STORE_NOWAIT, STORE_BLOCK };
enum store_got { STORE_HIT, STORE_MISS, STORE_WOULD_BLOCK };

/*
 * A run of body bytes in a file, pinned: they stay as they are until store_extent_done. If sendable
 * it is good for sendfile(fd, at, len), and the pin need not be held longer than the call: what the
 * socket still holds stays as it is. Bytes that were not compared with their checksum since
 * somebody else wrote into the file, or in the last quarter of a second (!checked), must not be
 * sent before store_check has said STORE_HIT.
 */
struct store_extent {
	uint32_t	 tag;
	int		 fd;
	uint64_t	 pos;		/* of its first byte in the body */
	uint64_t	 at;		/* the same in the file */
	uint64_t	 len;		/* >= 1, but for an empty body */
	bool		 checked;
	/*
	 * false: its pages may change under a socket that still holds them after the pin is gone:
	 * read and send instead
	 */
	bool		 sendable;
	/* private */
	uint8_t		 dir, pinned;
	uint32_t	 segment, crc, whole_len;
	uint64_t	 whole_at, word, nonce;
	uint64_t	 state;		/* of the file, when it was compared (verified.h) */
	struct store_key index_key;
};

struct store_hit {
	uint32_t	 tag;
	uint32_t	 flags;		/* the caller's, as stored */
	struct store_key key;
	/* bytes of the whole body; STORE_UNKNOWN for one that grows and does not know */
	uint64_t	 total;
	uint64_t	 expires, stored;	/* the caller's times, as stored */
	/* grows with every change of any object: tells versions apart */
	uint64_t	 stamp;
	uint64_t	 body_id;	/* the same for all versions of the head over one body */
	uint32_t	 base;		/* private: bytes of the body before its first chunk */
	struct span	 attr, head;	/* in the caller's buffer */
	/*
	 * the body's beginning, as far as it is there: in the caller's buffer, checked if
	 * extent.checked
	 */
	struct span	 body;
	/* the part of the body that stands in the head's record (len may be 0) */
	struct store_extent extent;
};

/*
 * Looks up and reads in one go: attributes, head and the beginning of the body into buf (cap >=
 * STORE_ATTR_MAX + STORE_HEAD_MAX + 4096 takes any head). Body bytes that came whole into buf are
 * compared with their checksum each time. On STORE_HIT the record is pinned until store_release. A
 * hit counts as a use of the object. buf is aligned for a uint64_t.
 */
enum store_got	 store_get(struct store *s, const struct store_key *k, enum store_how how,
		    void *buf, size_t cap, struct store_hit *h);
/*
 * h: what store_get once read for k, released, its buffer as it was. True: store_get would read the
 * same again (the index leads to the same place in the same life of its segment, where a record
 * never changes); h is then as after a STORE_HIT, without a system call. False: ask store_get.
 */
bool		 store_get_again(struct store *s, const struct store_key *k, struct store_hit *h);
/*
 * The bytes are no longer pinned; what h says (without attr, head, body, extent) may still be
 * looked at. Twice is harmless.
 */
void		 store_release(struct store *s, struct store_hit *h);

/*
 * Says that k will be looked up soon: asks the memory for the two cache lines of the index, so that
 * they are there when other work (a tenth of a microsecond of it) is done. Changes nothing.
 */
void		 store_prefetch(struct store *s, const struct store_key *k);
/* A hint from the index alone (no disk, no use counted): false is certain for this moment. */
bool		 store_maybe(struct store *s, const struct store_key *k);
/* The same for all parts of the body that hold [from, to). */
bool		 store_maybe_range(struct store *s, const struct store_hit *h, uint64_t from,
		    uint64_t to);

struct store_follow;		/* below */

/*
 * Somebody reads a body, at his own speed: until store_reader_end no byte of [from, to) that he has
 * not come to is dropped, whatever becomes of the object, as long as all that is wanted so fits
 * into half of its cache_dir (who began first comes first). The part in the head's record is not
 * meant: that is pinned, or copied. By the process's loop.
 */
struct store_reader {
	uint32_t	 entry;		/* private; 0: none */
};
/*
 * f: h is what store_follow_head said; to may be STORE_UNKNOWN. True: the bytes are there (a hint,
 * as store_maybe_range's; of what grows those that have come). False: some are not, or what grew
 * does not any more; nobody reads. What lies in the head's record alone needs no reader: none is
 * begun.
 */
bool		 store_reader_begin(struct store *s, struct store_reader *r,
		    const struct store_hit *h, uint64_t from, uint64_t to,
		    const struct store_follow *f);
/* Nothing before pos is wanted any more; narrow: nor behind `to`. */
void		 store_reader_at(struct store *s, const struct store_reader *r, uint64_t pos);
void		 store_reader_narrow(struct store *s, const struct store_reader *r, uint64_t from,
		    uint64_t to);
/* What grew has STORE_ENDED: true: it is complete with so many bytes. False: it was given up. */
bool		 store_reader_total(struct store *s, const struct store_reader *r, uint64_t *total);
/*
 * How far the last of those who read the same body is behind pos, in bytes; who is by more than
 * `most` does not count. A hint: of very many not all are looked at. 0 also where r has no entry.
 */
uint64_t	 store_reader_lag(struct store *s, const struct store_reader *r, uint64_t pos,
		    uint64_t most);
/* harmless with none */
void		 store_reader_end(struct store *s, struct store_reader *r);

/*
 * The run that holds body byte pos (< h->total), from there to its end. STORE_MISS: that part is
 * not there (any more).
 */
enum store_got	 store_extent(struct store *s, const struct store_hit *h, uint64_t pos,
		    enum store_how how, struct store_extent *e);
void		 store_extent_done(struct store *s, struct store_extent *e);
/*
 * Compares the record's whole body with its checksum if it is not checked. STORE_MISS: damaged; it
 * is dropped.
 */
enum store_got	 store_check(struct store *s, struct store_extent *e, enum store_how how);
/*
 * For one that is held for longer: is it still as it was when it was compared? Not if somebody else
 * has written into the file meanwhile; then it is not checked any more. The file is asked once in a
 * round of the loop. What came from store_follow_head is taken for right: it has no checksum yet.
 */
bool		 store_still_checked(struct store *s, struct store_extent *e);
/*
 * Whether body bytes [pos, pos + n) of the extent (or up to its end) are in memory now, read and
 * not only asked for, so that sendfile does not wait for the disk. Does not wait itself. True is no
 * promise: they may be evicted in the next moment.
 */
bool		 store_resident(struct store *s, const struct store_extent *e, uint64_t pos,
		    uint64_t n);
/*
 * n bytes (or up to the extent's end) from body byte pos. *got: how many came. STORE_MISS: the disk
 * fails.
 */
enum store_got	 store_read(struct store *s, const struct store_extent *e, uint64_t pos, void *buf,
		    size_t n, enum store_how how, size_t *got);

/* ---- writing: into the page cache, in this process's own segment ---- */

struct store_meta {
	struct span	 attr, head;
	uint64_t	 expires, stored;
	uint32_t	 flags;
};

enum store_put {
	STORE_STORED,
	/* no free segment now, or the disk is too far behind with writing */
	STORE_NO_ROOM,
	STORE_OFF,		/* no cache_dir takes it, or the one that did failed */
	STORE_TOO_LARGE,	/* head, attributes or body */
	/* what was to be changed is not there any more (or would have to be waited for) */
	STORE_GONE,
};

struct store_claim;		/* below */

/*
 * A whole object at once. body.n: at most what a segment holds; beyond inline_bytes it comes in
 * chunks. Replaces what the key had. Where two processes store one key at the same time the later
 * store_put or store_commit (the greater stamp) remains.
 */
enum store_put	 store_put(struct store *s, const struct store_key *k, const struct store_meta *m,
		    struct span body);

/*
 * Begins an object whose body is still to come; total: its length or STORE_UNKNOWN. c: a claim on
 * the same key, which others follow, or NULL; it then belongs to the object and ends with it. NULL:
 * *why; the claim stays the caller's. (Where the key turns out to be another one, as for a variant:
 * claim that as well, begin the object with that claim, store what leads from the first key to it,
 * then end the first claim: who followed that is woken, looks again, is led to the other key and
 * finds it growing.)
 */
struct store_object *store_begin(struct store *s, const struct store_key *k,
    const struct store_meta *m, uint64_t total, struct store_claim *c, enum store_put *why);
/*
 * The next bytes; followers see them at once. After anything but STORE_STORED only store_abort
 * remains.
 */
enum store_put	 store_append(struct store_object *o, struct span bytes);
/*
 * The body is complete (its length is what was said, if it was said): from now on it is found.
 * Frees the object whatever the answer.
 */
enum store_put	 store_commit(struct store_object **o);
void		 store_abort(struct store_object **o);
/*
 * It will not be complete: nobody new finds it (store_claim, store_growing), who follows it is told
 * (STORE_STOPPED), and may read what is there until store_abort.
 */
void		 store_hide(struct store_object *o);
/*
 * Its attributes as store_commit will write them, *n bytes, to be changed where they stand. Who
 * follows it goes on seeing those that it was begun with.
 */
char		*store_attr(struct store_object *o, size_t *n);
uint64_t	 store_length(const struct store_object *o);	/* bytes so far */
/* Somebody has said in the last seconds that he follows it (store_follow_stay). */
bool		 store_followed(const struct store_object *o, unsigned within_s);

/*
 * The same, but what came is the whole body from now on, of an object with these flags: the caller
 * knows what it is. Who follows finds it shorter than was said. Nothing came: the object is given
 * up.
 */
enum store_put	 store_commit_short(struct store_object **o, uint32_t flags);

/*
 * Other attributes and another head over the same body (a 304). h may have been read long ago and
 * released: STORE_GONE when the object was replaced or dropped since, or must be waited for
 * (STORE_NOWAIT).
 */
enum store_put	 store_update(struct store *s, const struct store_hit *h,
		    const struct store_meta *m, enum store_how how);

/*
 * Forgets the object. True: there may have been one. Holds through the loss of the index and, once
 * synced, through a power cut; for that it writes 128 bytes even if nothing was there: a caller
 * that need not be so sure asks store_maybe first. Should there be no room even for these (counted:
 * unburied), the record that the index had is made the mark itself; if it had none, or that is
 * reclaimed, an older version may show itself again when the index is lost, or is just being made
 * anew.
 */
bool		 store_delete(struct store *s, const struct store_key *k);

/*
 * For what began before a key was forgotten and is not stored yet: store_bar says that from now on
 * no such thing counts; who fetches remembers the moment it began, and asks before it stores
 * whether the key was barred since. A key that looks like it may be taken for it (1 in 4096): then
 * something is not stored that could be. Moments have the scale of stamps and body_ids.
 */
uint64_t	 store_moment(const struct store *s);
void		 store_bar(struct store *s, const struct store_key *k);
bool		 store_barred(const struct store *s, const struct store_key *k, uint64_t since);

/* ---- one fetch for many ---- */

/*
 * A claim says: this process is fetching the object. It ends by store_commit, store_abort or
 * store_claim_end, or when its process dies.
 */
struct store_claim {
	uint32_t	 entry;			/* private */
	uint64_t	 life;
	struct store_key key;
};
struct store_follow {
	uint32_t	 slot, entry;		/* private */
	uint64_t	 life;
	struct store_key key;
};

enum store_claimed {
	STORE_CLAIMED,		/* nobody was: *c is yours */
	STORE_FOLLOW,		/* *f tells who is */
	STORE_ALONE,		/* cannot be announced (the table is full): fetch it for yourself */
};
enum store_claimed store_claim(struct store *s, const struct store_key *k, struct store_claim *c,
    struct store_follow *f);
/*
 * Who is fetching or storing it at this moment, without a claim: false: nobody. Costs a look at one
 * word, at one entry where that is not 0.
 */
bool		 store_growing(struct store *s, const struct store_key *k, struct store_follow *f);
/* Says that somebody follows it (store_followed): once he begins to, and as long as he does. */
void		 store_follow_stay(struct store *s, const struct store_follow *f);
/* Nobody will get anything from it: private, failed, not to be stored. Harmless when it is over. */
void		 store_claim_end(struct store *s, struct store_claim *c);

enum store_way {
	STORE_ASKED,		/* no answer yet */
	STORE_GROWING,		/* store_follow_head and store_follow_read work */
	STORE_STOPPED,		/* the same, but it grows no more and will not be complete */
	/* look it up again: found with the same body_id means complete, else go on by yourself */
	STORE_ENDED,
};
/*
 * wait: this process's slot is woken (at least) at the next change after this look. *length: body
 * bytes there so far.
 */
enum store_way	 store_follow_look(struct store *s, const struct store_follow *f, bool wait,
		    uint64_t *length);
/*
 * Like store_get of what grows: attr, head, total (maybe unknown), body_id; body is empty, the
 * extent holds bytes only when it has grown up. Pinned until store_release. STORE_MISS: it ended.
 */
enum store_got	 store_follow_head(struct store *s, const struct store_follow *f,
		    enum store_how how, void *buf, size_t cap, struct store_hit *h);
/*
 * Body bytes from pos that are there already; *got 0: none yet. STORE_MISS: it ended, or those
 * bytes are gone.
 */
enum store_got	 store_follow_read(struct store *s, const struct store_follow *f, uint64_t pos,
		    void *buf, size_t n, enum store_how how,
    size_t *got);

/* ---- keeping: one process ---- */

/*
 * One bounded piece of upkeep (a segment to seal, reclaim or read for the index; a cache_dir to try
 * again; a sync). It waits for disks. now_s: wall clock seconds. Returns milliseconds until there
 * may be more to do; 0: at once.
 */
unsigned	 store_keep(struct store *s, uint64_t now_s);
/* Everything written so far is on the disk when it returns true. */
bool		 store_sync(struct store *s);

struct store_stats {
	bool		 on, rebuilding;
	uint64_t	 bytes, segment_bytes, index_bytes;
	/* fresh: of the sealed, those not yet reclaimed once */
	uint32_t	 segments, free, open, full, sealed, fresh;
	uint64_t	 hits, misses, stored, deleted, no_room, damaged, dropped, carried,
	    index_full, unburied, behind;
};
unsigned	 store_dirs(const struct store *s);
void		 store_stat(struct store *s, unsigned dir, struct store_stats *st);
/* Objects in the index (counts them: reads the whole index). */
uint64_t	 store_count(struct store *s, unsigned dir);

#endif
