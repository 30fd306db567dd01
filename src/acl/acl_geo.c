/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ACL types src_country, dst_country, src_as, dst_as: "[PATH.mmdb] values ...". The database is the
 * one named in the acl line, else the one that a directive names for all; without one the ACL
 * cannot be known. Countries are two-letter ISO codes.
 */
#include "acl/acl_geo.h"

#include <stdlib.h>

#include "acl/acl_address.h"
#include "acl/acl_line.h"
#include "base/mem.h"
#include "match/geo.h"

struct places {
	char		*path;
	struct geo	*db;
	uint32_t	*list;		/* AS numbers, or countries as two bytes */
	size_t		 n, cap;
};

static void *
make(void)
{
	return mem_zero(sizeof(struct places));
}

static void
discard(void *data)
{
	struct places *v = data;

	if (v->db != NULL)
		geo_close(&v->db);
	free(v->path);
	free(v->list);
	free(v);
}

static uint32_t
country_number(const char *c)
{
	return (uint32_t)(c[0] & ~0x20) << 8 | (uint32_t)(c[1] & ~0x20);
}

static bool
is_letter(char c)
{
	return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

static bool
take_path(struct places *v, struct span text)
{
	if (span_find(text, '/') < 0 && !span_ends(text, SPAN(".mmdb")))
		return false;
	free(v->path);
	v->path = span_dup(text);
	return true;
}

static void
add(struct places *v, uint32_t x)
{
	v->list = mem_room(v->list, v->n, &v->cap, sizeof(*v->list));
	v->list[v->n++] = x;
}

static void
country_value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	struct places *v = a->data;
	struct span s = w->text;

	if (take_path(v, s))
		return;
	if (s.n == 2 && is_letter(s.p[0]) && is_letter(s.p[1]))
		add(v, country_number(s.p));
	else
		acl_line_complain(l, w->at, true,
		    "acl %s: \"%.*s\" is no country code of two letters", a->name, SPAN_ARG(s));
}

static void
as_value(struct acl *a, struct acl_line *l, const struct acl_word *w)
{
	struct places *v = a->data;
	struct span s = w->text;
	uint64_t n;

	if (take_path(v, s))
		return;
	if (span_istarts(s, SPAN("AS")))
		s = span_at(s.p + 2, s.n - 2);
	if (span_u64(s, UINT32_MAX, &n) && n > 0)
		add(v, (uint32_t)n);
	else
		acl_line_complain(l, w->at, true, "acl %s: \"%.*s\" is no AS number", a->name,
		    SPAN_ARG(w->text));
}

static void
open_db(struct acl *a, struct acl_set *set, enum acl_geo which, struct diag *d)
{
	struct places *v = a->data;
	const char *path = (v->path != NULL) ? v->path : acl_geo_path(set, which);
	char err[256];

	if (path == NULL) {
		a->blind = "no MaxMind database is given for it";
		return;
	}
	v->db = geo_open(path, err, sizeof(err));
	if (v->db == NULL) {
		diag_warn(d, a->at, "acl %s: %s: %s", a->name, path, err);
		a->blind = "its database cannot be read";
	}
}

static void
seal_country(struct acl *a, struct acl_set *set, struct diag *d)
{
	open_db(a, set, ACL_GEO_COUNTRY, d);
}

static void
seal_as(struct acl *a, struct acl_set *set, struct diag *d)
{
	open_db(a, set, ACL_GEO_ASN, d);
}

static bool
in_list(const struct places *v, uint32_t x)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->list[i] == x)
			return true;
	return false;
}

static bool
in_countries(const struct acl *a, const struct txn *t, const struct addr *x)
{
	const struct places *v = a->data;
	char code[3];

	(void)t;
	return v->db != NULL && geo_country(v->db, x, code) && in_list(v, country_number(code));
}

static bool
in_systems(const struct acl *a, const struct txn *t, const struct addr *x)
{
	const struct places *v = a->data;
	uint32_t n = (v->db != NULL) ? geo_asn(v->db, x) : 0;

	(void)t;
	return n != 0 && in_list(v, n);
}

static enum acl_answer
test_src_country(const struct acl *a, struct txn *t, struct acl_look *k)
{
	(void)k;
	return in_countries(a, t, acl_address_client(t)) ? ACL_YES : ACL_NO;
}

static enum acl_answer
test_dst_country(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return acl_address_target(a, t, k, in_countries);
}

static enum acl_answer
test_src_as(const struct acl *a, struct txn *t, struct acl_look *k)
{
	(void)k;
	return in_systems(a, t, acl_address_client(t)) ? ACL_YES : ACL_NO;
}

static enum acl_answer
test_dst_as(const struct acl *a, struct txn *t, struct acl_look *k)
{
	return acl_address_target(a, t, k, in_systems);
}

#define GEO_TYPE(symbol, extra, valuer, sealer, teller) \
	const struct acl_type acl_geo_##symbol = { \
		.name = #symbol, .flags = (extra), .make = make, .discard = discard, .value = valuer, .seal = sealer, \
		.test = test_##symbol, .subject = teller, \
	}

GEO_TYPE(src_country,	0, country_value, seal_country, acl_address_tell_client);
GEO_TYPE(dst_country,	ACLT_N, country_value, seal_country, acl_address_tell_target);
GEO_TYPE(src_as,	0, as_value, seal_as, acl_address_tell_client);
GEO_TYPE(dst_as,	ACLT_N, as_value, seal_as, acl_address_tell_target);
