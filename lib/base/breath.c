/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the one who looks after others leaves its function. In every process; set in the master
 * alone.
 */
#include "base/breath.h"

void	(*breath)(void) = NULL;
