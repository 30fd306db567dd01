/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refresh_pattern. One set of all expressions says whether any matches, and some number of those
 * that do; only the lines before that number are then asked one by one. An expression that matches
 * everything ends the list and is in no set. Master compiles, worker reads.
 */
#include "cache/refreshpat.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"
#include "match/regset.h"

#define REFRESHPAT_TAG	TAG4('R', 'F', 'P', 'T')

enum { YEAR = 365 * 86400 };

struct line {
	struct regset		*own;	/* NULL: matches everything */
	struct refresh_rule	 rule;
};

struct refreshpat {
	uint32_t		 tag;
	bool			 sealed;
	struct line		*lines;
	size_t			 n, cap;
	size_t			 all;	/* first line that matches everything, or n */
	struct regset		*any;	/* all lines before that one */
	struct refresh_rule	 fallback;
};

struct refreshpat *
refreshpat_new(void)
{
	struct refreshpat	*p = mem_zero(sizeof *p);

	p->tag = REFRESHPAT_TAG;
	p->any = regset_new();
	p->all = SIZE_MAX;
	p->fallback = REFRESH_RULE_DEFAULT;
	return p;
}

void
refreshpat_free(struct refreshpat **pp)
{
	struct refreshpat	*p = *pp;

	if (p == NULL)
		return;
	OBJ_OK(p, REFRESHPAT_TAG);
	for (size_t i = 0; i < p->n; i++)
		regset_free(&p->lines[i].own);
	free(p->lines);
	regset_free(&p->any);
	OBJ_GONE(p);
	free(p);
	*pp = NULL;
}

/* URLs are never empty, so these match all of them. */
bool
refreshpat_matches_all(struct span pattern)
{
	static const char *const	 forms[] = { ".", "", "^", ".*", "^.*", "^.", "^.*$" };

	for (size_t i = 0; i < COUNT_OF(forms); i++)
		if (span_is(pattern, forms[i]))
			return true;
	return false;
}

bool
refreshpat_add(struct refreshpat *p, struct span pattern, bool fold,
    const struct refresh_rule *rule, char *err, size_t errcap)
{
	struct line	 l = { NULL, *rule };

	OBJ_OK(p, REFRESHPAT_TAG);
	MUST(!p->sealed);
	l.rule.min_s = l.rule.min_s > YEAR ? YEAR : l.rule.min_s;
	l.rule.max_s = l.rule.max_s > YEAR ? YEAR : l.rule.max_s;
	if (!refreshpat_matches_all(pattern)) {
		l.own = regset_new();
		if (!regset_add(l.own, pattern, fold, 0, err, errcap)) {
			regset_free(&l.own);
			return false;
		}
		regset_seal(l.own);
		if (p->all == SIZE_MAX)
			MUST(regset_add(p->any, pattern, fold, (uint32_t)p->n, err, errcap));
	} else if (p->all == SIZE_MAX) {
		p->all = p->n;
	}
	p->lines = mem_room(p->lines, p->n, &p->cap, sizeof *p->lines);
	p->lines[p->n++] = l;
	return true;
}

void
refreshpat_seal(struct refreshpat *p)
{
	OBJ_OK(p, REFRESHPAT_TAG);
	MUST(!p->sealed);
	p->sealed = true;
	if (p->all == SIZE_MAX)
		p->all = p->n;
	regset_seal(p->any);
}

const struct refresh_rule *
refreshpat_match(const struct refreshpat *p, struct span url)
{
	uint32_t	 some;

	OBJ_OK(p, REFRESHPAT_TAG);
	MUST(p->sealed);
	if (!regset_has(p->any, url, &some))
		return p->all < p->n ? &p->lines[p->all].rule : &p->fallback;
	for (uint32_t i = 0; i < some; i++)
		if (regset_has(p->lines[i].own, url, NULL))
			return &p->lines[i].rule;
	return &p->lines[some].rule;
}

enum refreshpat_option
refreshpat_option(struct refresh_rule *rule, struct span word)
{
	static const struct { const char *word; uint32_t flag; } options[] = {
		{ "override-expire", REFRESH_OVERRIDE_EXPIRE },
		{ "override-lastmod", REFRESH_OVERRIDE_LASTMOD },
		{ "reload-into-ims", REFRESH_RELOAD_INTO_IMS },
		{ "ignore-reload", REFRESH_IGNORE_RELOAD },
		{ "ignore-no-store", REFRESH_IGNORE_NO_STORE },
		{ "ignore-private", REFRESH_IGNORE_PRIVATE },
		{ "refresh-ims", REFRESH_REFRESH_IMS }, { "store-stale", REFRESH_STORE_STALE },
		{ "ignore-no-cache", 0 }, { "ignore-must-revalidate", 0 }, { "ignore-auth", 0 },
	};
	struct span	 prefix = SPAN("max-stale=");
	uint64_t	 seconds;

	for (size_t i = 0; i < COUNT_OF(options); i++)
		if (span_is(word, options[i].word)) {
			rule->flags |= options[i].flag;
			return options[i].flag != 0 ? REFRESHPAT_OK : REFRESHPAT_OBSOLETE;
		}
	if (!span_starts(word, prefix) ||
	    !span_u64(span_at(word.p + prefix.n, word.n - prefix.n), INT32_MAX, &seconds))
		return REFRESHPAT_UNKNOWN;
	/* min and max are minutes, this is not: as Squid reads it */
	rule->max_stale_s = (int64_t)seconds;
	return REFRESHPAT_OK;
}
