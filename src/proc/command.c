/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `sepia -k ...`, `sepia -z`: in a process of their own, next to the running proxy or without one.
 */
#include "proc/command.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/must.h"
#include "base/span.h"
#include "conf/conf.h"
#include "proc/control.h"
#include "proc/explainmode.h"
#include "proc/locate.h"
#include "proc/pidfile.h"
#include "proc/privilege.h"
#include "proc/rundir.h"
#include "proc/storage.h"

static const struct {
	const char	*word;
	int		 signal;
} signals[] = {
	{ "check", 0 }, { "rotate", SIGUSR1 }, { "debug", SIGUSR2 }, { "shutdown", SIGTERM },
	{ "interrupt", SIGINT }, { "kill", SIGKILL }, { "reconfigure", SIGHUP },
};

static int
say_errno(const char *what, const char *path)
{
	fprintf(stderr, "sepia: %s %s: %s\n", what, path, strerror(errno));
	return 1;
}

/* The running master's pid, or 0 after saying why there is none. */
static pid_t
master_of(const struct locate *l, uid_t *owner)
{
	char		 spare[LOCATE_PATH];
	const char	*paths[2] = { l->pid_filename, spare };
	pid_t		 pid;

	if (!locate_spare_pid(l->run_dir, spare, sizeof spare))
		paths[1] = paths[0];
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		if (strcmp(paths[i], "none") == 0)
			continue;
		switch (pidfile_look(paths[i], &pid, owner)) {
		case PIDFILE_OK:
			break;
		case PIDFILE_RUNNING:
			if (pid != 0)
				return pid;
			fprintf(stderr,
			    "sepia: %s: the process that holds it has not written its number yet\n",
			    paths[i]);
			return 0;
		case PIDFILE_UNSAFE:
			fprintf(stderr, "sepia: %s: not a regular file\n", paths[i]);
			return 0;
		case PIDFILE_FAILED:
			say_errno("cannot read", paths[i]);
			return 0;
		}
	}
	fprintf(stderr, "sepia: not running (no process holds %s)\n", l->pid_filename);
	return 0;
}

/*
 * In the name of the file's owner: nobody's PID file makes root signal what its owner could not.
 * The real id counts too: root's would do for every process of root (kill(2)).
 */
static bool
signal_as(uid_t owner, pid_t pid, int sig)
{
	bool	 as_owner = geteuid() == 0 && owner != 0, ok;
	uid_t	 real = getuid();
	int	 error;

	if (as_owner && setresuid(owner, owner, (uid_t)-1) != 0)
		return false;
	ok = kill(pid, sig) == 0;
	error = errno;
	if (as_owner && setresuid(real, 0, (uid_t)-1) != 0)
		return false;
	errno = error;
	return ok;
}

/* SIGKILL lets the master tell nobody anything; its children would finish what they have. */
static bool
kill_all(uid_t owner, pid_t master)
{
	char	 path[64];
	FILE	*f;
	int	 pid;
	bool	 ok;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)master, (int)master);
	f = fopen(path, "re");
	ok = signal_as(owner, master, SIGKILL);
	while (ok && f != NULL && fscanf(f, "%d", &pid) == 1)
		signal_as(owner, (pid_t)pid, SIGKILL);
	if (f != NULL)
		fclose(f);
	return ok;
}

static int
send_signal(const struct locate *l, const char *word)
{
	uid_t	 owner = getuid();
	pid_t	 pid = master_of(l, &owner);
	int	 sig = 0;

	if (pid == 0)
		return 1;
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		if (strcmp(signals[i].word, word) == 0)
			sig = signals[i].signal;
	if (sig == SIGKILL ? kill_all(owner, pid) : signal_as(owner, pid, sig))
		return 0;
	fprintf(stderr, "sepia: cannot signal process %d: %s\n", (int)pid, strerror(errno));
	return 1;
}

/* What the start would meet, were it this user's. */
static void
look_ahead(const struct settings *s, struct diag *d)
{
	char	 why[512];

	if (!privilege_choose(s->cache_effective_user, s->cache_effective_group, why, sizeof why))
		conf_blame(s, why, d);
	storage_look(s, d);
}

/* The configuration's own errors, when there is nobody to ask. Status 1 if there are any. */
static int
parse(const struct options *o, bool quiet)
{
	struct settings	*s;
	struct diag	 d;
	int		 status;

	diag_init(&d);
	s = conf_load(o->config, 1, &d);
	if (s != NULL && !quiet)
		look_ahead(s, &d);
	status = s == NULL || d.errors > 0;
	if (!quiet || status != 0)
		diag_print(&d, stderr);
	if (!quiet)
		fprintf(stderr, "%s: %u error%s, %u warning%s\n", o->config, d.errors,
		    d.errors == 1 ? "" : "s", d.warnings, d.warnings == 1 ? "" : "s");
	if (s != NULL)
		conf_free(&s);
	diag_free(&d);
	return status;
}

static int
ask(const struct options *o, const struct locate *l, const char *what)
{
	char	 path[LOCATE_PATH];
	int	 r = -1;

	if (locate_control(l->run_dir, path, sizeof path))
		r = control_ask(path, what, o->mode == MODE_STATUS ? STDOUT_FILENO : STDERR_FILENO);
	if (r >= 0)
		return r;
	if (r == -2) {
		fprintf(stderr, "sepia: the running process ended before it had answered\n");
		return 1;
	}
	if (o->mode == MODE_STATUS) {
		fprintf(stderr, "sepia: nobody answers at %s\n", path);
		return 1;
	}
	/* Nobody tells what becomes of it: what can be checked from here is. */
	if (parse(o, true) != 0)
		return 1;
	return send_signal(l, "reconfigure");
}

/* Whoever runs this, the directories and files are cache_effective_user's. */
static bool
prepare_all(const struct settings *s)
{
	char	 why[512];

	umask(027);
	if (!privilege_choose(s->cache_effective_user, s->cache_effective_group, why, sizeof why)) {
		conf_complain(s, why);
		return false;
	}
	privilege_lower();
	if (s->run_dir != NULL && !rundir_make(s->run_dir, why, sizeof why)) {
		conf_complain(s, why);
		return false;
	}
	return storage_prepare(s);
}

static int
prepare(const struct options *o)
{
	struct settings	*s;
	struct diag	 d;
	int		 status = 1;

	diag_init(&d);
	s = conf_load(o->config, 1, &d);
	diag_print(&d, stderr);
	if (s != NULL) {
		if (prepare_all(s))
			status = 0;
		conf_free(&s);
	}
	diag_free(&d);
	return status;
}

int
command_run(const struct options *o)
{
	struct locate	 l;

	hash_seed();
	clock_tick();
	if (o->mode == MODE_PARSE)
		return parse(o, false);
	if (o->mode == MODE_PREPARE)
		return prepare(o);
	if (o->mode == MODE_EXPLAIN)
		return explainmode_run(o);
	if (!locate_read(&l, o->config))
		fprintf(stderr, "sepia: cannot read %s: %s\n", o->config, strerror(errno));
	if (o->mode == MODE_SIGNAL)
		return send_signal(&l, o->signal);
	return ask(o, &l, o->mode == MODE_STATUS ? "status" : "reconfigure");
}
