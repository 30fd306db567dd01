/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors: how many a process may have, and which of its parent's a child keeps. */
#ifndef PROC_LIMITS_H
#define PROC_LIMITS_H

#include <stddef.h>
#include <stdint.h>

enum { LIMITS_MOST = 1048576 };

/*
 * Raises RLIMIT_NOFILE's soft limit: to `wanted` (max_filedescriptors), or to the hard limit when
 * 0, at most LIMITS_MOST. Raises the hard limit too where that is allowed and wanted. Returns what
 * is in force.
 */
uint64_t	 limits_descriptors(uint64_t wanted);

/*
 * Closes every descriptor above 2 that is not in keep[n] (any order, -1 entries are skipped); keep
 * is sorted in place.
 */
void		 limits_close_others(int *keep, size_t n);

#endif
