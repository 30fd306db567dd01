/* SPDX-License-Identifier: Apache-2.0 */
/* The Via field. */
#include "core/via.h"

#include "base/must.h"
#include "config.h"

void
via_settle(struct settings *s)
{
	s->via_rest = arena_printf(&s->arena, " %s (sepia%s)\r\n", s->unique_hostname,
	    s->httpd_suppress_version_string ? "" : "/" PACKAGE_VERSION);
	MUST(s->via_rest.p != NULL);
}

void
via_put(struct sb *b, const struct settings *s, unsigned version)
{
	char	*to = sb_more(b, sizeof "Via: 1.1" - 1 + s->via_rest.n);

	if (to == NULL)
		return;
	to = mempcpy(to, "Via: ", 5);
	*to++ = (char)('0' + version / 10 % 10);
	*to++ = '.';
	*to++ = (char)('0' + version % 10);
	memcpy(to, s->via_rest.p, s->via_rest.n);
}
