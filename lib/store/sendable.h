/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether pages that were given to a pipe or socket stay as they are when their part of the file is
 * wiped (diskio->zero) and written to again. The kernel keeps references to pages of the page
 * cache, not copies: on a file system that wipes in place the receiver would get bytes of another
 * object.
 */
#ifndef STORE_SENDABLE_H
#define STORE_SENDABLE_H

#include <stdbool.h>

/* Tries it with an unnamed file in this directory. False: it is not so, or cannot be tried. */
bool	 sendable_probe(const char *dir);

#endif
