/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of a cache_dir by their names: opened, given to whom they are for, renamed, compared with
 * what is open. `dir` is the directory's path. None of these follows a symbolic link in the name.
 */
#ifndef STORE_DIRFILE_H
#define STORE_DIRFILE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * As open(2) does, 0640 where it makes one; reading does not change its times, where that is
 * permitted. -1 with errno.
 */
int	 dirfile_open(const char *dir, const char *name, int flags);
/*
 * Made by root, used by processes that are not: the file gets the directory's owner and group. A
 * failure is said.
 */
void	 dirfile_hand_over(const char *dir, int fd);
/* On the disk when it returns. False with errno. */
bool	 dirfile_rename(const char *dir, const char *from, const char *to);
void	 dirfile_remove(const char *dir, const char *name);

/* False: it is no plain file; else *size. */
bool	 dirfile_is_plain(int fd, uint64_t *size);
/* What is open under fd (-1: nothing) is what bears the name. */
bool	 dirfile_is_still(const char *dir, int fd, const char *name);
/* How long it is and how many bytes of the disk it takes; 0 and 0: there is no such file. */
void	 dirfile_measure(const char *dir, const char *name, uint64_t *length, uint64_t *taken);
/* False: there is no such file, or it is a plain one that is shorter. */
bool	 dirfile_has_length(const char *dir, const char *name, uint64_t bytes);

#endif
