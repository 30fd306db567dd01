/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ring.c (writer and reader: the mapped bytes) and ring_file.c (the master: the file) share.
 * Nobody else includes it.
 */
#ifndef SHM_RING_INNER_H
#define SHM_RING_INNER_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { RING_PAGE = 4096, RING_VERSION = 2 };

#define RING_MAGIC	UINT64_C(0x31676e6972706573)	/* "sepring1" */

/* The file's first page. */
struct ring_head {
	uint64_t			 magic;
	uint32_t			 version, header;
	uint64_t			 size, id;
	_Alignas(64) _Atomic uint64_t	 head;		/* writer's line */
	/* the writer's own head: records up to here are complete, but may not be shown yet */
	_Atomic uint64_t		 held;
	uint64_t			 tail_seen, holding;
	_Alignas(64) _Atomic uint64_t	 tail;		/* reader's line */
	_Atomic uint64_t		 damaged;
	_Alignas(64) _Atomic uint32_t	 reader;	/* enum ring_reader */
};
_Static_assert(sizeof(struct ring_head) <= RING_PAGE, "the header is one page");

/*
 * Of this process: what is read from shared memory would be whatever a process that ran wild has
 * left there.
 */
struct ring {
	struct ring_head	*m;
	char			*data;
	size_t			 size;
	uint64_t		 id;
	int			 fd;		/* valid in the process that opened it */
};

#endif
