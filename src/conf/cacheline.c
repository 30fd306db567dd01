/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directives of the object cache. They are checked, so that a mistake is found now, and have no
 * effect: nothing is stored yet. Runs in the master.
 */
#include "base/must.h"
#include "conf/parsers.h"
#include "conf/values.h"
#include "match/regset.h"

static void
check_pattern(struct args *a, struct acl_word w, bool fold)
{
	struct regset	*set = regset_new();
	char		 err[256];

	if (!regset_add(set, w.text, fold, 0, err, sizeof err))
		diag_error(a->l->d, w.at, "%s", err);
	regset_free(&set);
}

static bool
percent(struct span s)
{
	uint64_t	 v;

	if (s.n > 0 && s.p[s.n - 1] == '%')
		s.n--;
	return span_u64(s, 1000000, &v);
}

static bool
minutes(struct span s)
{
	uint64_t	 v;

	if (s.n > 1 && s.p[0] == '-')
		s = span_at(s.p + 1, s.n - 1);
	return span_u64(s, UINT32_MAX, &v);
}

static bool
refresh_option(struct span w)
{
	static const char *const	 words[] = { "override-expire", "override-lastmod",
	    "reload-into-ims", "ignore-reload", "ignore-no-store",
		"ignore-private", "ignore-no-cache", "ignore-auth", "ignore-must-revalidate",
		    "refresh-ims", "store-stale" };
	struct span	 v;
	uint64_t	 n;

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (span_is(w, words[i]))
			return true;
	return values_key(w, "max-stale", &v) && span_u64(v, UINT32_MAX, &n);
}

/* refresh_pattern [-i] REGEX MIN PERCENT MAX [options] */
void
cacheline_refresh_pattern(struct args *a)
{
	bool		 fold = args_take(a, "-i");
	struct acl_word	 pattern, min, share, max;

	if (!fold)
		args_take(a, "+i");
	pattern = args_next(a);
	min = args_next(a);
	share = args_next(a);
	max = args_next(a);
	if (max.text.n == 0) {
		args_error(a, "refresh_pattern needs a pattern, minutes, a percentage and minutes");
		return;
	}
	check_pattern(a, pattern, fold);
	if (!minutes(min.text) || !minutes(max.text))
		diag_error(a->l->d, minutes(min.text) ? max.at : min.at, "a number of minutes is expected");
	if (!percent(share.text))
		diag_error(a->l->d, share.at, "a percentage is expected");
	for (; args_more(a); args_next(a))
		if (!refresh_option(args_peek(a).text))
			diag_warn(a->l->d, args_peek(a).at, "unknown option '%.*s' of refresh_pattern",
			    SPAN_ARG(args_peek(a).text));
}

/* cache_dir TYPE DIRECTORY arguments */
void
cacheline_cache_dir(struct args *a)
{
	static const char *const	 types[] = { "ufs", "aufs", "diskd", "rock", "null", "coss" };
	struct acl_word	 type = args_next(a), dir = args_next(a);
	bool		 known = false;

	for (size_t i = 0; i < COUNT_OF(types); i++)
		known |= span_is(type.text, types[i]);
	if (!known)
		diag_error(a->l->d, type.at, "there is no kind of cache_dir '%.*s': ufs, aufs, diskd, "
		    "rock", SPAN_ARG(type.text));
	else if (dir.text.n == 0)
		args_error(a, "cache_dir needs a directory");
	a->i = a->n;
}
