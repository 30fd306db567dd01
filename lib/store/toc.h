/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a segment holds: its table of contents, written at its end when it is sealed, or found by
 * walking over its records. A record that is not intact is passed over; where the writer may have
 * died in the middle of one, bodies are looked at too.
 */
#ifndef STORE_TOC_H
#define STORE_TOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/record.h"
#include "store/volume.h"

struct toc_entry {
	struct store_key key;		/* as the index knows it */
	uint64_t	 stamp;
	uint32_t	 offset;	/* in the segment, 64-byte units */
	uint32_t	 units_kind;	/* length in 64-byte units << 4 | enum record_kind */
};
_Static_assert(sizeof(struct toc_entry) == 32, "part of the file format");

struct toc {
	struct toc_entry	*entries;	/* free() */
	size_t			 n, cap;
};

static inline uint64_t
toc_offset(const struct toc_entry *e)
{
	return (uint64_t)e->offset * RECORD_ALIGN;
}

static inline uint64_t
toc_length(const struct toc_entry *e)
{
	return (uint64_t)(e->units_kind >> 4) * RECORD_ALIGN;
}

static inline enum record_kind
toc_kind(const struct toc_entry *e)
{
	return (enum record_kind)(e->units_kind & 15);
}

/* Bytes at the segment's end for so many entries. */
static inline uint64_t
toc_room(uint64_t n)
{
	return (n * sizeof(struct toc_entry) + RECORD_ALIGN - 1) / RECORD_ALIGN * RECORD_ALIGN;
}

/* Where in the segment the last of its records ends. */
uint64_t toc_end(const struct toc *t);
/* Walks over the segment; waits for the disk. False: it cannot be read. */
bool	 toc_scan(const struct volume *v, uint32_t segment, struct toc *t);
/* The same with copies and versions that were not confirmed (RECORD_GROWING). */
bool	 toc_scan_all(const struct volume *v, uint32_t segment, struct toc *t);
/* The written table if it is intact, else toc_scan. */
bool	 toc_load(const struct volume *v, uint32_t segment, struct toc *t);
/*
 * Writes the table to the segment's end and notes it in the segment table. False: the disk fails.
 * One that has no room is left out.
 */
bool	 toc_write(struct volume *v, uint32_t segment, const struct toc *t);
/* By key and stamp; then: whether a record of the same key in it is newer than e. */
void	 toc_sort(struct toc *t);
bool	 toc_has_newer(const struct toc *sorted, const struct toc_entry *e);
void	 toc_add(struct toc *t, const struct toc_entry *e);
void	 toc_free(struct toc *t);

#endif
