/* SPDX-License-Identifier: Apache-2.0 */
/* The first moments of a child of the master: what it keeps, what it gives up, what it becomes. */
#ifndef PROC_BIRTH_H
#define PROC_BIRTH_H

#include "proc/kids.h"

/*
 * True: standard output belongs to whoever started us, and stays (foreground: a log to
 * /dev/stdout). Set before the first fork.
 */
extern bool	 birth_stdout;
/*
 * True: fatal signals are left to the kernel, which may write core files (-C). Set before the first
 * fork.
 */
extern bool	 birth_cores;

/* In the child, right after fork(). leash is its end of the line. Does not return. */
_Noreturn void	 birth(const struct kid *k, int leash, const struct settings *s);

#endif
