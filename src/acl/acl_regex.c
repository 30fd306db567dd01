/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ACL types of regular expressions over one text: url_regex, urlpath_regex, urllogin, browser,
 * referer_regex, *_mime_type, dstdom_regex, srcdom_regex, ssl::server_name_regex, peername_regex,
 * proxy_auth_regex, ext_user_regex. URLs are judged in canonical form with percent-escapes decoded
 * once, as Squid does.
 */
#include "acl/acl_regex.h"

#include "acl/acl_address.h"
#include "acl/acl_domain.h"
#include "acl/acl_line.h"
#include "acl/acl_user.h"
#include "acl/unescape.h"
#include "core/settings.h"
#include "match/regset.h"

void *
acl_regex_make(void)
{
	return regset_new();
}

void
acl_regex_discard(void *data)
{
	struct regset *v = data;

	regset_free(&v);
}

void
acl_regex_value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	char err[256];

	if (!regset_add(a->data, w->text, l->fold, acl_mark(a, w->at), err, sizeof(err)))
		acl_line_complain(l, w->at, true, "acl %s: \"%.*s\": %s", a->name,
		    SPAN_ARG(w->text), err);
}

void
acl_regex_seal(struct acl *a, struct acl_set *set, struct diag *d)
{
	(void)set;
	(void)d;
	regset_seal(a->data);
}

static enum acl_answer
has(const struct acl *a, struct span subject, struct acl_look *k)
{
	return regset_has(a->data, subject, &k->mark) ? ACL_YES : ACL_NO;
}

static enum acl_answer
test_url(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return has(a, unescape(t->f.url), k);
}

static enum acl_answer
test_urlpath(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return (t->target.path.n == 0) ? ACL_NO : has(a, unescape(t->target.path), k);
}

static enum acl_answer
test_urllogin(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return (t->target.userinfo.n == 0) ? ACL_NO : has(a, unescape(t->target.userinfo), k);
}

static enum acl_answer
test_field(const struct acl *a, const struct head *h, enum field_id id, struct acl_look *k)
{
	const struct head_field *f = head_get(h, id);

	return (f == NULL) ? ACL_NO : has(a, f->value, k);
}

static enum acl_answer
test_browser(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return test_field(a, &t->req, FIELD_USER_AGENT, k);
}

static enum acl_answer
test_referer(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return test_field(a, &t->req, FIELD_REFERER, k);
}

static enum acl_answer
test_req_mime(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return test_field(a, &t->req, FIELD_CONTENT_TYPE, k);
}

/* An answer without a type is judged as the empty text (Squid). */
static enum acl_answer
test_rep_mime(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return t->has_reply ? has(a, head_value(&t->reply, FIELD_CONTENT_TYPE), k) : ACL_NO;
}

/* The host as a URL has it: IPv6 in brackets. */
static struct span
url_host(const struct txn *t, char *room, size_t cap)
{
	struct sb b;

	if (!t->target.is_addr || addr_is_v4(&t->target.addr))
		return t->target.host;
	sb_fixed(&b, room, cap);
	sb_char(&b, '[');
	sb_span(&b, t->target.host);
	sb_char(&b, ']');
	return sb_done(&b);
}

static enum acl_answer
test_name(const struct acl *a, const struct txn_lookup *look, enum acl_need need,
    struct acl_look *k)
{
	if (look->state != LOOKUP_DONE && look->state != LOOKUP_FAILED) {
		k->need = need;
		return ACL_NEED;
	}
	return has(a, (look->state == LOOKUP_DONE) ? look->name : SPAN("none"), k);
}

static enum acl_answer
test_dstdom(const struct acl *a, struct txn *t, struct acl_look *k)
{
	char room[ADDR_TEXT];

	if (has(a, url_host(t, room, sizeof(room)), k) == ACL_YES)
		return ACL_YES;
	if (!t->target.is_addr || a->no_lookup)
		return ACL_NO;
	return test_name(a, &t->host_name, NEED_HOST_NAME, k);
}

static enum acl_answer
test_srcdom(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return test_name(a, &t->client_name, NEED_CLIENT_NAME, k);
}

static enum acl_answer
test_server_name(const struct acl *a, struct txn *t, struct acl_look *k)
{
	char room[ADDR_TEXT];
	struct span host = url_host(t, room, sizeof(room));

	return has(a, (host.n > 0) ? host : SPAN("none"), k);
}

static enum acl_answer
test_peername(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return (t->peer == NULL) ? ACL_NO : has(a, span_of(t->peer->name), k);
}

static enum acl_answer
test_proxy_auth(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return acl_user_known(t, k) ? has(a, t->f.user, k) : ACL_NEED;
}

/* Before a helper said who it is, or when none did, it cannot be known. */
static enum acl_answer
test_ext_user(const struct acl *a, struct txn *t, struct acl_look *k)
{
	if (t->ext_user.n > 0)
		return has(a, t->ext_user, k);
	k->need = (enum acl_need)NEED_NEVER;
	return ACL_NEED;
}

static void
tell_ext_user(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	sb_span(to, t->ext_user);
}

static void
tell_url(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	sb_span(to, unescape(t->f.url));
}

static void
tell_path(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	sb_span(to, unescape(t->target.path));
}

static void
tell_agent(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	sb_span(to, head_value(&t->req, FIELD_USER_AGENT));
}

static void
tell_referer(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	sb_span(to, head_value(&t->req, FIELD_REFERER));
}

static void
tell_req_mime(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	sb_span(to, head_value(&t->req, FIELD_CONTENT_TYPE));
}

static void
tell_rep_mime(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	if (t->has_reply)
		sb_span(to, head_value(&t->reply, FIELD_CONTENT_TYPE));
}

#define REGEX_TYPE(symbol, text, extra, tester, teller) \
	const struct acl_type acl_regex_##symbol = { \
		.name = text, .flags = ACLT_I | ACLT_WHOLE | (extra), .make = acl_regex_make, .discard = acl_regex_discard, \
		.value = acl_regex_value, .seal = acl_regex_seal, .test = tester, .subject = teller, \
	}

REGEX_TYPE(url,		"url_regex", 0, test_url, tell_url);
REGEX_TYPE(urlpath,	"urlpath_regex", 0, test_urlpath, tell_path);
REGEX_TYPE(urllogin,	"urllogin", 0, test_urllogin, NULL);	/* may hold a password */
REGEX_TYPE(browser,	"browser", 0, test_browser, tell_agent);
REGEX_TYPE(referer,	"referer_regex", 0, test_referer, tell_referer);
REGEX_TYPE(req_mime,	"req_mime_type", 0, test_req_mime, tell_req_mime);
REGEX_TYPE(rep_mime,	"rep_mime_type", ACLT_REPLY, test_rep_mime, tell_rep_mime);
REGEX_TYPE(dstdom,	"dstdom_regex", ACLT_N, test_dstdom, acl_domain_tell_host);
REGEX_TYPE(srcdom,	"srcdom_regex", 0, test_srcdom, acl_domain_tell_client);
REGEX_TYPE(server_name,	"ssl::server_name_regex", 0, test_server_name, acl_domain_tell_host);
REGEX_TYPE(peername,	"peername_regex", 0, test_peername, NULL);
REGEX_TYPE(proxy_auth,	"proxy_auth_regex", ACLT_USER, test_proxy_auth, acl_user_tell);
REGEX_TYPE(ext_user,	"ext_user_regex", 0, test_ext_user, tell_ext_user);
