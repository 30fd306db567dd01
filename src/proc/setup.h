/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the command line to the point where the master can fork: settings, ids, PID file, shared
 * memory, sockets.
 */
#ifndef PROC_SETUP_H
#define PROC_SETUP_H

#include "core/settings.h"
#include "proc/control.h"
#include "proc/options.h"
#include "proc/pidfile.h"

struct setup {
	struct settings	*settings;
	char		*config;	/* absolute */
	unsigned	 slots;		/* of the process table */
	struct pidfile	 pidfile;
	int		 run_lock;
};

/* Everything in its order. False after saying why; nothing is left behind. */
bool	 setup_run(struct setup *up, const struct options *o,
		    void (*command)(struct control *, const char *));
/* At the end: the PID file and the control socket go. */
void	 setup_undo(struct setup *up);

/* The lock of the run directory, which children keep; -1: none. */
int	 setup_run_lock(void);

#endif
