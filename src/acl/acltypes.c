/* SPDX-License-Identifier: Apache-2.0 */
/* The one list of ACL types. */
#include "acl/acl_address.h"
#include "acl/acl_annotate.h"
#include "acl/acl_blind.h"
#include "acl/acl_domain.h"
#include "acl/acl_external.h"
#include "acl/acl_geo.h"
#include "acl/acl_group.h"
#include "acl/acl_header.h"
#include "acl/acl_number.h"
#include "acl/acl_regex.h"
#include "acl/acl_time.h"
#include "acl/acl_user.h"
#include "acl/acl_word.h"

static const struct acl_type *const types[] = {
	&acl_address_src, &acl_address_dst, &acl_address_localip,
	&acl_annotate_transaction,
	&acl_domain_dstdomain, &acl_domain_srcdomain, &acl_domain_server_name,
	&acl_geo_src_country, &acl_geo_dst_country, &acl_geo_src_as, &acl_geo_dst_as,
	&acl_external_external, &acl_external_user,
	&acl_group_any_of, &acl_group_all_of,
	&acl_header_req, &acl_header_rep,
	&acl_number_port, &acl_number_localport, &acl_number_status, &acl_number_maxconn,
	    &acl_number_random,
	&acl_regex_url, &acl_regex_urlpath, &acl_regex_urllogin, &acl_regex_browser,
	    &acl_regex_referer, &acl_regex_req_mime,
	&acl_regex_rep_mime, &acl_regex_dstdom, &acl_regex_srcdom, &acl_regex_server_name,
	    &acl_regex_peername,
	&acl_regex_proxy_auth, &acl_regex_ext_user,
	&acl_time_time,
	&acl_user_proxy_auth, &acl_user_max_user_ip,
	&acl_word_method, &acl_word_proto, &acl_word_myportname, &acl_word_peername,
	    &acl_word_hier_code, &acl_word_tag,
	&acl_word_note, &acl_word_has, &acl_word_at_step, &acl_word_initiator, &acl_word_encrypted,
};

/* Older and other spellings. */
static const struct {
	const char	*name, *now;
} aliases[] = {
	{ "myip", "localip" }, { "myport", "localport" }, { "myname", "myportname" },
	{ "dstdomain_regex", "dstdom_regex" }, { "srcdomain_regex", "srcdom_regex" },
	{ "country", "dst_country" }, { "pattern", "urlpath_regex" }, { "user", "proxy_auth" },
};

const struct acl_type acltypes_unknown = {
	.name = "?", .flags = ACLT_ANSWERS_ALL | ACLT_WHOLE, .blind = "its type is unknown",
};

static const struct acl_type *
find(struct span name)
{
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (span_iis(name, types[i]->name))
			return types[i];
	for (size_t i = 0; i < acl_blind_count; i++)
		if (span_iis(name, acl_blind_types[i].name))
			return &acl_blind_types[i];
	return NULL;
}

const struct acl_type *
acltypes_find(struct span name)
{
	for (size_t i = 0; i < COUNT_OF(aliases); i++)
		if (span_iis(name, aliases[i].name))
			return find(span_of(aliases[i].now));
	return find(name);
}

enum { LONGEST = 31 };

/* Edit distance (Levenshtein), letters of either case alike. */
static unsigned
distance(struct span a, struct span b)
{
	unsigned row[LONGEST + 1];

	for (unsigned j = 0; j <= b.n; j++)
		row[j] = j;
	for (unsigned i = 0; i < a.n; i++) {
		unsigned slant = row[0];

		row[0] = i + 1;
		for (unsigned j = 0; j < b.n; j++) {
			unsigned change = slant + (ascii_lower(a.p[i]) != ascii_lower(b.p[j]));
			unsigned other = ((row[j] < row[j + 1]) ? row[j] : row[j + 1]) + 1;

			slant = row[j + 1];
			row[j + 1] = (change < other) ? change : other;
		}
	}
	return row[b.n];
}

const char *
acltypes_likely(struct span name)
{
	const char *best = NULL;
	unsigned least = 4;

	if (name.n < 2 || name.n > LONGEST)
		return NULL;
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		unsigned n = distance(name, span_of(types[i]->name));

		if (n < least && n < name.n / 2 + 1) {
			least = n;
			best = types[i]->name;
		}
	}
	return best;
}
