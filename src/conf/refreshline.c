/* SPDX-License-Identifier: Apache-2.0 */
/* refresh_pattern lines, and which of them are never reached. Runs in the master. */
#include "cache/refreshpat.h"
#include "conf/parsers.h"
#include "conf/values.h"

enum { MINUTES_MAX = 525600 * 100 };

static bool
percent(struct span s, uint32_t *out)
{
	uint64_t	 v;

	if (s.n > 0 && s.p[s.n - 1] == '%')
		s.n--;
	if (!span_u64(s, 1000000, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

/* Squid takes negative ones: no time at all. */
static bool
minutes(struct span s, int64_t *seconds)
{
	bool		 minus = s.n > 1 && s.p[0] == '-';
	uint64_t	 v;

	if (!span_u64(minus ? span_at(s.p + 1, s.n - 1) : s, UINT32_MAX, &v))
		return false;
	*seconds = minus ? 0 : (int64_t)(v < MINUTES_MAX ? v : MINUTES_MAX) * 60;
	return true;
}

static void
options(struct args *a, struct refresh_rule *rule)
{
	for (; args_more(a); args_next(a)) {
		struct acl_word	 w = args_peek(a);

		switch (refreshpat_option(rule, w.text)) {
		case REFRESHPAT_OK:
			break;
		case REFRESHPAT_OBSOLETE:
			diag_warn(a->l->d, w.at, "%.*s has no effect: Squid dropped it, too",
			    SPAN_ARG(w.text));
			break;
		case REFRESHPAT_UNKNOWN:
			diag_warn(a->l->d, w.at,
			    "unknown option '%.*s' of refresh_pattern: it has no effect",
			    SPAN_ARG(w.text));
			break;
		}
	}
}

static void
check_reached(struct args *a, struct acl_word pattern, bool fold)
{
	for (size_t i = 0; i < a->l->n_patterns; i++) {
		const struct refreshline_seen	*p = &a->l->patterns[i];

		if (!refreshpat_matches_all(p->word.text) &&
		    !(span_eq(p->word.text, pattern.text) && (p->fold || !fold)))
			continue;
		diag_warn(a->l->d, a->at,
		    "this refresh_pattern is never reached: '%.*s' at line %u matches all that it does",
		    SPAN_ARG(p->word.text), p->word.at.line);
		return;
	}
}

/* refresh_pattern [-i] REGEX MIN PERCENT MAX [options] */
void
refreshline_pattern(struct args *a)
{
	struct refresh_rule	 rule = REFRESH_RULE_DEFAULT;
	bool			 fold = args_take(a, "-i");
	struct acl_word		 pattern, min, share, max;
	struct refreshline_seen	*seen;
	unsigned		 errors = a->l->d->errors;
	char			 err[256];

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
	if (!minutes(min.text, &rule.min_s))
		diag_error(a->l->d, min.at, "a number of minutes is expected");
	if (!percent(share.text, &rule.percent))
		diag_error(a->l->d, share.at, "a percentage is expected");
	if (!minutes(max.text, &rule.max_s))
		diag_error(a->l->d, max.at, "a number of minutes is expected");
	options(a, &rule);
	if (a->l->d->errors == errors && rule.min_s > rule.max_s)
		diag_warn(a->l->d, min.at,
		    "more than the %lld minutes behind it, which then mean nothing",
		    (long long)rule.max_s / 60);
	if (!refreshpat_add(a->l->s->refresh, pattern.text, fold, &rule, err, sizeof err)) {
		diag_warn(a->l->d, pattern.at,
		    "this refresh_pattern has no effect, in Squid neither: %s", err);
		return;
	}
	check_reached(a, pattern, fold);
	seen = LOADER_ADD(a->l, a->l->patterns, a->l->n_patterns);
	*seen = (struct refreshline_seen){ { span_of(loader_str(a->l, pattern.text)), pattern.at },
	    fold };
}

void
refreshline_finish(struct loader *l)
{
	refreshpat_seal(l->s->refresh);
}
