/* SPDX-License-Identifier: Apache-2.0 */
/* Rule lists (http_access ...) and values that apply under ACLs. Runs in the master. */
#include <stdlib.h>

#include "base/must.h"
#include "conf/parsers.h"
#include "conf/values.h"
#include "core/format.h"

#define IN(member)	offsetof(struct settings, member)

/*
 * if_empty is Squid's verdict where a configuration has no such line; destination_access is
 * always given rules.
 */
static const struct {
	const char	*name;
	size_t		 at;
	bool		 reply_ok, if_empty;
} lists[] = {
	{ "http_access", IN(http_access), false, false },
	{ "http_reply_access", IN(http_reply_access), true, true },
	{ "miss_access", IN(miss_access), false, true },
	{ "cache", IN(cache), false, true },
	{ "always_direct", IN(always_direct), false, false },
	{ "never_direct", IN(never_direct), false, false },
	{ "destination_access", IN(destination_access), false, false },
	{ "log_access", IN(log_access), true, true },
	{ "send_hit", IN(send_hit), true, true },
	{ "store_miss", IN(store_miss), true, true },
	{ "collapsed_forwarding_access", IN(collapsed_forwarding_access), false, true },
	{ "store_id_access", IN(store_id.access), false, true },
	{ "url_rewrite_access", IN(rewrite.helper.access), false, true },
	{ "adapted_http_access", IN(rewrite.adapted), false, true },
	{ "follow_x_forwarded_for", IN(follow_x_forwarded_for), false, false },
};

static struct rules **
list_of(struct settings *s, size_t at)
{
	return (struct rules **)(void *)((char *)s + at);
}

void
ruleline_start(struct loader *l)
{
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		*list_of(l->s, lists[i].at) = rules_new(lists[i].name, lists[i].reply_ok,
		    lists[i].if_empty);
}

void
ruleline_lint(struct loader *l)
{
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		rules_lint(*list_of(l->s, lists[i].at), l->d);
}

static bool
verdict(struct args *a, bool *allow)
{
	*allow = args_take(a, "allow");
	if (*allow || args_take(a, "deny"))
		return true;
	if (!args_more(a))
		return args_error(a, "%s needs 'allow' or 'deny', and ACLs", a->row->name);
	return args_error(a, "'%.*s' is neither 'allow' nor 'deny'", SPAN_ARG(args_peek(a).text));
}

static void
add_rule(struct args *a, struct rules *r)
{
	const struct acl_word	*w;
	size_t			 n;
	bool			 allow;

	if (!verdict(a, &allow))
		return;
	w = args_list(a, &n);
	if (n == 0) {
		/* Squid drops such a line with a warning; what it was meant for cannot be known */
		args_error(a, "%s %s needs at least one ACL ('all' for everybody)", a->row->name,
		    allow ? "allow" : "deny");
		return;
	}
	rules_add(r, a->l->s->acls, allow, w, n, a->at, a->l->d);
}

void
ruleline_rules(struct args *a)
{
	MUST(a->row->at >= 0);
	add_rule(a, *list_of(a->l->s, (size_t)a->row->at));
}

bool
ruleline_cond(struct args *a, bool reply_ok, struct cond **out)
{
	size_t			 n;
	const struct acl_word	*w = args_list(a, &n);

	*out = NULL;
	if (n == 0)
		return true;
	*out = cond_new(a->l->s->acls, w, n, reply_ok, a->l->d);
	return *out != NULL;
}

/* "403:ERR_X": a status in front. */
static struct span
take_status(struct span what, unsigned *status)
{
	uint64_t	 v;

	*status = 0;
	if (what.n > 4 && what.p[3] == ':' && span_u64(span_at(what.p, 3), 999, &v)) {
		*status = (unsigned)v;
		return span_at(what.p + 4, what.n - 4);
	}
	return what;
}

void
ruleline_deny_info(struct args *a)
{
	struct acl_word		 what = args_next(a);
	const struct acl_word	*w;
	struct deny_info	*d;
	size_t			 n;

	w = args_list(a, &n);
	if (n == 0) {
		if (what.text.n == 0)
			args_error(a,
			    "deny_info needs a page, a URL or TCP_RESET, and the ACLs it is for");
		else
			diag_warn(a->l->d, what.at, "deny_info without an acl is never used");
		return;
	}
	d = LOADER_ADD(a->l, a->l->s->deny_info, a->l->s->n_deny_info);
	d->what = loader_str(a->l, take_status(what.text, &d->status));
	d->at = what.at;
	d->acls = loader_get(a->l, (n + 1) * sizeof *d->acls);
	for (size_t i = 0; i < n; i++) {
		d->acls[i] = loader_str(a->l, w[i].text);
		if (acl_find(a->l->s->acls, w[i].text) == NULL)
			diag_warn(a->l->d, w[i].at,
			    "there is no acl %s: this deny_info is never used "
			    "for it", d->acls[i]);
		else
			acl_mark_used(a->l->s->acls, w[i].text);
	}
}

static void
add_num(struct args *a, struct cond_num **list, size_t *n, uint64_t value, bool reply_ok)
{
	struct cond	*when;
	struct cond_num	*c;

	if (!ruleline_cond(a, reply_ok, &when))
		return;
	c = LOADER_ADD(a->l, *list, *n);
	*c = (struct cond_num){ value, when, a->at };
}

/* A size before ACLs: a unit is one unless an ACL is called so. UINT64_MAX: none. */
static bool
size_before_acls(struct args *a, uint64_t *out)
{
	static const struct { const char *name; double factor; } units[] = {
		{ "byte", 1 }, { "kb", 1 << 10 }, { "mb", 1 << 20 }, { "gb", 1 << 30 },
	};
	struct acl_word	 w = args_next(a);
	bool		 none = span_is(w.text, "none") || span_is(w.text, "-1");
	double		 size = 0;

	if (!none && !values_decimal(w.text, &size)) {
		diag_error(a->l->d, w.at, "%s needs a size", a->row->name);
		return false;
	}
	for (size_t i = 0; i < COUNT_OF(units); i++)
		if (args_more(a) && span_istarts(args_peek(a).text, span_of(units[i].name)) &&
		    acl_find(a->l->s->acls, args_peek(a).text) == NULL) {
			args_next(a);
			size *= units[i].factor;
			break;
		}
	if (size >= 9e18) {
		diag_error(a->l->d, w.at, "this size is too large");
		return false;
	}
	*out = none ? UINT64_MAX : (uint64_t)size;
	return true;
}

void
ruleline_body_max(struct args *a)
{
	uint64_t	 n;

	if (!size_before_acls(a, &n))
		return;
	if (n == 0)
		diag_warn(a->l->d, a->at,
		    "reply_body_max_size 0 lets no answer with a body through, in Squid as well: no limit is 'none'");
	add_num(a, &a->l->s->reply_body_max_size, &a->l->s->n_reply_body_max_size, n, true);
}

void
ruleline_range_offset(struct args *a)
{
	uint64_t	 n;

	if (size_before_acls(a, &n))
		add_num(a, &a->l->s->range_offset_limit, &a->l->s->n_range_offset_limit, n, false);
}

void
ruleline_outgoing_address(struct args *a)
{
	struct acl_word		 w = args_next(a);
	struct cond_addr	*c;
	struct addr		 addr;
	struct cond		*when;

	if (!values_addr(w.text, &addr) && !values_host_addr(w.text, &addr)) {
		diag_error(a->l->d, w.at, "'%.*s' is not an address, nor a name that has one",
		    SPAN_ARG(w.text));
		return;
	}
	if (!ruleline_cond(a, false, &when))
		return;
	c = LOADER_ADD(a->l, a->l->s->tcp_outgoing_address, a->l->s->n_tcp_outgoing_address);
	*c = (struct cond_addr){ addr, when, a->at };
}

void
ruleline_outgoing_tos(struct args *a)
{
	struct acl_word	 w = args_next(a);
	uint64_t	 v;

	if (!values_u64(w.text, &v) || v > 255)
		diag_error(a->l->d, w.at, "'%.*s' is not a TOS value (0 to 0xFF)",
		    SPAN_ARG(w.text));
	else
		add_num(a, &a->l->s->tcp_outgoing_tos, &a->l->s->n_tcp_outgoing_tos, v, false);
}

void
ruleline_outgoing_mark(struct args *a)
{
	struct acl_word	 w = args_next(a);
	uint64_t	 v;

	if (span_find(w.text, '/') >= 0 || !values_u64(w.text, &v) || v > UINT32_MAX)
		diag_error(a->l->d, w.at, "'%.*s' is not a mark (0 to 0xFFFFFFFF, no mask)",
		    SPAN_ARG(w.text));
	else
		add_num(a, &a->l->s->tcp_outgoing_mark, &a->l->s->n_tcp_outgoing_mark, v, false);
}

void
ruleline_note(struct args *a)
{
	struct acl_word		 key = args_next(a), value = args_next(a);
	struct logformat	*f;
	struct note_rule	*n;
	struct cond		*when;

	if (value.text.n == 0) {
		args_error(a, "note needs a name and a value");
		return;
	}
	f = format_compile("note", value.text, value.at, a->l->d);
	if (f == NULL)
		return;
	if (!ruleline_cond(a, true, &when)) {
		format_free(&f);
		return;
	}
	n = LOADER_ADD(a->l, a->l->s->notes, a->l->s->n_notes);
	*n = (struct note_rule){ loader_str(a->l, key.text), f, when };
}

void
ruleline_upgrade(struct args *a)
{
	struct acl_word		 w = args_next(a);
	struct settings		*s = a->l->s;
	struct upgrade_rule	*u = NULL;

	if (w.text.n == 0) {
		args_error(a,
		    "http_upgrade_request_protocols needs a protocol (or OTHER), allow or "
		    "deny, and ACLs");
		return;
	}
	for (size_t i = 0; i < s->n_upgrades; i++)
		if (span_iis(w.text, s->upgrades[i].protocol))
			u = &s->upgrades[i];
	if (u == NULL) {
		u = LOADER_ADD(a->l, s->upgrades, s->n_upgrades);
		u->protocol = loader_str(a->l, w.text);
		u->rules = rules_new("http_upgrade_request_protocols", false, false);
	}
	add_rule(a, u->rules);
}
