/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a set of settings changes outside of itself: the logger's destinations, the addresses that
 * are "us", limits of this process.
 */
#ifndef PROC_INFORCE_H
#define PROC_INFORCE_H

#include <stdbool.h>

#include "core/settings.h"

struct ring;
struct logdest_table;

/*
 * At the start: the run directory (NULL: rings without files), the rings of the slots that will be
 * used first and those whose files are there, the table of log destinations. False with the reason.
 */
bool		 inforce_start(struct settings *s, const char *run_dir, unsigned slots, char *why,
		    size_t cap);
/* Puts the run directory that is in use into new settings. False: they named another one. */
bool		 inforce_keep_run_dir(struct settings *s);
/*
 * The ring of a slot, made when it is missing, mended when it was cut off. NULL only where memory
 * cannot be had.
 */
struct ring	*inforce_ring(unsigned slot);
/*
 * Before a logger is started: what it reads is whole, whatever processes of the workers' user did
 * to the files.
 */
void		 inforce_mend(void);
/* True once after rings were made that a logger forked before does not have. */
bool		 inforce_rings_grew(void);
struct ring	*const *inforce_rings(unsigned *n);
struct logdest_table *inforce_destinations(void);
/* Numbers the log destinations of these settings. */
bool		 inforce_register(struct settings *s, struct diag *d);
/* Children forked from here on are these settings': shared.self and the limit of descriptors. */
void		 inforce_announce(const struct settings *s);

/*
 * A worker died and its slot is free: the logger takes what it had written down as about to happen.
 */
void		 inforce_writer_died(void);

#endif
