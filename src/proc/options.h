/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: Squid's, and what is new here. */
#ifndef PROC_OPTIONS_H
#define PROC_OPTIONS_H

#include <stdbool.h>

enum options_mode {
	MODE_RUN,
	MODE_HELP, MODE_VERSION,
	MODE_PREPARE,		/* -z */
	MODE_PARSE,		/* -k parse */
	MODE_EXPLAIN,		/* -k explain URL */
	MODE_SIGNAL,		/* -k check, rotate, shutdown, interrupt, kill, debug */
	MODE_RECONFIGURE,	/* -k reconfigure */
	MODE_STATUS,		/* -k status */
	MODE_BAD,		/* the command line makes no sense; it has been said */
};

struct options {
	enum options_mode	 mode;
	const char		*config;	/* -f */
	const char		*signal;	/* MODE_SIGNAL: the word after -k */
	bool			 foreground;	/* -N, --foreground */
	bool			 cores;		/* -C: do not catch fatal signals */
	int			 debug;		/* -d, -X; -1: not given */
	const char		*user, *src, *method, *url;	/* explain */
};

/* Fills o; errors are told on stderr. */
void	 options_parse(struct options *o, int argc, char **argv);
void	 options_help(void);
void	 options_version(void);

#endif
