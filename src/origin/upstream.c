/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building the request that goes upstream. Hop-by-hop fields end here, Host is the target's,
 * framing is the proxy's own, credentials for this proxy never pass unless a peer's login= says so.
 * Runs in a worker.
 */
#include "origin/upstream.h"

#include <openssl/evp.h>

#include "acl/mangle.h"
#include "acl/rules.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/sb.h"
#include "core/via.h"
#include "http/tokens.h"

enum { HEAD_EXTRA = 1024 };

bool
upstream_chunked(const struct txn *t)
{
	return t->req_body != NULL && t->req_framing.kind == FRAMING_CHUNKED;
}

static size_t
bound(const struct head *h, const struct txn *t)
{
	size_t	 n = HEAD_EXTRA + mangle_room(&t->s->request_header_access) + t->f.url.n +
	    t->req.method_text.n + t->target.host.n * 2 + t->upgrade.n + t->host_kept.n;

	for (unsigned i = 0; i < h->n; i++)
		n += h->fields[i].name.n + h->fields[i].value.n + 4;
	if (t->peer != NULL && t->peer->login != NULL)
		n += strlen(t->peer->login) * 2;
	return n;
}

static bool
prepare(struct buf *b, size_t n, struct sb *out)
{
	if (n > 1 << 20)
		return false;
	buf_drop(b);
	buf_need(b, buf_fit(n));
	sb_fixed(out, b->p, b->cap);
	return true;
}

static bool
finish(struct buf *b, struct sb *out)
{
	SB_LIT(out, "\r\n");
	if (!sb_ok(out))
		return false;
	b->to = (uint32_t)out->n;
	return true;
}

static void
put_authority(struct sb *b, const struct target *g, bool with_port)
{
	bool	 v6 = g->is_addr && !addr_is_v4(&g->addr);

	if (v6)
		sb_char(b, '[');
	sb_span(b, g->host);
	if (v6)
		sb_char(b, ']');
	if (with_port || g->port != 80) {
		sb_char(b, ':');
		sb_u64(b, g->port);
	}
}

/*
 * OPTIONS for a whole server: "http://host" without a path means "*" at the origin (RFC 9112,
 * 3.2.4).
 */
static bool
means_server(const struct txn *t)
{
	return t->req.method == METHOD_OPTIONS && t->target.path_absent;
}

static void
put_line(struct sb *b, const struct txn *t)
{
	bool	 proxy = t->peer != NULL && !t->peer->originserver;

	sb_span(b, t->req.method_text);
	sb_char(b, ' ');
	if (proxy) {
		SB_LIT(b, "http://");
		put_authority(b, &t->target, false);
		if (!means_server(t))
			sb_span(b, t->target.path);
	} else if (means_server(t)) {
		sb_char(b, '*');
	} else {
		sb_span(b, t->target.path);
	}
	SB_LIT(b, " HTTP/1.1\r\nHost: ");
	if (t->peer != NULL && t->peer->forceddomain != NULL)
		sb_str(b, t->peer->forceddomain);
	else if (t->host_kept.n > 0 && !proxy)	/* with an absolute target they have to agree */
		sb_span(b, t->host_kept);
	else
		put_authority(b, &t->target, false);
	SB_LIT(b, "\r\n");
}

/*
 * Fields that this proxy writes itself, or that end here: always, with a Max-Forwards of its own,
 * unless forwarded_for is transparent.
 */
enum { OURS = 1, OURS_COUNTED = 2, OURS_FORWARDED = 4 };

static const uint8_t	 ours[FIELD_COUNT] = {
	[FIELD_HOST] = OURS, [FIELD_CONTENT_LENGTH] = OURS, [FIELD_TRANSFER_ENCODING] = OURS, [FIELD_CONNECTION] = OURS,
	[FIELD_KEEP_ALIVE] = OURS, [FIELD_PROXY_CONNECTION] = OURS, [FIELD_TE] = OURS, [FIELD_UPGRADE] = OURS,
	[FIELD_HTTP2_SETTINGS] = OURS, [FIELD_EXPECT] = OURS, [FIELD_PROXY_AUTHORIZATION] = OURS,
	[FIELD_PROXY_AUTHENTICATE] = OURS, [FIELD_PROXY_AUTHENTICATION_INFO] = OURS,
	[FIELD_MAX_FORWARDS] = OURS_COUNTED, [FIELD_X_FORWARDED_FOR] = OURS_FORWARDED,
};

static void
put_fields(struct sb *b, const struct txn *t, const struct head *h)
{
	unsigned	 which = OURS;

	if (t->max_forwards != UINT32_MAX)
		which |= OURS_COUNTED;
	if (t->s->forwarded_for != FORWARDED_TRANSPARENT)
		which |= OURS_FORWARDED;
	head_put_fields(b, h, ours, which);
}

/*
 * What was received and ours make one line: a server that reads only the first one must not take a
 * client's word for all.
 */
static void
append_forwarded_for(struct sb *b, struct txn *t, const struct head *h, struct span own)
{
	struct span	 before = SPAN_NONE;

	if (head_get(h, FIELD_X_FORWARDED_FOR) != NULL)
		before = head_joined(h, SPAN("X-Forwarded-For"), &t->arena);
	SB_LIT(b, "X-Forwarded-For: ");
	if (before.n > 0) {
		sb_span(b, before);
		SB_LIT(b, ", ");
	}
	sb_span(b, own);
	SB_LIT(b, "\r\n");
}

static void
put_forwarded_for(struct sb *b, struct txn *t, const struct head *h)
{
	char	 ip[ADDR_TEXT];

	switch (t->s->forwarded_for) {
	case FORWARDED_ON:
		append_forwarded_for(b, t, h, span_of(addr_print(&t->f.client, ip)));
		return;
	case FORWARDED_OFF:
		append_forwarded_for(b, t, h, SPAN("unknown"));
		return;
	case FORWARDED_TRUNCATE:
		head_put(b, SPAN("X-Forwarded-For"), span_of(addr_print(&t->f.client, ip)));
		return;
	case FORWARDED_TRANSPARENT:
	case FORWARDED_DELETE:
		return;
	}
}

/* login=*:password: the user's own name with a password all share. */
static void
put_user_login(struct sb *b, struct span name, struct span user, struct span password)
{
	unsigned char	 plain[512], coded[700];
	int		 n;

	if (user.n + 1 + password.n > sizeof plain)
		return;
	memcpy(plain, user.p, user.n);
	plain[user.n] = ':';
	memcpy(plain + user.n + 1, password.p, password.n);
	n = EVP_EncodeBlock(coded, plain, (int)(user.n + 1 + password.n));
	sb_span(b, name);
	SB_LIT(b, ": Basic ");
	sb_add(b, (const char *)coded, (size_t)n);
	SB_LIT(b, "\r\n");
	mem_wipe(plain, sizeof plain);
	mem_wipe(coded, sizeof coded);
}

bool
upstream_names_client(const struct txn *t)
{
	if (t->peer == NULL || !t->peer->originserver)
		return false;
	switch (t->peer->auth) {
	case PEER_AUTH_NONE:
	case PEER_AUTH_FIXED:
		return false;
	case PEER_AUTH_STAR:
		return true;
	case PEER_AUTH_PASS:
	case PEER_AUTH_PASSTHRU:
		return head_get(&t->req, FIELD_PROXY_AUTHORIZATION) != NULL;
	}
	NEVER("peer_auth");
}

/*
 * At an accelerator's port Authorization may be the client's login to this proxy: it goes no
 * further than any other such.
 */
static bool
was_for_us(const struct txn *t)
{
	return t->port != NULL && t->port->accel && t->auth == AUTH_GOOD;
}

/* A server gets one login (RFC 9110, 11.6.2): ours where there is one, as in Squid. */
static void
drop_login(const struct txn *t, struct head *h)
{
	const struct peer	*p = t->peer;
	bool			 passes = p != NULL &&
	    (p->auth == PEER_AUTH_PASS || p->auth == PEER_AUTH_PASSTHRU);
	bool			 own = p != NULL && p->originserver &&
	    (p->auth == PEER_AUTH_FIXED || p->auth == PEER_AUTH_STAR);

	if (own || (was_for_us(t) && !passes))
		head_remove(h, FIELD_AUTHORIZATION);
}

/* h: what the client's own fields are by now. */
static void
put_login(struct sb *b, const struct txn *t, const struct head *h)
{
	struct span	 own = head_value(&t->req, FIELD_PROXY_AUTHORIZATION);
	struct span	 name = t->peer->originserver ? SPAN("Authorization") :
	    SPAN("Proxy-Authorization");

	switch (t->peer->auth) {
	case PEER_AUTH_NONE:
		return;
	case PEER_AUTH_STAR:
		/* as Squid */
		put_user_login(b, name, t->f.user.n > 0 ? t->f.user : SPAN("-"),
		    span_of(t->peer->login));
		return;
	case PEER_AUTH_FIXED:
		sb_span(b, name);
		SB_LIT(b, ": Basic ");
		sb_str(b, t->peer->login);
		SB_LIT(b, "\r\n");
		return;
	case PEER_AUTH_PASS:
	case PEER_AUTH_PASSTHRU:
		if (own.p != NULL &&
		    (!t->peer->originserver || head_get(h, FIELD_AUTHORIZATION) == NULL))
			head_put(b, name, own);
		return;
	}
}

/* Connection options that this hop uses: Upgrade and TE: trailers. */
static void
put_connection(struct sb *b, const struct txn *t, bool te)
{
	struct span	 upgrade = t->upgrade;

	if (te)
		SB_LIT(b, "TE: trailers\r\n");
	if (upgrade.n > 0)
		head_put(b, SPAN("Upgrade"), upgrade);
	if (upgrade.n == 0 && !te) {
		sb_str(b, t->s->server_persistent_connections ? "Connection: keep-alive\r\n" :
		    "Connection: close\r\n");
		return;
	}
	SB_LIT(b, "Connection: ");
	if (upgrade.n > 0)
		SB_LIT(b, "Upgrade");
	if (upgrade.n > 0 && te)
		SB_LIT(b, ", ");
	if (te)
		SB_LIT(b, "TE");
	sb_str(b, t->s->server_persistent_connections ? "\r\n" : ", close\r\n");
}

static void
put_framing(struct sb *b, const struct txn *t)
{
	if (t->req_body == NULL) {
		if (t->req_framing.kind == FRAMING_LENGTH)
			SB_LIT(b, "Content-Length: 0\r\n");
		return;
	}
	if (upstream_chunked(t)) {
		SB_LIT(b, "Transfer-Encoding: chunked\r\n");
		return;
	}
	SB_LIT(b, "Content-Length: ");
	sb_u64(b, t->req_framing.length);
	SB_LIT(b, "\r\n");
}

/* Does a rule's "name[/version]" mean this offered protocol? Without a version it means all. */
static bool
means_protocol(const char *rule, struct span offered)
{
	struct span	 name = span_of(rule);

	if (span_iis(name, "OTHER") || span_ieq(name, offered))
		return true;
	return name.n < offered.n && offered.p[name.n] == '/' && span_istarts(offered, name);
}

/*
 * http_upgrade_request_protocols; never HTTP/2: requests inside would be seen by no rule (and RFC
 * 9113 has dropped it), nor TLS, for the same reason, unless a rule allows it.
 */
static bool
may_upgrade_to(struct txn *t, struct span offered)
{
	const struct settings	*s = t->s;

	if (span_iis(offered, "h2c") || span_istarts(offered, SPAN("HTTP/")))
		return false;
	for (size_t i = 0; i < s->n_upgrades; i++) {
		struct ruling	 r;

		if (!means_protocol(s->upgrades[i].protocol, offered))
			continue;
		rules_judge(s->upgrades[i].rules, t, false, &r);
		return r.kind == RULING_ALLOW;
	}
	return s->n_upgrades == 0 && !span_istarts(offered, SPAN("TLS/"));
}

/* The protocols of Upgrade that are offered upstream, as a list in the arena; empty: no upgrade. */
static struct span
upgrade_offer(struct txn *t)
{
	struct span	 all, item, offer = SPAN_NONE;
	struct sb	 b;

	/* who has no client could not use it */
	if (t->behind || t->req.minor == 0 || head_get(&t->req, FIELD_UPGRADE) == NULL ||
	    !head_has_token(&t->req, FIELD_CONNECTION, SPAN("upgrade")))
		return SPAN_NONE;
	all = head_joined(&t->req, SPAN("Upgrade"), &t->arena);
	sb_heap(&b, all.n * 2);
	while (tokens_next(&all, &item)) {
		if (!may_upgrade_to(t, item))
			continue;
		if (b.n > 0)
			SB_LIT(&b, ", ");
		sb_span(&b, item);
	}
	if (b.n > 0 && sb_ok(&b))
		offer = arena_span(&t->arena, sb_done(&b));
	sb_free(&b);
	return offer;
}

/*
 * A range without the condition that it was asked for on could be of something else than what the
 * client has (RFC 9110, 13.1.5).
 */
static void
keep_whole(const struct txn *t, struct head *h)
{
	if (head_get(t->fetch_req != NULL ? t->fetch_req : &t->req, FIELD_IF_RANGE) != NULL &&
	    head_get(h, FIELD_IF_RANGE) == NULL)
		head_remove(h, FIELD_RANGE);
}

bool
upstream_head(struct txn *t, struct buf *b)
{
	struct head	 h;
	struct sb	 out;
	bool		 te;
	size_t		 own;

	/* the log shows the request as it was received */
	if (!head_copy(&h, t->fetch_req != NULL ? t->fetch_req : &t->req, &t->arena))
		return false;
	mangle_request(t, &h);
	keep_whole(t, &h);
	/* who is sent no chunks gets no trailers (RFC 9110, 6.5.1) */
	te = t->req.minor > 0 && head_has_token(&h, FIELD_TE, SPAN("trailers"));
	t->upgrade = head_get(&h, FIELD_UPGRADE) != NULL ? upgrade_offer(t) : SPAN_NONE;
	if (head_get(&t->req, FIELD_CONNECTION) != NULL)
		head_remove_hop(&h);		/* whatever Connection names; the known ones are not
						 * written below */
	drop_login(t, &h);
	if (!prepare(b, bound(&h, t), &out))
		return false;
	put_line(&out, t);
	put_fields(&out, t, &h);
	if (t->max_forwards != UINT32_MAX) {
		SB_LIT(&out, "Max-Forwards: ");
		sb_u64(&out, t->max_forwards - 1);
		SB_LIT(&out, "\r\n");
	}
	own = out.n;
	if (t->s->via)
		via_put(&out, t->s, (unsigned)t->f.version);
	put_forwarded_for(&out, t, &h);
	mangle_own(t, &h, &out, own);
	if (t->peer != NULL)
		put_login(&out, t, &h);
	if (t->expects_continue && head_get(&h, FIELD_EXPECT) != NULL)
		SB_LIT(&out, "Expect: 100-continue\r\n");
	put_framing(&out, t);
	put_connection(&out, t, te);
	return finish(b, &out);
}

bool
upstream_connect(struct txn *t, struct buf *b)
{
	struct head	 h;
	struct sb	 out;
	size_t		 own;

	if (!head_copy(&h, &t->req, &t->arena))
		return false;
	mangle_request(t, &h);
	if (head_get(&t->req, FIELD_CONNECTION) != NULL)
		head_remove_hop(&h);
	drop_login(t, &h);
	if (!prepare(b, bound(&h, t), &out))
		return false;
	SB_LIT(&out, "CONNECT ");
	put_authority(&out, &t->target, true);
	SB_LIT(&out, " HTTP/1.1\r\nHost: ");
	put_authority(&out, &t->target, true);
	SB_LIT(&out, "\r\n");
	/* Via among them: without it a loop of proxies would not be seen */
	put_fields(&out, t, &h);
	own = out.n;
	if (t->s->via)
		via_put(&out, t->s, (unsigned)t->f.version);
	put_forwarded_for(&out, t, &h);
	mangle_own(t, &h, &out, own);
	put_login(&out, t, &h);
	return finish(b, &out);
}
