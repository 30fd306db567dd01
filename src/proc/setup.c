/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The master's start. What was configured and cannot be had is an error; what is only a default and
 * cannot be had (a read-only root file system, a user without a /run of his own) is done without,
 * with a warning.
 */
#include "proc/setup.h"

#include <errno.h>
#include <malloc.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/msg.h"
#include "conf/conf.h"
#include "proc/daemon.h"
#include "proc/inforce.h"
#include "proc/locate.h"
#include "proc/messages.h"
#include "proc/privilege.h"
#include "proc/rundir.h"
#include "proc/sdnotify.h"
#include "proc/sockets.h"
#include "proc/storage.h"
#include "proc/tables.h"

static int	 run_lock = -1;

int
setup_run_lock(void)
{
	return run_lock;
}

static bool
load(struct setup *up, const char *path)
{
	char		 full[PATH_MAX];
	struct diag	 d;

	up->config = mem_str(realpath(path, full) != NULL ? full : path);
	diag_init(&d);
	up->settings = conf_load(up->config, 1, &d);
	malloc_trim(0);
	diag_print(&d, stderr);
	diag_free(&d);
	return up->settings != NULL;
}

/*
 * What a second try at another path is good for, is not good for a file that was asked for by name.
 */
static bool
take_pid_file(struct setup *up, const char *path, bool given)
{
	enum pidfile_result	 r;
	char			 why[LOCATE_PATH + 512];
	pid_t			 other;

	privilege_raise("the PID file");
	r = pidfile_take(&up->pidfile, path, &other);
	privilege_lower();
	switch (r) {
	case PIDFILE_OK:
		return true;
	case PIDFILE_RUNNING:
		if (other != 0)
			msg(MSG_ERROR, "already running: process %d holds %s", (int)other, path);
		else
			msg(MSG_ERROR, "already running: another process holds %s", path);
		return false;
	case PIDFILE_UNSAFE:
		snprintf(why, sizeof why,
		    "pid_filename %s: not a regular file of ours: it is left alone", path);
		conf_complain(up->settings, why);
		return false;
	case PIDFILE_FAILED:
		snprintf(why, sizeof why, "pid_filename %s: %s", path, strerror(errno));
		if (given)
			conf_complain(up->settings, why);
		else
			msg(MSG_WARNING, "%s", why);
		return !given;
	}
	return false;
}

static bool
pid_file(struct setup *up, const struct locate *l)
{
	const char	*path = up->settings->pid_filename;

	up->pidfile.fd = -1;
	if (path == NULL || strcmp(path, "none") == 0)
		return true;
	return take_pid_file(up, path, l->pid_given);
}

/* Without the default one: in the run directory, where -k looks as well. */
static bool
spare_pid_file(struct setup *up)
{
	const char	*path = up->settings->pid_filename;
	char		 spare[LOCATE_PATH];

	if (up->pidfile.fd >= 0 || path == NULL || strcmp(path, "none") == 0 ||
	    !locate_spare_pid(up->settings->run_dir, spare, sizeof spare))
		return true;
	return take_pid_file(up, spare, false);
}

static bool
run_dir(struct setup *up, const struct locate *l, bool *have)
{
	const char	*path = up->settings->run_dir;
	char		 why[512];

	*have = false;
	if (path == NULL || path[0] == '\0' || strcmp(path, "none") == 0)
		return true;
	if (!rundir_make(path, why, sizeof why)) {
		if (l->run_given)
			conf_complain(up->settings, why);
		else
			msg(MSG_WARNING,
			    "%s: going on without it (log records wait in memory only, -k reconfigure has no answer)", why);
		return !l->run_given;
	}
	run_lock = rundir_lock(path, why, sizeof why);
	if (run_lock < 0) {
		conf_complain(up->settings, why);
		return false;
	}
	*have = true;
	return true;
}

static bool
listen_on_ports(struct settings *s)
{
	struct diag	 d;
	bool		 ok;

	diag_init(&d);
	ok = inforce_register(s, &d) && sockets_prepare(s, &d);
	diag_print(&d, stderr);
	diag_free(&d);
	if (ok)
		sockets_commit(s);
	return ok;
}

static void
open_control(const struct settings *s, void (*command)(struct control *, const char *))
{
	char	 path[LOCATE_PATH];
	bool	 ok;

	if (!locate_control(s->run_dir, path, sizeof path))
		return;
	privilege_raise("the control socket");
	ok = control_listen(path, command);
	privilege_lower();
	if (!ok)
		msg(MSG_WARNING, "control socket %s: %s: -k reconfigure will have no answer", path,
		    strerror(errno));
}

static bool
memory(struct setup *up, bool have_run_dir)
{
	char	 why[512];

	up->slots = tables_slots(up->settings->workers);
	if (up->settings->workers * 2 + 3 > up->slots) {
		snprintf(why, sizeof why, "workers %u: at most %u are possible",
		    (unsigned)up->settings->workers, (up->slots - 3) / 2);
		conf_complain(up->settings, why);
		return false;
	}
	if (!tables_make(up->slots)) {
		msg(MSG_ERROR, "cannot make the shared memory: %s", strerror(errno));
		return false;
	}
	if (inforce_start(up->settings, have_run_dir ? up->settings->run_dir : NULL, up->slots, why,
	    sizeof why))
		return true;
	msg(MSG_ERROR, "%s", why);
	return false;
}

bool
setup_run(struct setup *up, const struct options *o,
    void (*command)(struct control *, const char *))
{
	struct locate	 l;
	char		 why[512];
	bool		 have_run_dir;

	*up = (struct setup){ .pidfile = { .fd = -1 } };
	umask(027);
	hash_seed();
	if (!load(up, o->config))
		return false;
	locate_read(&l, up->config);
	messages_start(o->foreground, o->debug, up->settings);
	if (!privilege_choose(up->settings->cache_effective_user,
	    up->settings->cache_effective_group, why, sizeof why)) {
		conf_complain(up->settings, why);
		return false;
	}
	if (!o->foreground)
		daemon_begin();
	sdnotify_init();
	privilege_lower();
	/* The lock of the PID file says that nobody else is about to do the rest. */
	if (!pid_file(up, &l) || !run_dir(up, &l, &have_run_dir) ||
	    (have_run_dir && !spare_pid_file(up)))
		goto undo;
	if (!memory(up, have_run_dir))
		goto undo;
	storage_open(up->settings, up->slots);
	if (!listen_on_ports(up->settings))
		goto undo;
	if (up->settings->run_dir != NULL)
		open_control(up->settings, command);
	inforce_announce(up->settings);
	return true;
undo:
	setup_undo(up);
	conf_free(&up->settings);
	return false;
}

void
setup_undo(struct setup *up)
{
	sockets_close_all();
	control_close();
	storage_close();
	privilege_raise("removing the PID file");
	pidfile_drop(&up->pidfile);
	privilege_lower();
	if (run_lock >= 0)
		close(run_lock);
	run_lock = -1;
	free(up->config);
	up->config = NULL;
}
