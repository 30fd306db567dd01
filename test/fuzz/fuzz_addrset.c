/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a src ACL, one a line; then the set of all against the sets of one each. */
#include <stdint.h>
#include <string.h>

#include "base/must.h"
#include "match/addrset.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { LINES_MOST = 64 };

static void
probe(const struct addrset *all, struct addrset *const *one, size_t n, const struct addr *a)
{
	bool	 expected = false;

	for (size_t i = 0; i < n; i++)
		expected = expected || addrset_has(one[i], a);
	MUST(addrset_has(all, a) == expected);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span	 text = span_at((const char *)data, n), line, host;
	struct addrset	*all = addrset_new(), *one[LINES_MOST];
	size_t		 lines = 0;
	const char	*why;

	while (lines < LINES_MOST && span_cut(&text, '\n', &line)) {
		bool	 ok = addrset_add_text(all, line, &host, &why);

		MUST(ok || (host.p != NULL) == (why == NULL));
		one[lines] = addrset_new();
		MUST(addrset_add_text(one[lines], line, &host, &why) == ok);
		addrset_seal(one[lines++]);
	}
	addrset_seal(all);
	for (size_t i = 0; i + 4 <= n && i < 400; i++) {
		struct addr	 a =
		    addr_from_v4((uint32_t)data[i] << 24 | (uint32_t)data[i + 1] << 16, 0);

		probe(all, one, lines, &a);
		if (i + 16 > n)
			continue;
		memcpy(a.ip, data + i, 16);
		probe(all, one, lines, &a);
	}
	text = span_at((const char *)data, n);
	while (span_cut(&text, '\n', &line)) {
		struct addr	 a;
		ptrdiff_t	 end = span_find(line, '/');

		if (!addr_parse(&a, end < 0 ? line : span_at(line.p, (size_t)end)))
			continue;
		probe(all, one, lines, &a);
		a.ip[15]++;
		probe(all, one, lines, &a);
	}
	for (size_t i = 0; i < lines; i++)
		addrset_free(&one[i]);
	addrset_free(&all);
	return 0;
}
