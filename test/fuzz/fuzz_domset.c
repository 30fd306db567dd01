/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines, an empty line, hosts: a host matches exactly if one of the accepted entries covers it,
 * compared byte by byte.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "match/domset.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool
covers(struct span entry, struct span host)
{
	bool	 wide = entry.p[0] == '.';

	if (wide)
		entry = span_at(entry.p + 1, entry.n - 1);
	if (entry.p[entry.n - 1] == '.')
		entry.n--;
	if (span_ieq(entry, host))
		return true;
	return wide && host.n > entry.n && host.p[host.n - entry.n - 1] == '.' &&
	    span_ieq(entry, span_at(host.p + host.n - entry.n, entry.n));
}

static bool
expected(struct span list, struct span host)
{
	struct span	 line;

	while (span_cut(&list, '\n', &line)) {
		struct domset	*one = domset_new();
		const char	*why;
		bool		 ok = domset_add(one, line, 1, &why);

		domset_free(&one);
		if (ok && covers(line, host))
			return true;
	}
	return false;
}

static bool
is_plain(struct span list)
{
	for (size_t i = 0; i < list.n; i++) {
		if (strchr(" \t\r\v\f#:[]", list.p[i]) != NULL)
			return false;
	}
	return true;
}

static void
told(void *arg, struct span entry, uint32_t mark, struct span by, uint32_t by_mark)
{
	(void)arg;
	MUST(entry.n > 0 && by.n > 0 && mark > 0 && by_mark > 0);
	if (entry.p[0] == '.')
		entry = span_at(entry.p + 1, entry.n - 1);
	MUST(covers(by, entry));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span	 all = span_at((const char *)data, n), list = all, hosts = SPAN_NONE, host;
	const char	*gap = (n == 0) ? NULL : memmem(data, n, "\n\n", 2);
	struct domset	*s;

	if (gap != NULL) {
		list = span_at(all.p, (size_t)(gap - all.p));
		hosts = span_at(gap + 2, n - list.n - 2);
	}
	s = domset_new();
	domset_add_lines(s, list, NULL, NULL);
	domset_seal(s);
	(void)domset_covered(s, 50, told, NULL);
	for (unsigned left = 20; left > 0 && span_cut(&hosts, '\n', &host); left--) {
		bool	 has = domset_has(s, host, NULL);
		bool	 lower = true;

		for (size_t i = 0; i < host.n; i++)
			lower = lower && host.p[i] == ascii_lower(host.p[i]);
		if (host.n > 0 && lower && list.n < 2000 && is_plain(list) && is_plain(host))
			MUST(has == expected(list, host));
	}
	domset_free(&s);
	return 0;
}
