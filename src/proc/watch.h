/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The master's own small loop: poll(2) over a few dozen descriptors, and one due time. Not
 * lib/net's loop: the master forks in the middle of its work, and what it forks makes a loop of its
 * own from nothing.
 */
#ifndef PROC_WATCH_H
#define PROC_WATCH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Calls cb(arg, fd) when there is something to read (or, with writing, room to write), or the other
 * side is gone.
 */
void	 watch_add(int fd, bool writing, void (*cb)(void *arg, int fd), void *arg);
void	 watch_remove(int fd);		/* harmless when not watched; allowed inside a callback */

/*
 * The next round ends at this time (monotonic, milliseconds) at the latest; the earliest one
 * counts.
 */
void	 watch_due(uint64_t at_ms);
/* Waits for something (or until due), and calls what is to be called. Due times are forgotten. */
void	 watch_round(void);

#endif
