/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cache_dir's files say of themselves: whose they are, their geometry, the boot in which
 * they were last opened. Three copies: two at the front of the segment file and one at the front of
 * the index; any that is intact is enough.
 */
#ifndef STORE_SUPERBLOCK_H
#define STORE_SUPERBLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

enum {
	SUPERBLOCK_SECOND	= 4096,		/* where the copy stands */
	/* where the directory of segments begins (segtab.h) */
	SUPERBLOCK_DIRECTORY	= 8192,
	SUPERBLOCK_INDEX	= 4096,		/* where the index's buckets begin */
	SUPERBLOCK_LARGE_PAGE	= 2 << 20,
};

struct superblock {
	uint8_t		 magic[16];
	uint32_t	 version, crc;		/* of all with crc 0 */
	uint64_t	 store_id[2];		/* random: index and segments belong together */
	uint64_t	 generation;		/* of several copies the greatest counts */
	uint64_t	 run;			/* how often it was opened */
	/* all stamps given before this was written are smaller */
	uint64_t	 stamp;
	uint64_t	 segments, buckets;
	/* where the first segment begins; before it there is room for a directory that grows */
	uint64_t	 segments_at;
	uint32_t	 segment_bytes, inline_bytes, chunk_bytes;
	/* holds everything the segments do (as far as it could) */
	uint32_t	 index_complete;
	uint8_t		 boot[16];		/* the kernel's boot id */
};
_Static_assert(sizeof(struct superblock) <= 512, "one sector, so that it is written whole");

enum superblock_got {
	SUPERBLOCK_OURS,
	SUPERBLOCK_EMPTY,	/* the file has no bytes */
	SUPERBLOCK_DAMAGED,	/* ours by its first bytes, but not intact */
	SUPERBLOCK_FOREIGN,
	SUPERBLOCK_VERSION,	/* of this program, but of a format it does not know */
	SUPERBLOCK_UNREADABLE,	/* errno */
};

/* A new one with this geometry (defaults filled in). */
void		 superblock_make(struct superblock *b, const struct store_dir *d);
/* From d->bytes and the segment size: how many segments and buckets. */
void		 superblock_measure(struct superblock *b, const struct store_dir *d);
/* The copy at `at`, judged. */
enum superblock_got superblock_read(int fd, uint64_t at, struct superblock *b);
/* The best of what the segment file says. */
enum superblock_got superblock_find(int fd, struct superblock *b);
/* Both copies of the segment file, with a generation one greater, one after the other. */
bool		 superblock_write(int fd, struct superblock *b);
void		 superblock_seal(struct superblock *b);

/* The kernel's boot id; zeros when it cannot be read (then no boot is the same as another). */
void		 superblock_boot(uint8_t id[16]);
bool		 superblock_same_boot(const struct superblock *b);

/*
 * No page of the page cache, however large (2 MiB with pages of 4 KiB), holds bytes of two
 * segments.
 */
static inline bool
superblock_is_aligned(const struct superblock *b)
{
	return b->segment_bytes % SUPERBLOCK_LARGE_PAGE == 0 &&
	    b->segments_at % SUPERBLOCK_LARGE_PAGE == 0;
}

static inline uint64_t
superblock_file_bytes(const struct superblock *b)
{
	return b->segments_at + b->segments * b->segment_bytes;
}

static inline uint64_t
superblock_index_bytes(const struct superblock *b)
{
	return (SUPERBLOCK_INDEX + b->buckets * 64 + 4095) / 4096 * 4096;
}

#endif
