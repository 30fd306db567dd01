/* SPDX-License-Identifier: Apache-2.0 */
/* Signs of life. In the master. */
#include "proc/pulse.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "log/logdest.h"
#include "proc/inforce.h"
#include "proc/leash.h"
#include "proc/watch.h"

enum { TRACE_MS = 1000 };	/* from SIGABRT to SIGKILL */

static uint64_t	 next_ms;
static uint64_t	 logger_rounds;

bool
pulse_lost(const struct kid *k)
{
	return k->silent > PULSE_LOST;
}

/* The letter behind the name, which may hold anything, its own parenthesis included. */
static bool
waits_for_disk(pid_t pid)
{
	char	 path[32], text[256];
	char	*end;
	ssize_t	 n;
	int	 fd;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	end = strrchr(text, ')');
	return end != NULL && strncmp(end, ") D", 3) == 0;
}

static unsigned
most(const struct kid *k)
{
	return k->role == BOARD_WORKER ? PULSE_KILL_WORKER : PULSE_KILL_LOGGER;
}

static void
end_it(struct kid *k)
{
	msg(MSG_ERROR, "%s %u (process %d) has given no sign of life for %u s: it is ended",
	    board_role_name(k->role), k->worker, (int)k->pid,
	    most(k) * PULSE_ROUND_MS / 1000);
	kids_quit(k, TRACE_MS);
	kill(k->pid, SIGABRT);
}

static void
count(struct kid *k)
{
	if (k->silent >= most(k)) {
		if (!waits_for_disk(k->pid))
			end_it(k);
		return;
	}
	if (++k->silent == PULSE_LOST + 1)
		msg(MSG_WARNING, "%s %u (process %d) gives no sign of life%s",
		    board_role_name(k->role), k->worker, (int)k->pid,
		    k->role == BOARD_WORKER ?
		    ": new connections pass it by where there are others" : "");
}

/* Its loop does not look at the line. */
static void
look_at_logger(struct kid *k)
{
	uint64_t	 rounds = atomic_load(&logdest_orders(inforce_destinations())->rounds);

	if (rounds != logger_rounds)
		kids_alive(k);
	logger_rounds = rounds;
	count(k);
}

static void
ask(struct kid *k)
{
	count(k);
	if (k->leash >= 0 && k->silent <= PULSE_KILL_WORKER)
		leash_say(k->leash, LEASH_ASK, -1);
}

void
pulse_tick(uint64_t now_ms)
{
	if (now_ms >= next_ms) {
		next_ms = now_ms + PULSE_ROUND_MS;
		for (struct kid *k = kids_next(NULL); k != NULL; k = kids_next(k))
			if (k->role == BOARD_WORKER &&
			    (k->state == KID_SERVING || k->state == KID_DRAINING))
				ask(k);
			else if (k->role == BOARD_LOGGER && k->state == KID_SERVING)
				look_at_logger(k);
	}
	watch_due(next_ms);
}
