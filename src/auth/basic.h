/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are these Basic credentials good? By the htpasswd file (hashing threads) or a helper program,
 * behind two memories: the one all workers share (good ones) and this worker's own (helpers'
 * extras, recent refusals). Concurrent questions about the same credentials are one check.
 */
#ifndef AUTH_BASIC_H
#define AUTH_BASIC_H

#include "auth/credentials.h"
#include "auth/verdicts.h"
#include "base/list.h"
#include "core/settings.h"

enum basic_state {
	BASIC_WAIT,
	BASIC_GOOD, BASIC_REFUSED,
	/* could not be checked: too many at once, no helper, a helper that said BH or nothing */
	BASIC_BROKEN,
};

/* One who waits. */
struct basic_wait {
	struct list		 node;
	enum basic_state	 state;
	/* borrowed: inside done(), or right after an answer that is not WAIT */
	struct verdict_extras	 extras;
	const char		*broken;	/* static: why it could not be checked */
	void			(*done)(struct basic_wait *w);
};

void		 basic_start(const struct settings *s);
void		 basic_stop(void);

/*
 * BASIC_WAIT: w->done comes later, from the loop, with w->state set. Any other answer is final and
 * done never comes. client keeps one address from filling the queue alone.
 */
enum basic_state basic_check(const struct credentials *c, uint64_t client, struct basic_wait *w);
/* Stops waiting; harmless when the answer has come. */
void		 basic_leave(struct basic_wait *w);

#endif
