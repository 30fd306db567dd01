/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper process: upkeep of the object store (store_keep), for as long as the master wants it.
 */
#ifndef PROC_KEEPERPROC_H
#define PROC_KEEPERPROC_H

/* Ends the process. */
_Noreturn void	 keeperproc_run(int leash);

#endif
