/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of a domain list as people write them. Runs in the master while it reads the settings. */
#include "match/domname.h"

#include "base/addr.h"

/* [v6], v6: in the one spelling that the rest of the proxy uses. */
static const char *
take_v6(struct domname *e, struct span text)
{
	char		 print[ADDR_TEXT];
	struct addr	 a;

	if (text.n >= 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
		text = span_at(text.p + 1, text.n - 2);
	if (!addr_parse(&a, text))
		return "a colon or bracket stands only in an IPv6 address";
	addr_print(&a, print);
	e->n = strlen(print);
	e->labels = 1;
	for (size_t i = 0; i < e->n; i++)
		e->labels += (print[i] == '.');
	memcpy(e->text, print, e->n);
	return NULL;
}

static const char *
complain(struct span text, size_t at)
{
	char	 c = text.p[at];

	if (c == '*' && at == 0)
		return "a leading \"*\" is not understood: write .example.com for a domain and all below it";
	if (c & 0x80)
		return "not ASCII: write the name in its xn-- form";
	if (c == '/')
		return "a domain name has no \"/\": this looks like an address (url_regex) or a network (dst)";
	return "a character that no domain name contains";
}

const char *
domname_take(struct domname *e, struct span text)
{
	size_t	 label = 0;

	e->wide = text.n > 0 && text.p[0] == '.';
	if (e->wide)
		text = span_at(text.p + 1, text.n - 1);
	if (text.n > 0 && text.p[text.n - 1] == '.')
		text.n--;
	if (text.n == 0)
		return "no name";
	if (text.n > NAMEPACK_MOST)
		return "a domain name has at most 253 characters";
	e->n = text.n;
	e->labels = 1;
	for (size_t i = 0; i < text.n; i++) {
		char	 c = namepack_fold(text.p[i]);

		if (c == 0 || c == ':')
			return (c == ':' || text.p[i] == '[') ? take_v6(e, text) :
			    complain(text, i);
		e->text[i] = c;
		if (c != '.')
			continue;
		if (i == label)
			return "an empty label (two dots together)";
		if (i - label > 63)
			return "a label has at most 63 characters";
		label = i + 1;
		e->labels++;
	}
	if (text.n == label)
		return "an empty label (two dots together)";
	return (text.n - label > 63) ? "a label has at most 63 characters" : NULL;
}
