/* SPDX-License-Identifier: Apache-2.0 */
/* The Via field. */
#include "core/via.h"

#include "config.h"

void
via_put(struct sb *b, const struct settings *s, unsigned version)
{
	SB_LIT(b, "Via: ");
	sb_char(b, (char)('0' + version / 10 % 10));
	sb_char(b, '.');
	sb_char(b, (char)('0' + version % 10));
	sb_char(b, ' ');
	sb_str(b, s->unique_hostname);
	if (s->httpd_suppress_version_string)
		SB_LIT(b, " (sepia)\r\n");
	else
		SB_LIT(b, " (sepia/" PACKAGE_VERSION ")\r\n");
}
