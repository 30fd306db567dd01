/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Going into the background: the command ends when the proxy serves (status 0), or when it cannot
 * (its status).
 */
#ifndef PROC_DAEMON_H
#define PROC_DAEMON_H

/* The caller's process waits and ends; what returns is the child, in a session of its own. */
void	 daemon_begin(void);
/* Tells the waiting parent its status; 0: the terminal is let go. Harmless without daemon_begin. */
void	 daemon_report(int status);

#endif
