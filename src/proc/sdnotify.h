/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd's readiness protocol (sd_notify(3)): datagrams to the socket that $NOTIFY_SOCKET names.
 * Nothing happens without it.
 */
#ifndef PROC_SDNOTIFY_H
#define PROC_SDNOTIFY_H

/*
 * Takes the address from the environment and removes it there, so that no child speaks in the
 * master's name.
 */
void	 sdnotify_init(void);
void	 sdnotify_ready(const char *status);	/* MAINPID is this process */
void	 sdnotify_reloading(void);		/* sdnotify_ready follows, whatever comes of it */
void	 sdnotify_stopping(void);

#endif
