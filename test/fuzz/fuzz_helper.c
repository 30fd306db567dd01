/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of helpers: whatever they write, what is taken out lies inside of the line; what is sent
 * to them is one line of one word. What a URL rewriter says is a redirect with a status for one, or
 * another target that is as canonical as a client's, or changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "access/newtarget.h"
#include "access/rewriteanswer.h"
#include "base/must.h"
#include "core/settings.h"
#include "net/helper.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(struct span s, const char *line, size_t n)
{
	MUST(s.n == 0 || (s.p >= line && s.p + s.n <= line + n));
}

/* The request goes to `url` now, or nowhere. */
static void
retarget(struct span url, bool connect)
{
	static struct settings	 s = { .txn_memory_max = 1 << 20, .request_line_max = 8192,
	    .visible_hostname = "proxy.test", .unique_hostname = "proxy.test" };
	struct txn		*t = txn_new(&s);
	struct target		 again;
	enum step		 next;

	s.rewrite.host_header = url.n % 2 == 0;
	MUST(target_parse(&t->target, connect ? SPAN("a:443") : SPAN("http://a/b"), connect,
	    &t->arena) == TARGET_OK);
	t->f.url = target_url(&t->target, &t->arena);
	t->f.host = t->target.host;
	next = newtarget_set(t, url);
	MUST(next == STEP_GONE || (next == STEP_ERROR && t->f.why != WHY_NOTHING));
	MUST(target_parse(&again, t->f.url, connect, &t->arena) == TARGET_OK && !again.fragment);
	MUST(again.userinfo.p == NULL && span_eq(again.host, t->f.host));
	MUST(span_eq(target_url(&again, &t->arena), t->f.url));
	MUST(connect || again.scheme == SCHEME_HTTP);
	MUST(t->host_kept.n == 0 || (!connect && !s.rewrite.host_header));
	txn_free(&t);
}

static void
rewrite(const uint8_t *data, size_t size, bool connect)
{
	char			*line = malloc(size + 1);
	struct helper_reply	 r;
	struct rewriteanswer	 a;

	if (size > 0)
		memcpy(line, data, size);
	helper_parse(line, size, &r);
	rewriteanswer_judge(&r, connect, &a);
	MUST(r.n <= COUNT_OF(r.pairs));
	inside(a.url, line, size);
	switch (a.kind) {
	case REWRITEANSWER_SAME:
	case REWRITEANSWER_BROKEN:
	case REWRITEANSWER_UNKNOWN:
		break;
	case REWRITEANSWER_BAD:
		MUST(a.fault != NULL);
		break;
	case REWRITEANSWER_REDIRECT:
		MUST(a.url.n > 0 && a.status >= 301 && a.status <= 308);
		break;
	case REWRITEANSWER_OTHER:
		MUST(a.url.n > 0);
		retarget(a.url, connect);
		break;
	}
	rewriteanswer_hide_logins(&r);
	for (unsigned i = 0; i < r.n; i++)
		inside(r.pairs[i].value, line, size);
	free(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct helper_reply	 r;
	char			*line = malloc(size + 1), *escaped = malloc(size * 3 + 1);
	size_t			 n;

	if (size > 0)
		memcpy(line, data, size);
	helper_parse(line, size, &r);
	MUST(r.n <= COUNT_OF(r.pairs));
	for (unsigned i = 0; i < r.n; i++) {
		inside(r.pairs[i].key, line, size);
		inside(r.pairs[i].value, line, size);
		MUST(r.pairs[i].key.n > 0);
	}
	inside(r.rest, line, size);
	MUST(helper_escape(span_at((const char *)data, size), escaped, size * 3, &n));
	MUST(n >= size && n <= size * 3);
	for (size_t i = 0; i < n; i++)
		MUST(escaped[i] > ' ' && escaped[i] < 0x7f);
	MUST(n == 0 || !helper_escape(span_at((const char *)data, size), escaped, n - 1, &n));
	free(line);
	free(escaped);
	rewrite(data, size, false);
	rewrite(data, size, true);
	return 0;
}
