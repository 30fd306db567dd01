/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The master's loop: signals, the dead, what is due; and the order in which everything ends. It
 * does nothing that waits but reading a configuration. What it does before the loop is in setup.c.
 */
#include "proc/master.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "conf/conf.h"
#include "core/shared.h"
#include "log/logdest.h"
#include "proc/birth.h"
#include "proc/control.h"
#include "proc/crew.h"
#include "proc/daemon.h"
#include "proc/inforce.h"
#include "proc/messages.h"
#include "proc/pulse.h"
#include "proc/reload.h"
#include "proc/sdnotify.h"
#include "proc/setup.h"
#include "proc/sockets.h"
#include "proc/status.h"
#include "proc/storage.h"
#include "proc/watch.h"

enum {
	/* SIGINT: so long may aborting take, records that wait for a full ring included */
	NOW_WORKERS_MS = 60,
	/* ... and what is left in the rings' files is written at the next start */
	NOW_LOGGER_MS = 25,
	/* ... beside both: what is not synced then is the system's to write */
	NOW_KEEPER_MS = 80,
	/* SIGTERM: what is left of shutdown_lifetime, but so long at least */
	KEEPER_LEAST_MS = 100,
	REAP_MS = 50,		/* one that waits for a disk may not even die in time */
	MAKE_MS = 50,		/* so long the start waits for new cache_dirs */
	/*
	 * ... as the logger has, to write what there is; what it cannot is written at the next
	 * start
	 */
	LOGGER_LEAST_MS = 1000,
	/* one SIGTERM to the process and one to its group are not two wishes */
	AGAIN_MS = 100,
	LARGE_BYTES = 256 * 1024,
	START_DEATHS = 5,
};

static enum stage {
	STAGE_STARTING,		/* not everybody serves yet */
	STAGE_RUNNING,
	STAGE_DRAINING,		/* workers finish; until shutdown_lifetime */
	STAGE_STOPPING,		/* workers leave at once */
	STAGE_LOGGER,		/* nobody but the logger */
	STAGE_OVER,
}			 stage;
static struct settings	*now;
static unsigned		 start_deaths;
static uint64_t		 draining_ms;	/* since when */
static uint64_t		 make_by_ms;	/* the start waits for the keeper until then */
static uint64_t		 keeper_by_ms = UINT64_MAX;	/* the end does so */
static bool		 hurry;		/* SIGINT, or a second SIGTERM */
static bool		 hup_waits;	/* SIGHUP came before everybody served */
static int		 status = 1;	/* until it has served once */

/* False: a cache_dir is being made, and may be there in a moment. */
static bool
cache_settled(void)
{
	const struct kid	*k = kids_find(BOARD_KEEPER, 0, 0);

	if (storage_is_on() || (k != NULL && k->state == KID_SERVING) || clock_ms() >= make_by_ms)
		return true;
	watch_due(make_by_ms);
	return false;
}

static void
ready(const struct kid *k)
{
	(void)k;
	if (stage != STAGE_STARTING || crew_serving(now->generation) < now->workers ||
	    !cache_settled())
		return;
	stage = STAGE_RUNNING;
	status = 0;
	if (!messages_detach(now))
		msg(MSG_WARNING, "cannot open cache_log %s: messages go to standard error",
		    now->cache_log);
	msg(MSG_INFO, "serving: %u workers, %u ports", (unsigned)now->workers,
	    (unsigned)now->n_ports);
	kids_rotate(STDERR_FILENO);
	sdnotify_ready("Serving");
	daemon_report(0);
	if (hup_waits)
		reload_ask(NULL);
}

/* Workers that never came to serve once will not do better the next time. */
static void
start_failed(void)
{
	msg(MSG_ERROR, "the workers die before they serve: giving up");
	stage = STAGE_STOPPING;
	crew_quit(now->generation, NOW_WORKERS_MS);
}

static void
died(const struct kid *k, int how)
{
	bool	 unexpected = crew_died(k, how);

	if (!unexpected)
		return;
	reload_died(k);
	if (stage == STAGE_STARTING && k->role == BOARD_WORKER && ++start_deaths >= START_DEATHS)
		start_failed();
}

static void
end_keeper(uint64_t grace_ms)
{
	uint64_t	 by_ms = clock_ms() + grace_ms + REAP_MS;

	if (by_ms < keeper_by_ms)
		keeper_by_ms = by_ms;
	for (struct kid *k = kids_next(NULL); k != NULL; k = kids_next(k))
		if (k->role == BOARD_KEEPER)
			kids_quit(k, grace_ms);
}

static uint64_t
rest_of_lifetime(uint64_t least_ms)
{
	uint64_t	 end_ms = draining_ms + now->shutdown_lifetime_ms, t = clock_ms();

	return end_ms > t + least_ms ? end_ms - t : least_ms;
}

static void
stop(bool at_once)
{
	if (stage == STAGE_LOGGER)
		end_keeper(NOW_KEEPER_MS);
	if (stage == STAGE_LOGGER || stage == STAGE_OVER)
		return;
	if (stage == STAGE_DRAINING || stage == STAGE_STOPPING)
		at_once = true;
	else {
		msg(MSG_INFO, at_once ? "stopping" :
		    "stopping when what is under way is finished, or after %u s",
		    (unsigned)(now->shutdown_lifetime_ms / 1000));
		sdnotify_stopping();
		control_close();
		reload_cancel();
	}
	hurry = at_once;
	draining_ms = clock_ms();
	stage = at_once ? STAGE_STOPPING : STAGE_DRAINING;
	for (struct kid *k = kids_next(NULL); k != NULL; k = kids_next(k)) {
		if (k->role != BOARD_WORKER)
			continue;
		if (at_once || now->shutdown_lifetime_ms == 0)
			kids_quit(k, NOW_WORKERS_MS);
		else
			kids_drain(k, now->shutdown_lifetime_ms, true);
	}
	if (at_once)
		end_keeper(NOW_KEEPER_MS);
	sockets_close_all();
}

static void
rotate(void)
{
	messages_rotate(now);
	kids_rotate(STDERR_FILENO);
	logdest_ask_rotate(inforce_destinations(),
	    (unsigned)(now->logfile_rotate < 1000 ? now->logfile_rotate : 1000),
	    shared.logger_wake);
	msg(MSG_INFO, "logs rotated");
}

static void
signalled(void *arg, int fd)
{
	struct signalfd_siginfo	 si;

	(void)arg;
	while (read(fd, &si, sizeof si) == (ssize_t)sizeof si)
		switch (si.ssi_signo) {
		case SIGCHLD:
			kids_reap();
			break;
		case SIGHUP:
			if (stage == STAGE_RUNNING)
				reload_ask(NULL);
			hup_waits = stage == STAGE_STARTING;
			break;
		case SIGUSR1:
			rotate();
			break;
		case SIGTERM:
			if (stage < STAGE_DRAINING || clock_ms() >= draining_ms + AGAIN_MS)
				stop(false);
			break;
		case SIGINT:
			stop(true);
			break;
		default:	/* SIGUSR2: Squid's debugging switch, without a meaning here */
			break;
		}
}

static void
command(struct control *c, const char *line)
{
	if (strcmp(line, "status") == 0) {
		status_tell(c, now);
		control_end(c, 0);
	} else if (strcmp(line, "reconfigure") == 0 && stage == STAGE_RUNNING) {
		reload_ask(c);
	} else {
		control_say(c, strcmp(line, "reconfigure") == 0 ? "not running yet, or stopping" :
		    "no such command");
		control_end(c, 1);
	}
}

static void
end_logger(void)
{
	struct kid	*k = kids_find(BOARD_LOGGER, 0, 0);

	stage = STAGE_LOGGER;
	logdest_ask_stop(inforce_destinations(), shared.logger_wake);
	if (k != NULL)
		kids_quit(k, hurry ? NOW_LOGGER_MS : rest_of_lifetime(LOGGER_LEAST_MS));
	end_keeper(hurry ? NOW_KEEPER_MS : rest_of_lifetime(KEEPER_LEAST_MS));
}

static bool
keeper_is_gone(uint64_t t)
{
	if (kids_count(BOARD_KEEPER) == 0 || t >= keeper_by_ms)
		return true;
	watch_due(keeper_by_ms);
	return false;
}

/* Those who come anew need not wait for a worker that is not started again at once. */
static void
avoid_absent(void)
{
	bool	*absent = mem_alloc(now->workers * sizeof *absent);

	crew_absent(now, absent);
	sockets_avoid(now, absent);
	free(absent);
}

static void
tick(void)
{
	uint64_t	 t = clock_ms();

	if (stage == STAGE_STARTING || stage == STAGE_RUNNING) {
		crew_fill_workers(now);
		ready(NULL);
		reload_tick(t);
		avoid_absent();
	}
	if (stage < STAGE_LOGGER)
		crew_fill_logger(now);
	if (stage < STAGE_STOPPING)
		crew_fill_keeper(now);
	if ((stage == STAGE_DRAINING || stage == STAGE_STOPPING) && kids_count(BOARD_WORKER) == 0)
		end_logger();
	if (stage == STAGE_LOGGER && kids_count(BOARD_LOGGER) == 0 && keeper_is_gone(t))
		stage = STAGE_OVER;
	kids_tick(t);
}

/* What cannot wait until new settings are compiled. */
static void
look_after(void)
{
	kids_reap();
	tick();
}

static int
signal_descriptor(void)
{
	static const int	 ours[] = { SIGCHLD, SIGHUP, SIGUSR1, SIGUSR2, SIGTERM, SIGINT };
	sigset_t		 set;

	sigemptyset(&set);
	for (size_t i = 0; i < COUNT_OF(ours); i++)
		sigaddset(&set, ours[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* a limit of file sizes is an error of write(2) */
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int
master_run(const struct options *o)
{
	struct setup	 up;
	int		 fd = signal_descriptor();

	MUST(fd >= 0);
	/* fixed: what a reload frees goes back to the system */
	mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
	clock_tick();
	if (!setup_run(&up, o, command))
		return 1;
	now = up.settings;
	birth_cores = o->cores;
	birth_stdout = o->foreground;
	make_by_ms = clock_ms() + MAKE_MS;
	kids_init(up.slots, ready, died);
	reload_init(&now, up.config, up.slots, look_after);
	watch_add(fd, false, signalled, NULL);
	for (tick(); stage != STAGE_OVER; tick()) {
		watch_round();
		pulse_tick(clock_ms());
	}
	msg(MSG_INFO, "stopped");
	conf_free(&now);
	setup_undo(&up);
	daemon_report(status);
	return status;
}
