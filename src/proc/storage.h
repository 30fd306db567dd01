/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The object store among the processes: opened by the master before its first fork, as
 * cache_effective_user; slots, descriptors and wakes of its children; `sepia -z`. Without a
 * cache_dir all of this does nothing.
 */
#ifndef PROC_STORAGE_H
#define PROC_STORAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "core/settings.h"
#include "proc/control.h"
#include "store/store.h"

enum { STORAGE_FDS_MAX = STORE_FDS_MAX + STORE_SLOTS_MAX };	/* more than there will be */

/*
 * Master: opens the cache_dirs for so many process slots and fills shared.store. Missing
 * directories are made if their parent is there and writable. What cannot be had is said, and the
 * proxy goes on without it. Files that have to be made or to grow are left to the keeper.
 */
void		 storage_open(const struct settings *s, unsigned slots);
void		 storage_close(void);
/* True: every cache_dir is on, or there is none. */
bool		 storage_is_on(void);
/* False: these settings name other cache_dirs (or sizes) than are in use. */
bool		 storage_same(const struct settings *s);

/* Descriptors that the store takes in each process, beside what connections need. */
unsigned	 storage_wanted(void);
/* Those that a worker or the keeper keeps now; answers how many. */
size_t		 storage_descriptors(int fds[STORAGE_FDS_MAX]);
/* Child: this process is in that process slot. */
void		 storage_join(unsigned slot);
/* Child: each edge of it says that shared_store_woken is to be called. Nobody reads it. */
int		 storage_wake_fd(void);
/* Master: the process of that slot is dead. */
void		 storage_died(unsigned slot);

/* Lines for -k status. */
void		 storage_tell(struct control *c);

/*
 * -k parse: notes and warnings about cache_dirs that are not there, or are none. Nothing is
 * changed.
 */
void		 storage_look(const struct settings *s, struct diag *d);
/*
 * -z: makes or looks at all cache_dirs and says on standard error how each one is. False: one of
 * them cannot be used.
 */
bool		 storage_prepare(const struct settings *s);

#endif
