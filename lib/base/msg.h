/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the program itself (cache_log, or stderr in the foreground): time, process, and for a
 * request its number and step. One write(2) per message, so that lines of several processes never
 * mix.
 */
#ifndef BASE_MSG_H
#define BASE_MSG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

enum msg_level { MSG_ERROR, MSG_WARNING, MSG_INFO, MSG_DEBUG };

/*
 * Where messages go (O_APPEND descriptor, borrowed) and who speaks ("master", "worker 2"); text is
 * copied.
 */
void	 msg_init(int fd, const char *who, enum msg_level most);
void	 msg_who(const char *who);
void	 msg_fd(int fd);		/* after rotation */
int	 msg_where(void);		/* the descriptor in use */

void	 msg(enum msg_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same with " request N step S" before the text. */
void	 msg_request(enum msg_level level, uint64_t number, const char *step, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));

/*
 * True at most once a second for each place that has its own *last (for messages that could come in
 * floods).
 */
bool	 msg_seldom(uint64_t *last_s);

#endif
