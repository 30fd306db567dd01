/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a running master can be reached, from a configuration that may be huge or broken: looks for
 * the lines pid_filename and run_dir alone, in the file and what it includes.
 */
#ifndef PROC_LOCATE_H
#define PROC_LOCATE_H

#include <stdbool.h>
#include <sys/types.h>

enum { LOCATE_PATH = 4096 };

struct locate {
	/* as the last line says, or the default */
	char	 pid_filename[LOCATE_PATH], run_dir[LOCATE_PATH];
	bool	 pid_given, run_given;
};

/* False with errno: the file itself cannot be read (the defaults are filled in). */
bool	 locate_read(struct locate *l, const char *config);

/* The control socket in a run directory; false if the path is too long. */
bool	 locate_control(const char *run_dir, char *dst, size_t cap);

/* The PID file of a master whose own cannot be written by default. */
bool	 locate_spare_pid(const char *run_dir, char *dst, size_t cap);

#endif
