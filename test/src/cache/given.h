/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages for tests of the cache's rules. Fields are lines "Name: value" with \n between; a value
 * "@N" is the HTTP-date N seconds after T0 (N may be negative).
 */
#ifndef TEST_CACHE_GIVEN_H
#define TEST_CACHE_GIVEN_H

#include <check.h>

#include "base/arena.h"
#include "cache/storable.h"

#define T0	INT64_C(1800000000)

struct given {
	struct arena		 a;
	struct head		 req, reply;
	struct cachectl		 req_cc, reply_cc;
	struct cachepolicy	 policy;
	struct refresh_rule	 rule;
	struct storedattr	 at;
};

void		 given_start(struct given *g);
void		 given_end(struct given *g);
/* "GET" or another method; fields may be NULL. */
void		 given_request(struct given *g, const char *method, const char *fields);
/* Also fills at, as if sent and received at now_s. */
void		 given_reply(struct given *g, unsigned status, const char *fields, int64_t now_s);
void		 given_head(struct given *g, struct head *h, const char *start, const char *fields);
enum storable	 given_storable(struct given *g);
const char	*given_date(int64_t from_t0);	/* until the next call */

Suite		*suite_keys(void);
Suite		*suite_storing(void);
Suite		*suite_freshness(void);
Suite		*suite_reuse(void);
Suite		*suite_validation(void);
Suite		*suite_ranges(void);
Suite		*suite_invalidation(void);
Suite		*suite_heads(void);
Suite		*suite_conformance(void);

#endif
