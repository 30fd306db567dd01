/* SPDX-License-Identifier: Apache-2.0 */
/* What the settings make of a target's host: append_domain, check_hostnames, hostname_aliases. */
#ifndef CORE_NAMING_H
#define CORE_NAMING_H

#include "core/settings.h"
#include "http/target.h"

/*
 * append_domain: a name without a dot gets it; addresses and other names stay. The text is in the
 * arena. TARGET_BAD_HOST: too long a name comes of it.
 */
enum target_result	 naming_complete(const struct settings *s, struct target *g,
		    struct arena *a);
/*
 * check_hostnames with allow_underscore off: NULL, or why the host is refused (for people). All
 * other checks were made by the parser.
 */
const char		*naming_fault(const struct settings *s, const struct target *g);
/*
 * The target is this proxy itself: visible_hostname, unique_hostname or one of hostname_aliases,
 * with the port of one of its proxy ports (Squid: internalHostnameIs).
 */
bool			 naming_is_self(const struct settings *s, const struct target *g);

#endif
