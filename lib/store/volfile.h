/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two files of a cache_dir: made, judged, brought to their length, mapped. The first is made
 * under another name and renamed when it is whole, so that what bears the name is a store or
 * somebody else's. Nothing that is not ours is changed. For volume.c.
 */
#ifndef STORE_VOLFILE_H
#define STORE_VOLFILE_H

#include <stdbool.h>

#include "store/volume.h"

#define VOLFILE_SEGMENTS	"sepia-segments"
#define VOLFILE_INDEX		"sepia-index"

/* Says why (v->why); false. */
bool	 volfile_refuse(struct volume *v, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));

/* What the files will be: a new store, or the one that is there, as large as d says. */
void	 volfile_plan(const struct store_dir *d, struct superblock *b);
/*
 * Opens the segment file, or makes it, and takes the lock on it; its superblock then counts
 * (v->super). False: it cannot be used, v->why.
 */
bool	 volfile_segments(struct volume *v);
/*
 * The same for the index, which is mapped. *known: what is in it belongs to these segments, though
 * it may be out of date. *complete: it lacked nothing.
 */
bool	 volfile_index(struct volume *v, bool *known, bool *complete);
/*
 * Where one is mapped already the new one takes its place in one step: another thread may be
 * reading.
 */
bool	 volfile_map_index(struct volume *v);
/*
 * Both, as another process has opened them. The segment file stays open if it is: replies may be
 * under way from it. So does an index that need not be opened again: this process may not be
 * allowed to.
 */
bool	 volfile_attach(struct volume *v);
void	 volfile_close(struct volume *v);

#endif
