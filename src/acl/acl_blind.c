/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ACL types of Squid whose answer cannot be had here. A configuration with them loads, with a warning where a rule uses one; the
 * rules fail closed: one that allows by such an ACL never matches, one that denies by it does unless another ACL says no.
 */
#include "acl/acl_blind.h"

#define BLIND(text, reason) \
	{ .name = text, .flags = ACLT_ANSWERS_ALL | ACLT_WHOLE, .blind = reason }

static const char tls[] = "the proxy does not look into TLS";
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
	BLIND("user_cert", tls),
	BLIND("ca_cert", tls),
	BLIND("server_cert_fingerprint", tls),
	BLIND("ssl_error", tls),
	BLIND("squid_error", "Squid's internal error names have no meaning here"),
	BLIND("annotate_client", "connections are not annotated, only transactions (annotate_transaction)"),
	BLIND("adaptation_service", "there are no adaptation services"),
	BLIND("snmp_community", "there is no SNMP agent"),
};
const size_t acl_blind_count = COUNT_OF(acl_blind_types);
