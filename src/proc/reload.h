/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking new settings into force without a moment without service: compile them beside those in
 * force; start workers with them on the same sockets; only when all of these serve tell the old
 * ones to finish. Whatever goes wrong before leaves everything as it was.
 */
#ifndef PROC_RELOAD_H
#define PROC_RELOAD_H

#include <stdbool.h>

#include "proc/control.h"
#include "proc/kids.h"

/*
 * now: the settings in force, exchanged by a reload. slots: of the process table. look_after:
 * called now and then while new settings are compiled, when a child has died: reaps it and starts
 * another with the settings in force.
 */
void	 reload_init(struct settings **now, const char *config, unsigned slots,
		    void (*look_after)(void));
/*
 * c is told what becomes of it, and ended (NULL: nobody). One that is asked for during another
 * follows it.
 */
void	 reload_ask(struct control *c);
void	 reload_tick(uint64_t now_ms);
/* An unexpected death of a child. */
void	 reload_died(const struct kid *k);
/* The proxy is being stopped: whoever waits is told. */
void	 reload_cancel(void);

/*
 * In a child, after the fork: gives back the settings that are not its own (mine; NULL: it needs
 * none), so that it does not hold them for ever.
 */
void	 reload_forget_others(const struct settings *mine);

#endif
