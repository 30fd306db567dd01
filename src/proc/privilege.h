/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ids. Started as root, the master acts as cache_effective_user with root in reserve, takes it for
 * a named reason between two calls, and its children give it up for good. Started as anybody else,
 * nothing of this happens and nothing of it is an error.
 */
#ifndef PROC_PRIVILEGE_H
#define PROC_PRIVILEGE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Looks up user and group (NULL or "": the user's own groups; a group given is the only one). As
 * root only; else notes that there is nothing to drop. False with the reason in why[cap]: no such
 * user or group, or the user is root.
 */
bool	 privilege_choose(const char *user, const char *group, char *why, size_t cap);
bool	 privilege_have_root(void);	/* the process was started as root */
/* Ids that files of the workers are to have; those of this process without root. */
uid_t	 privilege_uid(void);
gid_t	 privilege_gid(void);
/* "proxy", or the number. */
const char *privilege_user(void);

/* Master, after privilege_choose: acts as the user from here on. */
void	 privilege_lower(void);
/*
 * Takes root back until privilege_lower. Nested calls are a bug. `reason` is for debugging
 * messages.
 */
void	 privilege_raise(const char *reason);

/*
 * In a child: the ids for good, checked that they cannot be had back, no new privileges through
 * exec, no core files and no ptrace (unless cores). keep_net_admin: keeps CAP_NET_ADMIN alone
 * (packet marks, transparent sockets). Any failure ends the process.
 */
void	 privilege_drop(bool keep_net_admin, bool cores);

#endif
