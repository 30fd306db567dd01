/* SPDX-License-Identifier: Apache-2.0 */
/* Who is missing, and when he may be started. In the master. */
#include "proc/crew.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/msg.h"
#include "core/shared.h"
#include "proc/inforce.h"
#include "proc/pacing.h"
#include "proc/pulse.h"
#include "proc/watch.h"

enum { SLOT_RETRY_MS = 20, ROOM_GRACE_MS = 200, LOGGER_MS = 5000 };

static struct pacing	 alone[BOARD_ROLES];	/* of roles with one process */
static struct pacing	*paces;			/* by worker index */
static size_t		 n_paces;

static struct pacing *
pace_of(enum board_role role, unsigned worker)
{
	if (role != BOARD_WORKER)
		return &alone[role];
	if (worker >= n_paces) {
		size_t	 n = worker + 1;

		paces = mem_grow(paces, n * sizeof *paces);
		memset(paces + n_paces, 0, (n - n_paces) * sizeof *paces);
		n_paces = n;
	}
	return &paces[worker];
}

static void
begin(enum board_role role, unsigned worker, const struct settings *s)
{
	struct kid	*old;
	uint64_t	 due = pacing_due(pace_of(role, worker));

	if (kids_find(role, worker, role == BOARD_WORKER ? s->generation : 0) != NULL)
		return;
	if (due > clock_ms()) {
		watch_due(due);
		return;
	}
	if (kids_spawn(role, worker, s) != NULL)
		return;
	/* No slot: those who have finished longest ago must do without the rest of their time. */
	old = kids_oldest_draining();
	if (old != NULL) {
		msg(MSG_WARNING,
		    "the process table is full: ending the oldest draining worker (process %d)",
		    (int)old->pid);
		kids_quit(old, ROOM_GRACE_MS);
	}
	watch_due(clock_ms() + SLOT_RETRY_MS);
}

void
crew_fill_workers(const struct settings *s)
{
	for (unsigned w = 1; w <= s->workers; w++)
		begin(BOARD_WORKER, w, s);
}

void
crew_absent(const struct settings *s, bool *absent)
{
	for (unsigned w = 1; w <= s->workers; w++) {
		const struct kid	*k = kids_find(BOARD_WORKER, w, s->generation);

		absent[w - 1] = k != NULL ? pulse_lost(k) :
		    pacing_due(pace_of(BOARD_WORKER, w)) > clock_ms();
	}
}

void
crew_fill_logger(const struct settings *s)
{
	struct kid	*k = kids_find(BOARD_LOGGER, 0, 0);

	/* What is in rings that it does not have can wait for its successor. */
	if (inforce_rings_grew() && k != NULL) {
		kids_quit(k, LOGGER_MS);
		kill(k->pid, SIGTERM);
	}
	begin(BOARD_LOGGER, 0, s);
}

void
crew_fill_keeper(const struct settings *s)
{
	if (shared.store != NULL)
		begin(BOARD_KEEPER, 0, s);
}

unsigned
crew_serving(uint64_t generation)
{
	unsigned	 n = 0;

	for (struct kid *k = kids_next(NULL); k != NULL; k = kids_next(k))
		n += k->role == BOARD_WORKER && k->state == KID_SERVING &&
		    k->generation == generation;
	return n;
}

void
crew_drain_others(uint64_t generation, uint64_t within_ms)
{
	for (struct kid *k = kids_next(NULL); k != NULL; k = kids_next(k))
		if (k->role == BOARD_WORKER && k->generation != generation)
			kids_drain(k, within_ms, false);
}

void
crew_quit(uint64_t generation, uint64_t grace_ms)
{
	for (struct kid *k = kids_next(NULL); k != NULL; k = kids_next(k))
		if (k->role == BOARD_WORKER && k->generation == generation)
			kids_quit(k, grace_ms);
}

bool
crew_died(const struct kid *k, int status)
{
	bool		 told = k->state == KID_DRAINING || k->state == KID_QUITTING ||
	    k->state == KID_KILLED;
	uint64_t	 delay = 0;

	if (k->role == BOARD_WORKER)
		inforce_writer_died();
	if (told && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return false;
	if (k->state == KID_KILLED)
		return false;
	if (k->role == BOARD_LOGGER && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return false;		/* somebody signalled the whole group */
	if (!told)
		delay = pacing_died(pace_of(k->role, k->worker), clock_ms());
	if (WIFSIGNALED(status))
		msg(MSG_ERROR, "%s %u (process %d) was killed by signal %d (%s)%s",
		    board_role_name(k->role), k->worker, (int)k->pid,
		    WTERMSIG(status), strsignal(WTERMSIG(status)), told ? " while it was leaving" :
		    delay == 0 ? ": replaced at once" : "");
	else
		msg(MSG_ERROR, "%s %u (process %d) ended with status %d%s",
		    board_role_name(k->role), k->worker, (int)k->pid,
		    WEXITSTATUS(status), told ? " while it was leaving" :
		    delay == 0 ? ": replaced at once" : "");
	if (delay != 0)
		msg(MSG_WARNING, "it dies again and again: the next one starts in %u ms",
		    (unsigned)delay);
	return !told;
}
