/* SPDX-License-Identifier: Apache-2.0 */
/* The Via field of this proxy (RFC 9110, 7.6.3). */
#ifndef CORE_VIA_H
#define CORE_VIA_H

#include "base/sb.h"
#include "core/settings.h"

/* What each Via field ends with: made when the settings are complete. */
void	 via_settle(struct settings *s);

/*
 * Appends "Via: 1.1 name (sepia/version)\r\n"; version: of the received message, major * 10 +
 * minor.
 */
void	 via_put(struct sb *b, const struct settings *s, unsigned version);

#endif
