/* SPDX-License-Identifier: Apache-2.0 */
/* cache_log. In the master; children get its descriptor 2. */
#include "proc/messages.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool		 foreground, detached;
static int		 debug_option;
static char		 path_now[4096];

static enum msg_level
level(const struct settings *s)
{
	static const enum msg_level	 by_number[] = { MSG_ERROR, MSG_WARNING, MSG_INFO };

	if (debug_option >= 0)
		return debug_option < 3 ? by_number[debug_option] : MSG_DEBUG;
	/* Squid's level 1 tells what is worth knowing: so does ours */
	return s->debug_level > 2 ? MSG_DEBUG : MSG_INFO;
}

void
messages_start(bool in_foreground, int debug, const struct settings *s)
{
	foreground = in_foreground;
	debug_option = debug;
	msg_init(STDERR_FILENO, "master", level(s));
}

static bool
wants_file(const struct settings *s)
{
	return s->cache_log != NULL && s->cache_log[0] != '\0' && strcmp(s->cache_log, "none") != 0;
}

static bool
open_as_2(const struct settings *s)
{
	const char	*path = wants_file(s) ? s->cache_log : "/dev/null";
	/* O_NONBLOCK: a pipe without a reader, or another's lease, must not stop the master. */
	int		 fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY |
	    O_NONBLOCK, 0640);

	if (fd < 0)
		return false;
	if (fd != STDERR_FILENO) {
		dup2(fd, STDERR_FILENO);
		close(fd);
	}
	snprintf(path_now, sizeof path_now, "%s", path);
	return true;
}

bool
messages_detach(const struct settings *s)
{
	if (foreground)
		return true;
	if (!open_as_2(s))
		return false;
	detached = true;
	return true;
}

void
messages_adopt(const struct settings *s)
{
	msg_init(STDERR_FILENO, "master", level(s));
	if (detached && wants_file(s) && strcmp(path_now, s->cache_log) != 0 && !open_as_2(s))
		msg(MSG_ERROR, "cannot open cache_log %s: %s; messages stay in %s", s->cache_log,
		    strerror(errno), path_now);
}

/* FILE.n-2 becomes FILE.n-1 ..., FILE becomes FILE.0; what stands in FILE.n-1 is overwritten. */
static void
shift(const char *path, uint64_t keep)
{
	char	 from[4160], to[4160];

	for (uint64_t i = keep; i-- > 0;) {
		if (i > 0)
			snprintf(from, sizeof from, "%s.%" PRIu64, path, i - 1);
		else
			snprintf(from, sizeof from, "%s", path);
		snprintf(to, sizeof to, "%s.%" PRIu64, path, i);
		if (rename(from, to) != 0 && errno != ENOENT)
			msg(MSG_WARNING, "cannot rename %s to %s: %s", from, to, strerror(errno));
	}
}

void
messages_rotate(const struct settings *s)
{
	if (!detached || !wants_file(s))
		return;
	shift(path_now, s->logfile_rotate < 1000 ? s->logfile_rotate : 1000);
	if (!open_as_2(s))
		msg(MSG_ERROR, "cannot open cache_log %s anew: %s", s->cache_log, strerror(errno));
}
