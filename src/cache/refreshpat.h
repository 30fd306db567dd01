/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refresh_pattern: an ordered list of regular expressions over the URL (or store id), each with its
 * rule; the first that matches counts. Compiled by the master, read by workers.
 */
#ifndef CACHE_REFRESHPAT_H
#define CACHE_REFRESHPAT_H

#include "base/span.h"
#include "cache/cachepolicy.h"

struct refreshpat;

struct refreshpat *refreshpat_new(void);
void		 refreshpat_free(struct refreshpat **p);

/*
 * False with a message if the pattern does not compile. min and max are cut to a year, as Squid
 * does.
 */
bool		 refreshpat_add(struct refreshpat *p, struct span pattern, bool fold,
		    const struct refresh_rule *rule, char *err, size_t errcap);
/* The expression matches every URL, so that no line behind it is ever reached. */
bool		 refreshpat_matches_all(struct span pattern);
void		 refreshpat_seal(struct refreshpat *p);

/*
 * Never NULL; REFRESH_RULE_DEFAULT where none matches. One search through the URL where nothing but
 * a last "." matches.
 */
const struct refresh_rule *refreshpat_match(const struct refreshpat *p, struct span url);

enum refreshpat_option { REFRESHPAT_OK, REFRESHPAT_OBSOLETE, REFRESHPAT_UNKNOWN };
/*
 * One word behind max: sets its flag or max-stale=SECONDS in *rule. OBSOLETE: Squid knew it once
 * and ignores it now (ignore-no-cache, ignore-must-revalidate, ignore-auth).
 */
enum refreshpat_option refreshpat_option(struct refresh_rule *rule, struct span word);

#endif
