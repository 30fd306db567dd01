/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of pac_proxy, pac_direct and pac_failover, a line each. Whatever they are, either they are
 * refused or the script is printable ASCII whose quotes pair and whose brackets close: no value can
 * get out of its string.
 */
#include <stdlib.h>
#include <string.h>

#include "admin/pac.h"
#include "base/must.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WORDS = 64 };

static size_t
split(struct span line, struct acl_word w[WORDS])
{
	struct span	 item;
	size_t		 n = 0;

	while (n < WORDS && span_cut(&line, ' ', &item))
		if (item.n > 0)
			w[n++] = (struct acl_word){ .text = item, .at = { "conf", 1, 1 } };
	return n;
}

/*
 * Everything outside of strings, comments and the fixed code that is not of a value's making is
 * counted.
 */
static void
judge(struct span s)
{
	bool	 quoted = false;
	int	 depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char	 c = (unsigned char)s.p[i];

		MUST(c == '\n' || c == '\t' || (c >= ' ' && c < 0x7f));
		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (quoted)
			MUST(c != '\n' && c != '<' && c != '\'');
		else
			depth += c == '{' ? 1 : c == '}' ? -1 : 0;
		MUST(depth >= 0);
	}
	MUST(!quoted && depth == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct acl_word		 proxies[WORDS], direct[WORDS];
	struct span		 rest = span_at((const char *)data, size), line = SPAN_NONE;
	struct pac_input	 in = { .proxies = proxies, .direct = direct,
	    .fallback = SPAN("proxy.example:3128") };
	struct arena		 a;
	struct diag		 d;
	struct span		 text, again;

	if (span_cut(&rest, '\n', &line))
		in.n_proxies = split(line, proxies);
	if (span_cut(&rest, '\n', &line))
		in.n_direct = split(line, direct);
	if (span_cut(&rest, '\n', &line))
		in.failover.text = line;
	arena_init(&a, 16 << 20);
	diag_init(&d);
	text = pac_build(&in, &a, &d);
	MUST((text.p == NULL) == (d.errors > 0));
	if (text.p != NULL) {
		judge(text);
		again = pac_build(&in, &a, &d);
		MUST(span_eq(text, again));
	}
	arena_reset(&a);
	diag_free(&d);
	return 0;
}
