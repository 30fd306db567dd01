/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a request: the table of steps and its driver. */
#ifndef PATH_H
#define PATH_H

#include <stdio.h>

#include "core/txn.h"

/*
 * Sets the hooks through which lower folders reach the driver. Once per process, before anything is
 * accepted.
 */
void		 path_init(void);
/* Ends whatever is under way in this process, now; each request and tunnel gets its record. */
void		 path_abort_all(void);
/* Connections are open, or records of what was on them wait for room in the log. */
bool		 path_busy(void);
/* Tells which request this process was working on, and where (for must_context and crashes). */
void		 path_context(int fd);
/* Prints the table, as src/README shows it. */
void		 path_print(FILE *to);
const char	*path_step_name(enum step s);

#endif
