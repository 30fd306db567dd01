/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acl lines ("acl NAME TYPE words"), rules ("allow NAME ..." and "deny NAME ...") and requests
 * ("METHOD URL"), a line each. Values of every type are taken in, sealed and judged; a rule list
 * judged without facts never ends in "need", and twice the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "acl/resolve.h"
#include "acl/rules.h"
#include "base/clock.h"
#include "core/settings.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { WORDS = 16, LINES = 64, NAME_MOST = 64 };

static size_t
split(struct span line, struct acl_word *words, uint32_t number)
{
	struct span w;
	size_t n = 0;

	while (n < WORDS && span_cut(&line, ' ', &w))
		if (w.n > 0)
			words[n++] = (struct acl_word){ w, { "fuzz", number, 1 } };
	return n;
}

static void
judge(struct settings *s, const struct acl_word *words, size_t n)
{
	struct ruling a, b;
	struct txn *t = txn_new(s);

	t->req.request = true;
	t->req.method_text = words[0].text;
	t->req.method = method_lookup(words[0].text);
	t->f.client = t->f.indirect = addr_from_v4(0x0a000001, 0);
	if (n > 1 && target_parse(&t->target, words[1].text, t->req.method == METHOD_CONNECT,
	    &t->arena) == TARGET_OK) {
		t->f.url = target_url(&t->target, &t->arena);
		if (n > 2) {
			t->f.user = words[2].text;
			t->auth = AUTH_GOOD;
			head_add(&t->req, SPAN("User-Agent"), words[2].text, &t->arena);
			t->f.notes = words[2].text;
		}
		rules_judge(s->http_access, t, true, &a);
		rules_judge(s->http_access, t, false, &a);
		rules_judge(s->http_access, t, false, &b);
		MUST(a.kind != RULING_NEED && a.kind == b.kind && a.by == b.by);
		rules_record(s->http_access, &a, t);
	}
	txn_free(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct settings s = { .txn_memory_max = 1 << 20, .acl_uses_indirect_client = true };
	struct span rest = span_at((const char *)data, n), text = rest, line;
	struct acl_word words[WORDS];
	struct diag_place at = { "fuzz", 0, 1 };
	struct diag d;

	resolve_never = true;
	clock_fake(1, 1700000000000000);
	diag_init(&d);
	s.acls = acl_set_new();
	s.http_access = rules_new("http_access", true, false);
	while (at.line < LINES && span_cut(&rest, '\n', &line)) {
		size_t k = split(line, words, ++at.line);

		if (k > 2 && span_is(words[0].text, "acl") && words[1].text.n < NAME_MOST)
			acl_add(s.acls, words[1].text, words[2].text, words + 3, k - 3, at, &d);
		else if (k > 1 && (span_is(words[0].text, "allow") ||
		    span_is(words[0].text, "deny")))
			rules_add(s.http_access, s.acls, words[0].text.p[0] == 'a', words + 1,
			    k - 1, at, &d);
	}
	acl_add_text(s.acls, SPAN("list"), SPAN("dstdomain"), NULL, 0, text, "text", at, &d);
	acl_add_text(s.acls, SPAN("nets"), SPAN("src"), NULL, 0, text, "text", at, &d);
	rules_lint(s.http_access, &d);
	acl_set_seal(s.acls, &d);
	while (at.line-- > 0 && span_cut(&text, '\n', &line)) {
		size_t k = split(line, words, 1);

		if (k > 1 && !span_is(words[0].text, "acl"))
			judge(&s, words, k);
	}
	rules_free(&s.http_access);
	acl_set_free(&s.acls);
	diag_free(&d);
	return 0;
}
