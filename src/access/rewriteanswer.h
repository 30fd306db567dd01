/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What url_rewrite_program's answer means. Squid's form (OK with rewrite-url=, or url= and status=;
 * ERR; BH) and the one before it: a URL alone, "302:URL", an empty line; what old programs add
 * behind a blank (they sent their whole line back) does not count. Pure; worker.
 */
#ifndef ACCESS_REWRITEANSWER_H
#define ACCESS_REWRITEANSWER_H

#include "net/helper.h"

enum rewriteanswer_kind {
	REWRITEANSWER_SAME,	/* the request goes on as it is */
	REWRITEANSWER_OTHER,	/* to `url` instead */
	REWRITEANSWER_REDIRECT,	/* the client is sent to `url` with `status` */
	REWRITEANSWER_BROKEN,	/* BH: `url` is its message */
	REWRITEANSWER_UNKNOWN,	/* nothing that can be understood: `url` is what was said */
	/* it is to go elsewhere, in a way that cannot be followed: `fault` says why */
	REWRITEANSWER_BAD,
};

struct rewriteanswer {
	enum rewriteanswer_kind	 kind;
	struct span		 url;		/* lies in the reply */
	unsigned		 status;
	const char		*fault;
};

/* connect: of a CONNECT, whose URL is host:port. An old answer's meaning becomes pairs of r. */
void		 rewriteanswer_judge(struct helper_reply *r, bool connect,
		    struct rewriteanswer *out);
/*
 * Takes user:password@ out of the addresses among the pairs, which are going to be noted, and so
 * logged. Changes the text that they lie in: `url` of an answer, too.
 */
void		 rewriteanswer_hide_logins(struct helper_reply *r);

#endif
