/* SPDX-License-Identifier: Apache-2.0 */
/* Tells schemes by their names; what follows the name is not looked at. Pure. */
#include "http/authscheme.h"

#include "http/tokens.h"

bool
authscheme_of_connection(struct span credentials)
{
	struct span	 name = credentials;

	name.n = 0;
	while (name.n < credentials.n && tokens_is_tchar((unsigned char)credentials.p[name.n]))
		name.n++;
	return span_iis(name, "NTLM") || span_iis(name, "Negotiate") || span_iis(name, "Kerberos");
}

bool
authscheme_offered(const struct head *h, enum field_id id)
{
	for (uint16_t i = h->first[id]; i != 0; i = h->fields[i - 1].next) {
		struct span	 rest = h->fields[i - 1].value, item;

		while (!h->fields[i - 1].gone && tokens_next(&rest, &item))
			if (authscheme_of_connection(item))
				return true;
	}
	return false;
}
