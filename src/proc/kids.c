/* SPDX-License-Identifier: Apache-2.0 */
/* The table of children. In the master. */
#include "proc/kids.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "core/shared.h"
#include "proc/birth.h"
#include "proc/inforce.h"
#include "proc/leash.h"
#include "proc/pulse.h"
#include "proc/tables.h"
#include "proc/watch.h"

enum { KILL_AFTER_MS = 2000 };		/* from quit to SIGKILL when a drain's time was up */

static struct kid	*kids;
static unsigned		 n_kids;
static void		 (*on_ready)(const struct kid *);
static void		 (*on_died)(const struct kid *, int);

/* Legal successors; enter() is the only writer of a state. */
static const uint8_t	 successors[KID_STATES] = {
	[KID_NONE]	= 1 << KID_STARTING,
	[KID_STARTING]	= 1 << KID_SERVING | 1 << KID_DRAINING | 1 << KID_QUITTING | 1 << KID_NONE,
	[KID_SERVING]	= 1 << KID_DRAINING | 1 << KID_QUITTING | 1 << KID_NONE,
	[KID_DRAINING]	= 1 << KID_QUITTING | 1 << KID_NONE,
	[KID_QUITTING]	= 1 << KID_KILLED | 1 << KID_NONE,
	[KID_KILLED]	= 1 << KID_NONE,
};

static void
enter(struct kid *k, enum kid_state state)
{
	MUST(successors[k->state] & 1 << state);
	k->state = state;
	k->due_ms = UINT64_MAX;
}

void
kids_init(unsigned slots, void (*ready)(const struct kid *), void (*died)(const struct kid *, int))
{
	MUST(kids == NULL);
	kids = mem_zero(slots * sizeof *kids);
	n_kids = slots;
	on_ready = ready;
	on_died = died;
	for (unsigned i = 0; i < slots; i++)
		kids[i] = (struct kid){ .slot = i, .leash = -1, .due_ms = UINT64_MAX };
}

static void
let_go(struct kid *k)
{
	watch_remove(k->leash);
	if (k->leash >= 0)
		close(k->leash);
	k->leash = -1;
}

static void
heard(void *arg, int fd)
{
	struct kid	*k = arg;
	enum leash_word	 w;
	int		 passed;

	while ((w = leash_hear(fd, &passed)) != LEASH_NOTHING) {
		if (passed >= 0)
			close(passed);
		if (w == LEASH_GONE) {		/* SIGCHLD says the rest */
			let_go(k);
			return;
		}
		if (w == LEASH_READY && k->state == KID_STARTING) {
			enter(k, KID_SERVING);
			on_ready(k);
		} else if (w == LEASH_ALIVE) {
			kids_alive(k);
		}
	}
}

static struct kid *
parent_side(struct kid *k, pid_t pid, int leash)
{
	k->pid = pid;
	k->leash = leash;
	enter(k, KID_STARTING);
	watch_add(leash, false, heard, k);
	return k;
}

/* By the master's own memory: what the board says, any process may have written. */
static struct kid *
free_kid(void)
{
	for (unsigned i = 0; i < n_kids; i++)
		if (kids[i].state == KID_NONE)
			return &kids[i];
	return NULL;
}

struct kid *
kids_spawn(enum board_role role, unsigned worker, const struct settings *s)
{
	int		 ours, theirs;
	struct kid	*k = free_kid();
	pid_t		 pid;

	if (k == NULL)
		return NULL;
	k->role = role;
	k->worker = worker;
	k->generation = s->generation;
	k->silent = 0;
	if (!leash_make(&ours, &theirs)) {
		msg(MSG_ERROR, "cannot make a socket pair: %s", strerror(errno));
		return NULL;
	}
	/* in the master: the logger is to have it as well */
	if (role == BOARD_WORKER)
		inforce_ring(k->slot);
	if (role == BOARD_LOGGER)
		inforce_mend();
	board_take(shared.board, k->slot, role, s->generation, worker, clock_wall_us());
	pid = fork();
	if (pid == 0)
		birth(k, theirs, s);
	close(theirs);
	if (pid > 0)
		return parent_side(k, pid, ours);
	msg(MSG_ERROR, "cannot start a process: %s", strerror(errno));
	close(ours);
	board_free(shared.board, k->slot);
	return NULL;
}

static void
bury(struct kid *k, int status)
{
	struct kid	 was = *k;

	let_go(k);
	enter(k, KID_NONE);
	tables_sweep(k->slot);
	on_died(&was, status);
}

void
kids_reap(void)
{
	int	 status;
	pid_t	 pid;

	/*
	 * As the first process of a container the master is also the heir of orphans, which are
	 * nobody here.
	 */
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (unsigned i = 0; i < n_kids; i++)
			if (kids[i].state != KID_NONE && kids[i].pid == pid) {
				bury(&kids[i], status);
				break;
			}
}

static void
kill_now(struct kid *k)
{
	/* The keeper waits for disks, and loses nothing. */
	msg(k->role == BOARD_KEEPER ? MSG_DEBUG : MSG_WARNING,
	    "%s %u (process %d) did not leave in time and is killed", board_role_name(k->role),
	    k->worker, (int)k->pid);
	enter(k, KID_KILLED);
	kill(k->pid, SIGKILL);
}

void
kids_tick(uint64_t now_ms)
{
	for (unsigned i = 0; i < n_kids; i++) {
		struct kid	*k = &kids[i];

		if (k->state == KID_DRAINING && k->due_ms <= now_ms)
			kids_quit(k, KILL_AFTER_MS);
		else if (k->state == KID_QUITTING && k->due_ms <= now_ms)
			kill_now(k);
		if (k->state != KID_NONE && k->due_ms != UINT64_MAX)
			watch_due(k->due_ms);
	}
}

void
kids_drain(struct kid *k, uint64_t within_ms, bool for_good)
{
	if (k->state != KID_STARTING && k->state != KID_SERVING)
		return;
	enter(k, KID_DRAINING);
	k->due_ms = within_ms == 0 || within_ms > UINT64_MAX / 2 ? UINT64_MAX :
	    clock_ms() + within_ms;
	if (k->leash < 0 || !leash_say(k->leash, for_good ? LEASH_FINISH : LEASH_DRAIN, -1))
		kids_quit(k, 0);
}

void
kids_quit(struct kid *k, uint64_t grace_ms)
{
	if (k->state == KID_NONE || k->state == KID_KILLED)
		return;
	if (k->state != KID_QUITTING)
		enter(k, KID_QUITTING);
	if (k->due_ms > clock_ms() + grace_ms)
		k->due_ms = clock_ms() + grace_ms;
	watch_due(k->due_ms);
	if (k->leash >= 0)
		leash_say(k->leash, LEASH_QUIT, -1);
}

void
kids_alive(struct kid *k)
{
	if (pulse_lost(k))
		msg(MSG_INFO, "%s %u (process %d) is alive again", board_role_name(k->role),
		    k->worker, (int)k->pid);
	k->silent = 0;
}

void
kids_rotate(int fd)
{
	for (unsigned i = 0; i < n_kids; i++) {
		if (kids[i].state == KID_NONE || kids[i].leash < 0)
			continue;
		leash_say(kids[i].leash, LEASH_ROTATE, fd);
		if (kids[i].role == BOARD_LOGGER)	/* its loop does not look at the line */
			kill(kids[i].pid, SIGUSR2);
	}
}

struct kid *
kids_find(enum board_role role, unsigned worker, uint64_t generation)
{
	for (unsigned i = 0; i < n_kids; i++) {
		struct kid	*k = &kids[i];

		if ((k->state == KID_STARTING || k->state == KID_SERVING) && k->role == role &&
		    k->worker == worker && (generation == 0 || k->generation == generation))
			return k;
	}
	return NULL;
}

struct kid *
kids_next(const struct kid *k)
{
	for (unsigned i = k == NULL ? 0 : k->slot + 1; i < n_kids; i++)
		if (kids[i].state != KID_NONE)
			return &kids[i];
	return NULL;
}

unsigned
kids_count(enum board_role role)
{
	unsigned	 n = 0;

	for (unsigned i = 0; i < n_kids; i++)
		n += kids[i].state != KID_NONE && kids[i].role == role;
	return n;
}

struct kid *
kids_oldest_draining(void)
{
	struct kid	*oldest = NULL;

	for (unsigned i = 0; i < n_kids; i++)
		if (kids[i].state == KID_DRAINING &&
		    (oldest == NULL || kids[i].generation < oldest->generation))
			oldest = &kids[i];
	return oldest;
}
