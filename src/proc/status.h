/* SPDX-License-Identifier: Apache-2.0 */
/* `sepia -k status`: the processes and what they have counted, as text. */
#ifndef PROC_STATUS_H
#define PROC_STATUS_H

#include "core/settings.h"
#include "proc/control.h"

void	 status_tell(struct control *c, const struct settings *s);

#endif
