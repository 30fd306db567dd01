/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Helpers that are told the URL of a request: url_rewrite_program and store_id_program. What they
 * have in common: the line ("URL extras"), whom to ask again, what is noted and what is complained
 * of. What an answer means is its user's. Worker.
 */
#ifndef ACL_URLHELPER_H
#define ACL_URLHELPER_H

#include "base/list.h"
#include "core/settings.h"
#include "core/txn.h"
#include "net/helper.h"

struct urlhelper_settings {
	const char		*name;		/* of the directive: "store_id_program" */
	const struct url_helper	*conf;		/* has a program */
	uint64_t		 timeout_ms;	/* 0: helper.h's */
	bool			 late_again;	/* asked again (twice) when it is late */
};

struct urlhelper;
struct urlhelper *urlhelper_new(const struct urlhelper_settings *s);
/* Nobody who waits is told: the loop has ended. */
void		 urlhelper_free(struct urlhelper **h);

/* A question of a transaction, in the memory of who asks; all-zero before. */
struct urlhelper_ask {
	struct list		 node;
	struct urlhelper	*of;		/* NULL: it is not under way */
	struct txn		*t;
	struct helper_call	*call;
	unsigned		 again;
	void			(*done)(struct txn *t, enum helper_result r,
	    struct helper_reply *reply);
};

/* "URL extras", in one line. False: it is too long. */
bool		 urlhelper_line(const struct url_helper *conf, const struct txn *t, struct sb *to);

enum urlhelper_asked {
	URLHELPER_ASKED,
	URLHELPER_BUSY,		/* too many questions wait */
	URLHELPER_TOO_LONG,	/* the line would be */
};
/*
 * ASKED: done() comes later, and then txn_wake. Its reply (NULL unless it is an answer) is gone
 * after done; BH was asked again, twice at most, before it is passed on.
 */
enum urlhelper_asked urlhelper_ask(struct urlhelper *h, struct urlhelper_ask *q, struct txn *t,
    void (*done)(struct txn *t, enum helper_result r, struct helper_reply *reply));
/* done() will not be called. */
void		 urlhelper_cancel(struct urlhelper_ask *q);

/*
 * Tells the log, not more than once a second for each `said`: "NAME: what: why; effect". `why` is
 * the helper's words, which may hold anything.
 */
void		 urlhelper_complain(uint64_t *said, const char *name, const char *what,
    struct span why, const char *effect);
/* message=, or what is no pair. */
struct span	 urlhelper_message(const struct helper_reply *r);

#endif
