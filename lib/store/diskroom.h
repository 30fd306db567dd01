/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache_dirs that are larger than the disks they are on, as configurations that came from another
 * machine have them.
 */
#ifndef STORE_DISKROOM_H
#define STORE_DISKROOM_H

#include "store/store.h"

/*
 * Makes each that does not fit on its disk smaller (bytes), and says so: it has three quarters of
 * what it and nobody else takes there, and never less than it has already; so it has the same at
 * each start, and more when there is much more room. One that could hardly hold anything stays as
 * it is: its disk is full, and may not be so for long. Before the files are opened; asks the file
 * systems.
 */
void	 diskroom_fit(struct store_dir *dirs, unsigned n);

#endif
