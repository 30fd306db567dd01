/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of url_rewrite_program. Pure; worker. */
#include "access/rewriteanswer.h"

#include "base/must.h"

/* Those that the standard has for redirects; others have no meaning here (Squid). */
static unsigned
redirect_status(struct span s)
{
	static const uint16_t	 known[] = { 301, 302, 303, 307, 308 };
	uint64_t		 n;

	for (size_t i = 0; span_u64(s, 999, &n) && i < COUNT_OF(known); i++)
		if (n == known[i])
			return known[i];
	return 0;
}

static void
add_pair(struct helper_reply *r, const char *key, struct span value)
{
	if (r->n < COUNT_OF(r->pairs))
		r->pairs[r->n++] = (struct helper_pair){ span_of(key), value };
}

/* "!group!URL": what Squid 2 had for accelerators. */
static struct span
take_group(struct helper_reply *r, struct span word)
{
	struct span	 rest = word, group;

	if (word.n == 0 || word.p[0] != '!')
		return word;
	rest = span_at(word.p + 1, word.n - 1);
	if (memchr(rest.p, '!', rest.n) == NULL)
		return word;
	span_cut(&rest, '!', &group);
	add_pair(r, "urlgroup", group);
	return rest;
}

/* An answer without OK, ERR or BH. */
static void
translate(struct helper_reply *r)
{
	struct span	 rest = span_trim(r->rest), word;

	if (rest.n == 0) {
		r->word = HELPER_ERR;
		return;
	}
	rest = take_group(r, rest);
	r->word = HELPER_OK;
	if (rest.n > 3 && rest.p[3] == ':' && redirect_status(span_at(rest.p, 3)) != 0) {
		add_pair(r, "status", span_at(rest.p, 3));
		rest = span_trim(span_at(rest.p + 4, rest.n - 4));
		span_cut(&rest, ' ', &word);
		add_pair(r, "url", word);
		return;
	}
	span_cut(&rest, ' ', &word);
	if (word.n > 0)
		add_pair(r, "rewrite-url", word);
}

/* The first one counts, as in Squid. */
static bool
find(const struct helper_reply *r, const char *key, struct span *value)
{
	for (unsigned i = 0; i < r->n; i++)
		if (span_is(r->pairs[i].key, key)) {
			*value = r->pairs[i].value;
			return true;
		}
	return false;
}

static void
bad(struct rewriteanswer *out, const char *fault)
{
	out->kind = REWRITEANSWER_BAD;
	out->fault = fault;
}

static void
judge_redirect(const struct helper_reply *r, struct rewriteanswer *out)
{
	struct span	 status;

	out->kind = REWRITEANSWER_REDIRECT;
	out->status = find(r, "status", &status) ? redirect_status(status) : 302;
	if (out->status == 0)
		bad(out, "its status is none of a redirect");
	else if (out->url.n == 0)
		bad(out, "it redirects to an empty address");
}

static void
judge_rewrite(bool connect, bool old, struct rewriteanswer *out)
{
	out->kind = REWRITEANSWER_OTHER;
	if (out->url.n == 0)
		bad(out, "the new address is empty");
	else if (old && !connect && memmem(out->url.p, out->url.n, "://", 3) == NULL)
		out->kind = REWRITEANSWER_UNKNOWN;
}

void
rewriteanswer_judge(struct helper_reply *r, bool connect, struct rewriteanswer *out)
{
	bool	 old = r->word == HELPER_OTHER;

	*out = (struct rewriteanswer){ .kind = REWRITEANSWER_SAME };
	if (old)
		translate(r);
	if (r->word == HELPER_BH) {
		out->kind = REWRITEANSWER_BROKEN;
		if (!find(r, "message", &out->url))
			out->url = r->rest;
		return;
	}
	if (r->word != HELPER_OK)
		return;
	if (find(r, "url", &out->url))
		judge_redirect(r, out);
	else if (find(r, "rewrite-url", &out->url))
		judge_rewrite(connect, old, out);
}

/* The last '@' of the authority ends a login; what stands before the authority moves up to it. */
static void
hide_login(struct span *url)
{
	const char	*end = url->p + url->n, *at;
	const char	*host = url->n == 0 ? NULL : memmem(url->p, url->n, "://", 3);
	size_t		 before, n = 0;

	if (host == NULL)
		return;
	host += 3;
	while (host + n < end && host[n] != '/' && host[n] != '?' && host[n] != '#')
		n++;
	at = memrchr(host, '@', n);
	if (at == NULL)
		return;
	before = (size_t)(host - url->p);
	at -= before - 1;
	memmove((char *)(uintptr_t)at, url->p, before);
	*url = span_at(at, (size_t)(end - at));
}

void
rewriteanswer_hide_logins(struct helper_reply *r)
{
	for (unsigned i = 0; i < r->n; i++)
		if (span_is(r->pairs[i].key, "url") || span_is(r->pairs[i].key, "rewrite-url"))
			hide_login(&r->pairs[i].value);
}
