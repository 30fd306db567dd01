/* SPDX-License-Identifier: Apache-2.0 */
/* The master: from the command line to the end of the last child. */
#ifndef PROC_MASTER_H
#define PROC_MASTER_H

#include "proc/options.h"

/* MODE_RUN. Answers the exit status (in the background: of the process that stays). */
int	 master_run(const struct options *o);

#endif
