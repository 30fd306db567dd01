/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the program. */
#include "base/msg.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int		 out = STDERR_FILENO;
static char		 name[32] = "sepia";
static enum msg_level	 limit = MSG_INFO;

void
msg_init(int fd, const char *who, enum msg_level most)
{
	out = fd;
	limit = most;
	msg_who(who);
}

void
msg_who(const char *who)
{
	snprintf(name, sizeof name, "%s", who);
}

void
msg_fd(int fd)
{
	out = fd;
}

int
msg_where(void)
{
	return out;
}

static void
say(enum msg_level level, const char *request, const char *fmt, va_list ap)
{
	static const char *const	 words[] = { "ERROR: ", "WARNING: ", "", "debug: " };
	char				 line[2048];
	struct timeval			 tv;
	struct tm			 tm;
	int				 n, m;

	if (level > limit)
		return;
	gettimeofday(&tv, NULL);
	localtime_r(&tv.tv_sec, &tm);
	n = snprintf(line, sizeof line, "%04d/%02d/%02d %02d:%02d:%02d.%03d %s[%d]: %s%s",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    (int)(tv.tv_usec / 1000), name, (int)getpid(), request, words[level]);
	m = vsnprintf(line + n, sizeof line - (size_t)n - 1, fmt, ap);
	if (m < 0)
		return;
	n += m;
	if ((size_t)n > sizeof line - 2)
		n = (int)sizeof line - 2;
	for (int i = 0; i < n; i++)		/* a peer's bytes may not forge a line */
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = ' ';
	line[n++] = '\n';
	if (write(out, line, (size_t)n) < 0) {
		/* nobody to tell */
	}
}

void
msg(enum msg_level level, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	say(level, "", fmt, ap);
	va_end(ap);
}

void
msg_request(enum msg_level level, uint64_t number, const char *step, const char *fmt, ...)
{
	char	 who[96];
	va_list	 ap;

	snprintf(who, sizeof who, "request %" PRIx64 " step %.20s: ", number, step);
	va_start(ap, fmt);
	say(level, who, fmt, ap);
	va_end(ap);
}

bool
msg_seldom(uint64_t *last_s)
{
	struct timespec	 t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	if ((uint64_t)t.tv_sec + 1 == *last_s)
		return false;
	*last_s = (uint64_t)t.tv_sec + 1;
	return true;
}
