/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local and the error step: what the proxy says for itself. Which page, redirect or reset
 * answers a refusal is decided here, by deny_info for the ACL that was tested last, then
 * error_directory, then the built-in page. Runs in a worker.
 */
#include "admin/admin.h"

#include "admin/builtinpage.h"
#include "admin/errorcodes.h"
#include "admin/errorpage.h"
#include "admin/localanswer.h"
#include "admin/ownreply.h"
#include "base/sb.h"
#include "core/settings.h"

void	 (*admin_challenge)(struct txn *t);

enum { PAGE_MAX = 4 << 20, LOCATION_MAX = 32768 };

enum step
admin_local(struct txn *t)
{
	char	 local[ADDR_TEXT];

	OBJ_OK(t, TXN_TAG);
	if (t->purged != PURGED_NOT) {
		localanswer_purged(t);
		return STEP_REPLY;
	}
	if (t->redirect.n > 0) {
		localanswer_redirect(t);
		return STEP_REPLY;
	}
	switch (t->req.method) {
	case METHOD_TRACE:
		localanswer_trace(t);
		return STEP_REPLY;
	case METHOD_OPTIONS:
		localanswer_options(t);
		return STEP_REPLY;
	default:
		break;
	}
	if (localanswer_is_pac(t)) {
		localanswer_pac(t);
		return STEP_REPLY;
	}
	return txn_fail(t, WHY_NOT_FOUND,
	    "This is a proxy, not a web server: enter %s as the HTTP proxy in the settings of the program%s",
	    addr_print_port(&t->f.local, local), t->s->pac.n > 0 ?
	    ", or /proxy.pac at this address for automatic configuration" : "");
}

/* Only what a rule refused has an ACL that deny_info may know. */
static bool
refused_by_rule(enum why w)
{
	return w == WHY_ACL_DENIED || w == WHY_MISS_DENIED || w == WHY_REPLY_DENIED ||
	    w == WHY_DESTINATION_DENIED || w == WHY_AUTH_NEEDED || w == WHY_AUTH_REFUSED ||
	    w == WHY_REPLY_LONG;
}

static const struct deny_info *
deny_info_of(const struct txn *t)
{
	struct span	 acl = t->f.rule_acl;

	if (!refused_by_rule((enum why)t->f.why))
		return NULL;
	if (acl.n > 0 && acl.p[0] == '!')
		acl = span_at(acl.p + 1, acl.n - 1);
	for (size_t i = 0; acl.n > 0 && i < t->s->n_deny_info; i++)
		for (const char **name = t->s->deny_info[i].acls; name != NULL && *name != NULL;
		    name++)
			if (span_is(acl, *name))
				return &t->s->deny_info[i];
	return NULL;
}

/*
 * 407 is for clients that know of the proxy and can answer it (RFC 9110, 15.5.8): in front of a
 * server it is 401, and where nobody can be asked it is a plain refusal.
 */
static unsigned
status_of(const struct txn *t, const struct why_row *row)
{
	if (row->status != 407)
		return row->status;
	if (!t->s->basic.on || (t->port != NULL && (t->port->intercept || t->port->tproxy)))
		return 403;
	return t->port != NULL && t->port->accel ? 401 : 407;
}

/* 302 makes a GET of any method; who knows 307 (HTTP/1.1) keeps to the method (Squid). */
static unsigned
redirect_status(const struct txn *t)
{
	return t->req.method == METHOD_GET || t->req.method == METHOD_HEAD || t->f.version < 11 ?
	    302 : 307;
}

static void
redirect(struct txn *t, const struct deny_info *di, const char *page)
{
	struct sb	 b;

	sb_heap(&b, LOCATION_MAX);
	errorcodes_url(t, span_of(di->what), page, &b);
	ownreply_start(t, di->status != 0 ? di->status : redirect_status(t));
	if (sb_ok(&b))
		ownreply_add(t, FIELD_LOCATION, sb_done(&b));
	else
		t->no_reply = t->close_client = true;
	ownreply_add_static(t, FIELD_CACHE_CONTROL, "no-store");
	ownreply_empty(t);
	sb_free(&b);
}

static void
add_retry_after(struct txn *t)
{
	switch ((enum why)t->f.why) {
	case WHY_SHUTTING_DOWN:
	case WHY_DESCRIPTORS:
	case WHY_LIMIT_CONNECTIONS:
		ownreply_add_static(t, FIELD_RETRY_AFTER, "5");
		break;
	default:
		break;
	}
}

/*
 * The page for an own file, or the built-in one; what does not fit the arena is replaced by its
 * first line.
 */
static void
put_page(struct txn *t, struct span own, unsigned status, const char *page)
{
	bool			 asked;
	enum builtinpage_kind	 kind = builtinpage_kind(t, &asked);
	struct span		 text = SPAN_NONE;
	struct sb		 b;

	sb_heap(&b, PAGE_MAX);
	if (own.p != NULL && !asked) {
		kind = BUILTINPAGE_HTML;
		errorcodes_page(t, own, page, &b);
	} else
		builtinpage_write(t, kind, status, page, &b);
	if (sb_ok(&b))
		text = arena_span(&t->arena, sb_done(&b));
	sb_free(&b);
	if (text.p == NULL) {
		kind = BUILTINPAGE_TEXT;
		text = span_of(why_row((enum why)t->f.why)->text);
	}
	if (kind == BUILTINPAGE_HTML && own.p == NULL)
		ownreply_add_static(t, FIELD_CONTENT_LANGUAGE, "en");
	ownreply_add_static(t, FIELD_VARY, "Accept, User-Agent");
	ownreply_body(t, builtinpage_type(kind), text);
}

enum step
admin_error(struct txn *t)
{
	const struct why_row	*row = why_row((enum why)t->f.why);
	const struct deny_info	*di;
	const char		*page;
	unsigned		 status;
	struct span		 own;

	OBJ_OK(t, TXN_TAG);
	MUST(t->f.why != WHY_NOTHING);
	di = deny_info_of(t);
	t->error_page = di != NULL ? di->what : row->page;
	if (row->status == 0 || (di != NULL && strcmp(di->what, "TCP_RESET") == 0)) {
		t->no_reply = t->close_client = true;
		t->reset = row->status != 0;
		return STEP_REPLY;
	}
	if (di != NULL && errorpage_is_url(di->what)) {
		redirect(t, di, row->page);
		return STEP_REPLY;
	}
	page = t->error_page;
	status = di != NULL && di->status != 0 ? di->status : status_of(t, row);
	own = errorpage_find(t->s, page);
	ownreply_start(t, status);
	ownreply_add(t, FIELD_X_SQUID_ERROR, arena_printf(&t->arena, "%s 0", page));
	ownreply_add_static(t, FIELD_CACHE_CONTROL, "no-store");
	add_retry_after(t);
	/* of a tunnel's target: it has no method at all (RFC 9110, 15.5.6) */
	if (status == 405)
		ownreply_add_static(t, FIELD_ALLOW, "");
	if ((status == 401 || status == 407) && admin_challenge != NULL)
		admin_challenge(t);
	put_page(t, own, status, page);
	return STEP_REPLY;
}
