/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps as many processes alive as the settings want: whoever is missing is started, at once or,
 * after many deaths, a little later.
 */
#ifndef PROC_CREW_H
#define PROC_CREW_H

#include "proc/kids.h"

/* Starts the workers of these settings that are missing. */
void		 crew_fill_workers(const struct settings *s);
/*
 * Whose sockets nobody serves for a while, because his death was followed by a delay, or because he
 * is lost (pulse.h): absent[worker - 1].
 */
void		 crew_absent(const struct settings *s, bool *absent);
void		 crew_fill_logger(const struct settings *s);
/* Only where there is an object store. */
void		 crew_fill_keeper(const struct settings *s);
/* Workers of this generation that serve. */
unsigned	 crew_serving(uint64_t generation);
/* Tells all workers of generations other than this one to finish. */
void		 crew_drain_others(uint64_t generation, uint64_t within_ms);
/* Tells all workers of this generation to leave now. */
void		 crew_quit(uint64_t generation, uint64_t grace_ms);
/*
 * A child died: says so if it was not expected to, and paces its successor. True: it was not
 * expected.
 */
bool		 crew_died(const struct kid *k, int status);

#endif
