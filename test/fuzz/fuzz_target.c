/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Targets and hosts: what is accepted has a host of harmless characters, is its own canonical
 * form, and is read back the same from its own text.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/must.h"
#include "http/host.h"
#include "http/target.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_host(const struct target *t, struct arena *a)
{
	struct target	 again;

	MUST(t->host.n > 0 && t->host.n <= HOST_MAX);
	for (size_t i = 0; i < t->host.n; i++) {
		char	 c = t->host.p[i];

		MUST((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
		    c == '_' || (c == ':' && t->is_addr));
	}
	MUST(t->host.p[0] != '.' && t->host.p[t->host.n - 1] != '.');
	MUST(target_host(&again, t->host, a) == TARGET_OK);
	MUST(span_eq(again.host, t->host) && again.is_addr == t->is_addr);
	MUST(!t->is_addr || addr_same_ip(&again.addr, &t->addr));
}

static void
check_target(const struct target *t, struct arena *a)
{
	struct target	 again;
	struct span	 url = target_url(t, a);

	MUST(url.n > 0);
	for (size_t i = 0; i < url.n; i++)
		MUST(url.p[i] > 0x20 && url.p[i] < 0x7f && url.p[i] != '#');
	if (t->form == TARGET_ORIGIN || t->form == TARGET_ASTERISK)
		return;
	check_host(t, a);
	MUST(target_parse(&again, url, t->form == TARGET_AUTHORITY, a) == TARGET_OK);
	MUST(again.form == t->form && again.scheme == t->scheme && again.port == t->port);
	MUST(span_eq(again.host, t->host) && span_eq(again.path, t->path) &&
	    again.userinfo.p == NULL);
}

/* Whatever a connection asked for first, what it asks for next means what it means alone. */
static void
check_next(struct span first, struct span next, struct arena *a)
{
	struct target_known	 k = { 0 };
	struct target		 t, alone;
	enum target_result	 r;

	(void)target_parse_next(&t, first, &k, a);
	r = target_parse_next(&t, next, &k, a);
	MUST(r == target_parse(&alone, next, false, a));
	if (r != TARGET_OK)
		return;
	MUST(t.form == alone.form && t.scheme == alone.scheme && t.port == alone.port &&
	    t.port_given == alone.port_given);
	MUST(span_eq(t.scheme_text, alone.scheme_text) && span_eq(t.host, alone.host) &&
	    span_eq(t.path, alone.path));
	MUST(span_eq(t.userinfo, alone.userinfo) && t.path_absent == alone.path_absent &&
	    t.fragment == alone.fragment && t.is_addr == alone.is_addr);
	MUST(!t.is_addr || (addr_same_ip(&t.addr, &alone.addr) && t.addr.port == alone.addr.port));
	MUST(target_is_canonical(&t, next) == target_is_canonical(&alone, next));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct target	 t;
	struct arena	 a;
	struct span	 raw;
	char		*copy;

	if (n < 1)
		return 0;
	copy = malloc(n - 1);
	MUST(copy != NULL || n == 1);
	if (n > 1)
		memcpy(copy, data + 1, n - 1);
	raw = span_at(copy, n - 1);
	arena_init(&a, 1 << 20);
	if (data[0] % 4 == 0) {
		if (target_host(&t, raw, &a) == TARGET_OK)
			check_host(&t, &a);
	} else if (data[0] % 4 == 1) {
		t = (struct target){ .form = TARGET_ORIGIN, .path = SPAN("/") };
		if (target_parse_host(&t, raw, 80, &a) == TARGET_OK)
			check_host(&t, &a);
	} else if (target_parse(&t, raw, data[0] % 4 == 3, &a) == TARGET_OK) {
		check_target(&t, &a);
	}
	if (data[0] % 4 == 2) {
		struct span	 next = raw, first;

		if (span_cut(&next, '\n', &first) && next.p != NULL)
			check_next(first, next, &a);
		check_next(raw, raw, &a);
	}
	arena_reset(&a);
	free(copy);
	return 0;
}
