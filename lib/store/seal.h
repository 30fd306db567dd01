/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealing: what is in a segment in which nobody writes any more comes to the disk with its table of
 * contents, and the directory of segments says so.
 */
#ifndef STORE_SEAL_H
#define STORE_SEAL_H

#include <stdbool.h>

#include "store/store_inner.h"

/*
 * Some of those that are full, together, as that waits for the disk twice; what holds nothing is
 * EMPTYING. Waits for the disk; one that fails turns the volume off. False: there was none.
 */
bool	 seal_some(struct store *s, struct volume *v);

#endif
