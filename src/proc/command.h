/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The modes of the program that are not the proxy itself: -k and -z. Each answers the exit status.
 */
#ifndef PROC_COMMAND_H
#define PROC_COMMAND_H

#include "proc/options.h"

int	 command_run(const struct options *o);

#endif
