/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether pages of a file are in memory now: read, not only asked for. The file is mapped for
 * asking (mincore) and never touched by that: the mapping allows no access, has no page tables and
 * raises no signal. Any thread of the process that has it.
 */
#ifndef STORE_PAGEMAP_H
#define STORE_PAGEMAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeros: nothing is mapped yet. */
struct pagemap {
	/* MAP_FAILED: the system does not let us ask; then reading tells */
	char	*_Atomic	 at;
	size_t			 n;
};

/* Whether reading bytes [from, from + n) of fd would not wait. fd: the same file each time. */
bool	 pagemap_resident(struct pagemap *m, int fd, uint64_t from, uint64_t n);
/* Not while somebody asks. */
void	 pagemap_close(struct pagemap *m);

#endif
