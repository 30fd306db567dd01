/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that a process shares with those it forks: anonymous, so it needs neither /dev/shm nor any
 * file, and it goes when the last of them ends. An inaccessible page stands before and behind it.
 */
#ifndef SHM_SEGMENT_H
#define SHM_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * size > 0 bytes, zeroed, aligned to a page, at the same address in every child. secret: never in a
 * core file. NULL with errno. Pages cost memory only once they are written.
 */
void	*segment_make(size_t size, bool secret);

/*
 * Takes it out of this process (p: what segment_make gave, with the same size). NULL is harmless.
 */
void	 segment_free(void *p, size_t size);

#endif
