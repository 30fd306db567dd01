/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ACL types dstdomain, srcdomain, ssl::server_name: names in a suffix set. A literal target is
 * compared as it is, then by its reverse name (unless -n); where there is none, as "none" (Squid).
 * Lists of a million lines are taken in as they are mapped.
 */
#include "acl/acl_domain.h"

#include "acl/acl_address.h"
#include "acl/acl_line.h"
#include "core/settings.h"
#include "match/domset.h"

enum { COVERED_TOLD = 10 };

static void *
make(void)
{
	return domset_new();
}

static void
discard(void *data)
{
	struct domset *v = data;

	domset_free(&v);
}

/* "[::1]" is the literal ::1. */
static struct span
unbracket(struct span s)
{
	if (s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		return span_at(s.p + 1, s.n - 2);
	return s;
}

static void
value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	const char *why = NULL;

	if (!domset_add(a->data, unbracket(w->text), acl_mark(a, w->at), &why))
		acl_line_complain(l, w->at, false, "acl %s: %.*s matches nothing: %s", a->name,
		    SPAN_ARG(w->text), (why != NULL) ? why : "it is no name");
}

struct filling {
	struct acl	*a;
	struct acl_line	*l;
	const char	*path;
};

static void
bad_line(void *arg, uint32_t line, struct span entry, const char *why)
{
	struct filling *f = arg;
	struct acl_word w = { unbracket(entry), { f->path, line, 0 } };

	/* What only the slow way takes. */
	if (w.text.n != entry.n && domset_add(f->a->data, w.text, line, &why))
		return;
	acl_line_complain(f->l, w.at, false, "acl %s: %.*s matches nothing: %s", f->a->name,
	    (int)((entry.n > 80) ? 80 : entry.n), entry.p, why);
}

static void
text_lines(struct acl *a, struct acl_line *l, struct span text, const char *path)
{
	struct filling f = { a, l, path };

	l->values += (unsigned)domset_add_lines(a->data, text, bad_line, &f);
}

struct telling {
	struct acl	*a;
	struct diag	*d;
};

static void
covered(void *arg, struct span entry, uint32_t mark, struct span by, uint32_t by_mark)
{
	struct telling *tell = arg;
	struct diag_place at = acl_mark_place(tell->a, mark),
	    other = acl_mark_place(tell->a, by_mark);

	if (at.file == NULL)
		at = tell->a->at;
	if (span_ieq(entry, by))
		diag_warn(tell->d, at, "acl %s: %.*s is there already (line %u)", tell->a->name,
		    SPAN_ARG(entry), other.line);
	else
		diag_warn(tell->d, at, "acl %s: %.*s is covered by %.*s (line %u)", tell->a->name,
		    SPAN_ARG(entry), SPAN_ARG(by), other.line);
}

static void
seal(struct acl *a, struct acl_set *set, struct diag *d)
{
	struct telling tell = { a, d };
	size_t n;

	(void)set;
	domset_seal(a->data);
	n = domset_covered(a->data, COVERED_TOLD, covered, &tell);
	if (n > COVERED_TOLD)
		diag_warn(d, a->at, "acl %s: %zu more entries are covered by others", a->name,
		    n - COVERED_TOLD);
}

/* Asks again with a reverse name: the name, or "none" when there is none. */
static enum acl_answer
test_name(const struct acl *a, const struct txn_lookup *look, enum acl_need need,
    struct acl_look *k)
{
	if (look->state != LOOKUP_DONE && look->state != LOOKUP_FAILED) {
		k->need = need;
		return ACL_NEED;
	}
	return domset_has(a->data, (look->state == LOOKUP_DONE) ? look->name : SPAN("none"),
	    &k->mark) ? ACL_YES : ACL_NO;
}

static enum acl_answer
test_dst(const struct acl *a, struct txn *t, struct acl_look *k)
{
	if (domset_has(a->data, t->target.host, &k->mark))
		return ACL_YES;
	if (!t->target.is_addr || a->no_lookup)
		return ACL_NO;
	return test_name(a, &t->host_name, NEED_HOST_NAME, k);
}

static enum acl_answer
test_src(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return test_name(a, &t->client_name, NEED_CLIENT_NAME, k);
}

/*
 * Nothing of a TLS handshake is seen here: the name is the target's, as it is in Squid before it
 * has peeked.
 */
static enum acl_answer
test_server_name(const struct acl *a, struct txn *t, struct acl_look *k)
{
	struct span host = t->target.host;

	return domset_has(a->data, (host.n > 0) ? host : SPAN("none"), &k->mark) ? ACL_YES : ACL_NO;
}

void
acl_domain_tell_host(const struct acl *a, const struct txn *t, struct sb *to)
{
	(void)a;
	sb_span(to, t->target.host);
	if (t->host_name.state == LOOKUP_DONE) {
		SB_LIT(to, " called ");
		sb_span(to, t->host_name.name);
	}
}

void
acl_domain_tell_client(const struct acl *a, const struct txn *t, struct sb *to)
{
	acl_address_tell_client(a, t, to);
	SB_LIT(to, " called ");
	sb_span(to, (t->client_name.state == LOOKUP_DONE) ? t->client_name.name : SPAN("none"));
}

const struct acl_type acl_domain_dstdomain = {
	.name = "dstdomain", .flags = ACLT_N, .make = make, .discard = discard, .value = value,
	.text = text_lines, .seal = seal, .test = test_dst, .subject = acl_domain_tell_host,
};
const struct acl_type acl_domain_srcdomain = {
	.name = "srcdomain", .make = make, .discard = discard, .value = value, .text = text_lines,
	.seal = seal, .test = test_src, .subject = acl_domain_tell_client,
};
const struct acl_type acl_domain_server_name = {
	.name = "ssl::server_name", .make = make, .discard = discard, .value = value,
	.text = text_lines, .seal = seal, .test = test_server_name, .subject = acl_domain_tell_host,
};
