/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this worker knows about credentials it has seen: digest -> verdict with a helper's extras,
 * for a time. Bounded; the longest unused give way. The password itself is never here.
 */
#ifndef AUTH_VERDICTS_H
#define AUTH_VERDICTS_H

#include <stdint.h>

#include "base/span.h"

enum { VERDICTS_DIGEST = 32, VERDICTS_MAX = 4096 };

/* Texts of a verdict: each may be empty. */
struct verdict_extras {
	struct span	 user;		/* user= : the name to go by instead of the one given */
	struct span	 tag;		/* tag= */
	struct span	 message;	/* message= : for the person */
	struct span	 notes;		/* all other key=value pairs, a line each */
};

struct verdict {
	bool			 good;
	uint64_t		 until_s;
	uint64_t		 used_s;	/* last use */
	/* borrowed from the entry; valid until the next verdicts_put */
	struct verdict_extras	 extras;
};

/* False: not known, or no longer, or not used for idle_s seconds. This is a use. */
bool	 verdicts_get(const uint8_t digest[VERDICTS_DIGEST], uint64_t now_s, uint64_t idle_s,
		    struct verdict *out);
void	 verdicts_put(const uint8_t digest[VERDICTS_DIGEST], const struct verdict *v);
void	 verdicts_clear(void);

#endif
