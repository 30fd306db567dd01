/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `sepia -k explain`: a made-up request through the rule lists of the configuration file, told on
 * standard output.
 */
#ifndef PROC_EXPLAINMODE_H
#define PROC_EXPLAINMODE_H

#include "proc/options.h"

enum { EXPLAIN_ALLOWED = 0, EXPLAIN_ERROR = 1, EXPLAIN_REFUSED = 2, EXPLAIN_LOGIN = 3 };

/* The exit status, one of the above. */
int	 explainmode_run(const struct options *o);

#endif
