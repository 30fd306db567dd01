/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the program's own messages go: standard error in the foreground, else cache_log. Descriptor
 * 2 is the place in either case, so that assertions and helpers speak there too.
 */
#ifndef PROC_MESSAGES_H
#define PROC_MESSAGES_H

#include <stdbool.h>

#include "base/msg.h"
#include "core/settings.h"

/* debug: -d, or -1: by the settings. */
void	 messages_start(bool foreground, int debug, const struct settings *s);
/*
 * Background only, once the caller's terminal is to be let go: opens cache_log as descriptor 2.
 * False with errno: nothing changed.
 */
bool	 messages_detach(const struct settings *s);
/* New settings: perhaps another file or level. */
void	 messages_adopt(const struct settings *s);
/* logfile_rotate: cache_log becomes cache_log.0 and so on (0: it is only opened anew). */
void	 messages_rotate(const struct settings *s);

#endif
