/* SPDX-License-Identifier: Apache-2.0 */
/* This process's view of the shared memory; filled in by src/proc. */
#include "core/shared.h"

struct shared	 shared = { .logger_wake = -1 };
void		 (*shared_store_woken)(void);
