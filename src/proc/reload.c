/* SPDX-License-Identifier: Apache-2.0 */
/* Reload. In the master. */
#include "proc/reload.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/breath.h"
#include "base/clock.h"
#include "base/must.h"
#include "conf/conf.h"
#include "core/shared.h"
#include "proc/crew.h"
#include "proc/inforce.h"
#include "proc/messages.h"
#include "proc/privilege.h"
#include "proc/sdnotify.h"
#include "proc/sockets.h"
#include "proc/storage.h"
#include "proc/watch.h"

enum {
	READY_WITHIN_MS = 30000,
	SETTLE_MS = 1000,	/* a handshake on a port that is going away has this long to end */
	DEATHS_MOST = 5,	/* of new workers before the new settings are given up */
	QUIT_MS = 1000,
	ASKERS = 32,
	BREATH_US = 1000,	/* so often somebody looks whether a child has died */
};

static enum phase {
	PHASE_NONE,
	PHASE_STARTING,		/* new workers start; the old ones serve */
	PHASE_SETTLING,		/* both serve, until the queues of removed ports are empty */
}			 phase;
static struct settings	**in_force, *next;
static const char	*config;
static unsigned		 slots, deaths;
static uint64_t		 generation = 1, until_ms;
/* of this reload, and of the one after it */
static struct control	*askers[ASKERS], *later[ASKERS];
static unsigned		 n_askers, n_later;
static bool		 again;
static void		 (*look_after)(void);

void
reload_init(struct settings **now, const char *file, unsigned n_slots,
    void (*look_after_children)(void))
{
	look_after = look_after_children;
	in_force = now;
	config = file;
	slots = n_slots;
	generation = (*now)->generation;
}

static void
tell(enum msg_level level, const char *fmt, ...)
{
	char	 text[2048];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	msg(level, "%s", text);
	for (unsigned i = 0; i < n_askers; i++)
		control_say(askers[i], text);
}

static void
tell_all(const struct diag *d)
{
	char	 line[2048];

	for (size_t i = 0; i < d->n; i++) {
		const struct diag_entry	*e = &d->entries[i];

		tell(e->level == DIAG_ERROR ? MSG_ERROR : e->level == DIAG_WARNING ? MSG_WARNING :
		    MSG_DEBUG, "%s", diag_line(e, line, sizeof line));
	}
}

static void	 begin(void);

static void
end(int status)
{
	phase = PHASE_NONE;
	sdnotify_ready(status == 0 ? "Serving" : "Serving; the last reload failed");
	for (unsigned i = 0; i < n_askers; i++)
		control_end(askers[i], status);
	n_askers = n_later;
	memcpy(askers, later, sizeof askers);
	n_later = 0;
	if (again) {
		again = false;
		begin();
	}
}

static void
fail(const char *why)
{
	tell(MSG_ERROR, "the configuration in force stays: %s", why);
	end(1);
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* What was decided at the start cannot change; better said than half done. */
static void
keep_fixed(struct settings *s)
{
	if (!inforce_keep_run_dir(s))
		tell(MSG_WARNING, "run_dir: a change needs a restart");
	if (!same(s->pid_filename, (*in_force)->pid_filename))
		tell(MSG_WARNING, "pid_filename: a change needs a restart");
	if (privilege_have_root() && !same(s->cache_effective_user, privilege_user()))
		tell(MSG_WARNING, "cache_effective_user: a change needs a restart");
	if (!storage_same(s))
		tell(MSG_WARNING,
		    "cache_dir: a change of the list or of its sizes needs a restart; until then the old one is in use");
}

static bool
fits(const struct settings *s, struct diag *d)
{
	struct diag_place	 at = { .file = config };

	/* Both generations at once, the logger, the keeper, and one to spare. */
	if ((*in_force)->workers + s->workers + 3 <= slots)
		return true;
	diag_error(d, at, "workers %u: the process table was made for fewer: this needs a restart",
	    (unsigned)s->workers);
	return false;
}

/*
 * Between two pieces of the new settings. A child that is born here has what is compiled so far in
 * its memory, until the reload ends its service.
 */
static void
breathe(void)
{
	static uint64_t	 last_us;
	siginfo_t	 si = { .si_pid = 0 };

	if (clock_exact_us() - last_us < BREATH_US)
		return;
	last_us = clock_exact_us();
	if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) != 0 || si.si_pid == 0)
		return;
	privilege_lower();
	clock_tick();
	look_after();
	privilege_raise("reading the configuration");
}

static struct settings *
compile(struct diag *d)
{
	struct settings	*s;

	privilege_raise("reading the configuration");
	breath = breathe;
	s = conf_load(config, ++generation, d);
	breath = NULL;
	privilege_lower();
	if (s == NULL)
		return NULL;
	keep_fixed(s);
	if (fits(s, d) && inforce_register(s, d) && sockets_prepare(s, d))
		return s;
	conf_free(&s);
	return NULL;
}

static void
begin(void)
{
	struct diag	 d;
	uint64_t	 began = clock_exact_us();

	MUST(phase == PHASE_NONE && next == NULL);
	sdnotify_reloading();
	diag_init(&d);
	next = compile(&d);
	tell_all(&d);
	diag_free(&d);
	malloc_trim(0);			/* what compiling needed is not needed again soon */
	clock_tick();
	if (next == NULL) {
		fail("the new one has errors");
		return;
	}
	msg(MSG_INFO, "the new configuration (generation %u) was read in %u ms",
	    (unsigned)next->generation, (unsigned)((clock_exact_us() - began) / 1000));
	phase = PHASE_STARTING;
	deaths = 0;
	until_ms = clock_ms() + READY_WITHIN_MS;
	inforce_announce(next);
	crew_fill_workers(next);
	watch_due(until_ms);
}

static void
back(const char *why)
{
	crew_quit(next->generation, QUIT_MS);
	sockets_abandon();
	inforce_announce(*in_force);
	conf_free(&next);
	fail(why);
}

static void
finish(void)
{
	sockets_close_removed();
	crew_drain_others((*in_force)->generation, (*in_force)->reload_lifetime_ms);
	msg(MSG_INFO, "the new configuration serves (generation %u, %u workers)",
	    (unsigned)(*in_force)->generation, (unsigned)(*in_force)->workers);
	end(0);
}

static void
commit(void)
{
	bool	 removed = sockets_commit(next);

	conf_free(in_force);
	*in_force = next;
	next = NULL;
	messages_adopt(*in_force);
	if (!removed) {
		finish();
		return;
	}
	phase = PHASE_SETTLING;
	until_ms = clock_ms() + SETTLE_MS;
	watch_due(until_ms);
}

void
reload_ask(struct control *c)
{
	struct control	**list = phase == PHASE_NONE ? askers : later;
	unsigned	 *n = phase == PHASE_NONE ? &n_askers : &n_later;

	if (c != NULL && *n == ASKERS) {
		control_say(c, "too many are waiting for a reload");
		control_end(c, 1);
		return;
	}
	if (c != NULL)
		list[(*n)++] = c;
	if (phase == PHASE_NONE)
		begin();
	else
		again = true;
}

void
reload_tick(uint64_t now_ms)
{
	switch (phase) {
	case PHASE_NONE:
		return;
	case PHASE_STARTING:
		crew_fill_workers(next);
		if (crew_serving(next->generation) == next->workers)
			commit();
		else if (now_ms >= until_ms)
			back("the new workers did not start in time");
		else
			watch_due(until_ms);
		return;
	case PHASE_SETTLING:
		if (now_ms >= until_ms)
			finish();
		else
			watch_due(until_ms);
		return;
	}
}

void
reload_died(const struct kid *k)
{
	if (phase == PHASE_STARTING && k->generation == next->generation && ++deaths >= DEATHS_MOST)
		back("the new workers die again and again");
}

void
reload_cancel(void)
{
	if (phase == PHASE_STARTING) {
		crew_quit(next->generation, 0);
		conf_free(&next);
	}
	phase = PHASE_NONE;
	for (unsigned i = 0; i < n_askers + n_later; i++) {
		struct control	*c = i < n_askers ? askers[i] : later[i - n_askers];

		control_say(c, "the proxy is being stopped");
		control_end(c, 1);
	}
	n_askers = n_later = 0;
	again = false;
}

void
reload_forget_others(const struct settings *mine)
{
	if (in_force != NULL && *in_force != NULL && *in_force != mine)
		conf_free(in_force);
	if (next != NULL && next != mine)
		conf_free(&next);
}
