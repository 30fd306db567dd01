/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fatal signals in a child: a report with the request's step and facts and the addresses of the
 * call stack, then the death the signal means. It stands in for a core file, which would hold
 * users' passwords.
 */
#ifndef PROC_CRASH_H
#define PROC_CRASH_H

void	 crash_catch(void);

#endif
