/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket: how `sepia -k reconfigure` learns what became of it. A UNIX stream socket,
 * mode 0600; only root and the user the master belongs to are heard. One command line in; lines of
 * text out, the last of which is "exit N".
 */
#ifndef PROC_CONTROL_H
#define PROC_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

struct control;		/* one connection */

/*
 * Server: `command` is called with each command; it answers with control_say, and control_end, then
 * or later. False with errno.
 */
bool	 control_listen(const char *path, void (*command)(struct control *c, const char *line));
void	 control_close(void);		/* removes the socket */
/* a line, without its newline; c may be NULL */
void	 control_say(struct control *c, const char *text);
void	 control_end(struct control *c, int status);		/* c is gone; NULL is harmless */

/*
 * Client: sends the command and copies the answer's lines to `out` until the end. Returns the
 * status, or -1 when nobody answers at that path, -2 when the answer broke off.
 */
int	 control_ask(const char *path, const char *command, int out);

#endif
