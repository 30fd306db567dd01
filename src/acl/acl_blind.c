/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ACL types of Squid whose answer cannot be had here. A configuration with them loads, with a
 * warning where a rule uses one; the rules fail closed: one that allows by such an ACL never
 * matches, one that denies by it does unless another ACL says no.
 *
 * And types about the proxy's own TLS. It has none, so their answer is known: there is no
 * certificate and no error of one, nothing matches. Squid says the same of a plain port and of
 * tunnels that are passed on.
 */
#include "acl/acl_blind.h"

#define BLIND(text, reason) \
	{ .name = text, .flags = ACLT_ANSWERS_ALL | ACLT_WHOLE, .blind = reason }

#define NO_TLS(text) \
	{ .name = text, .flags = ACLT_ANSWERS_ALL | ACLT_WHOLE, .seal = tell_no_tls, .test = test_no_tls }

static enum acl_answer
test_no_tls(const struct acl *a, struct txn *t, struct acl_look *k)
{
	(void)a;
	(void)t;
	(void)k;
	return ACL_NO;
}

static void
tell_no_tls(struct acl *a, struct acl_set *set, struct diag *d)
{
	(void)set;
	if (a->used)
		diag_warn(d, a->at,
		    "acl %s: %s matches nothing: the proxy has no TLS of its own, so there is no certificate", a->name,
		    a->type->name);
}

static const char ident[] = "ident (RFC 1413) is not asked";
static const char ether[] = "hardware addresses of clients are not known";
static const char mark[] = "marks of client connections are not known";

const struct acl_type acl_blind_types[] = {
	BLIND("arp", ether),
	BLIND("eui64", ether),
	BLIND("client_connection_mark", mark),
	BLIND("clientside_mark", mark),
	BLIND("ident", ident),
	BLIND("ident_regex", ident),
	NO_TLS("user_cert"),
	NO_TLS("ca_cert"),
	NO_TLS("server_cert_fingerprint"),
	NO_TLS("ssl_error"),
	BLIND("squid_error", "Squid's internal error names have no meaning here"),
	BLIND("annotate_client",
	    "connections are not annotated, only transactions (annotate_transaction)"),
	BLIND("adaptation_service", "there are no adaptation services"),
	BLIND("snmp_community", "there is no SNMP agent"),
};
const size_t acl_blind_count = COUNT_OF(acl_blind_types);
