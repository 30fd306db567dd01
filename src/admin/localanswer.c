/* SPDX-License-Identifier: Apache-2.0 */
/* The PAC file with its validators, OPTIONS, TRACE. Runs in a worker. */
#include "admin/localanswer.h"

#include <inttypes.h>

#include "admin/errorpage.h"
#include "admin/ownreply.h"
#include "base/clock.h"
#include "base/sb.h"
#include "core/settings.h"
#include "http/date.h"
#include "http/tokens.h"

static struct span
path_of(const struct txn *t)
{
	struct span	 rest = t->target.path, path = SPAN_NONE;

	span_cut(&rest, '?', &path);
	return path;
}

bool
localanswer_is_pac(const struct txn *t)
{
	struct span	 path = path_of(t);

	return t->s->pac.n > 0 && (span_is(path, "/proxy.pac") || span_is(path, "/wpad.dat"));
}

/* FNV-1a: the same in every worker and after every restart; made anew only for other settings. */
static uint64_t
pac_hash(const struct settings *s)
{
	static const char	*of;
	static uint64_t		 generation, hash;

	if (of == s->pac.p && generation == s->generation)
		return hash;
	hash = 0xcbf29ce484222325ULL;
	for (size_t i = 0; i < s->pac.n; i++)
		hash = (hash ^ (unsigned char)s->pac.p[i]) * 0x100000001b3ULL;
	of = s->pac.p;
	generation = s->generation;
	return hash;
}

/* If-None-Match by weak comparison (RFC 9110, 13.1.2), else If-Modified-Since (13.1.3). */
static bool
unchanged(const struct txn *t, struct span etag, int64_t modified)
{
	struct head_field	*f = head_get(&t->req, FIELD_IF_NONE_MATCH);
	struct span		 rest, item;
	int64_t			 since;

	if (f == NULL)
		return date_parse(head_value(&t->req, FIELD_IF_MODIFIED_SINCE), clock_wall_s(),
		    &since) && since >= modified;
	for (; f != NULL; f = head_next(&t->req, f)) {
		rest = f->value;
		while (tokens_next(&rest, &item)) {
			if (span_starts(item, SPAN("W/")))
				item = span_at(item.p + 2, item.n - 2);
			if (span_eq(item, etag) || span_is(item, "*"))
				return true;
		}
	}
	return false;
}

void
localanswer_pac(struct txn *t)
{
	int64_t		 modified = errorpage_loaded(t->s);
	char		 text[24], date[DATE_TEXT];
	struct span	 etag;
	bool		 same;

	if (t->req.method != METHOD_GET && t->req.method != METHOD_HEAD) {
		ownreply_start(t, 405);
		ownreply_add_static(t, FIELD_ALLOW, "GET, HEAD, OPTIONS, TRACE");
		ownreply_body(t, "text/plain;charset=utf-8",
		    SPAN("The proxy auto-configuration file can only be read.\n"));
		return;
	}
	snprintf(text, sizeof text, "\"%016" PRIx64 "\"", pac_hash(t->s));
	etag = span_of(text);
	same = unchanged(t, etag, modified);
	ownreply_start(t, same ? 304 : 200);
	ownreply_add(t, FIELD_ETAG, etag);
	ownreply_add(t, FIELD_LAST_MODIFIED, span_of(date_print(modified, date)));
	ownreply_add_static(t, FIELD_CACHE_CONTROL, "no-cache");
	if (!same)
		ownreply_body(t, "application/x-ns-proxy-autoconfig", t->s->pac);
}

void
localanswer_options(struct txn *t)
{
	ownreply_start(t, 200);
	if (localanswer_is_pac(t))
		ownreply_add_static(t, FIELD_ALLOW, "GET, HEAD, OPTIONS, TRACE");
	else
		ownreply_add_static(t, FIELD_ALLOW,
		    "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE, CONNECT");
	ownreply_empty(t);
}

static bool
holds(struct span name, const char *word)
{
	size_t	 n = strlen(word);

	for (size_t i = 0; i + n <= name.n; i++)
		if (span_ieq(span_at(name.p + i, n), span_at(word, n)))
			return true;
	return false;
}

/*
 * Known secrets, and names that smell of one (RFC 9110, 9.3.8: fields likely to contain sensitive
 * data).
 */
static bool
is_secret(const struct head_field *f)
{
	static const char *const	 words[] = { "auth", "cookie", "token", "secret", "passw",
	    "key", "session", "credential" };

	if (field_flags((enum field_id)f->id) & FIELD_SECRET)
		return true;
	for (size_t i = 0; f->id == FIELD_OTHER && i < COUNT_OF(words); i++)
		if (holds(f->name, words[i]))
			return true;
	return false;
}

void
localanswer_trace(struct txn *t)
{
	struct sb	 b;
	struct span	 text = SPAN_NONE;

	sb_heap(&b, t->s->request_header_max_size + 4096);
	SB_LIT(&b, "TRACE ");
	sb_span(&b, t->target.userinfo.n > 0 ? t->f.url : t->req.target);
	sb_printf(&b, " HTTP/%u.%u\r\n", t->req.major, t->req.minor);
	for (unsigned i = 0; i < t->req.n; i++) {
		const struct head_field	*f = &t->req.fields[i];

		if (f->gone || is_secret(f))
			continue;
		sb_span(&b, f->name);
		SB_LIT(&b, ": ");
		sb_span(&b, f->value);
		SB_LIT(&b, "\r\n");
	}
	SB_LIT(&b, "\r\n");
	if (sb_ok(&b))
		text = arena_span(&t->arena, sb_done(&b));
	sb_free(&b);
	ownreply_start(t, text.p == NULL ? 500 : 200);
	ownreply_add_static(t, FIELD_CACHE_CONTROL, "no-store");
	ownreply_body(t, "message/http", text);
}

void
localanswer_purged(struct txn *t)
{
	ownreply_start(t, t->purged == PURGED_STORED ? 200 : 404);
	ownreply_empty(t);
}

void
localanswer_redirect(struct txn *t)
{
	t->f.tag_result = RESULT_REDIRECT;
	ownreply_start(t, t->redirect_status);
	ownreply_add(t, FIELD_LOCATION, t->redirect);
	ownreply_empty(t);
}
