/* SPDX-License-Identifier: Apache-2.0 */
/*
 * External ACLs: helpers in Squid's protocol that answer OK or ERR to a line made of a request
 * (external_acl_type, acl NAME external). Answers are remembered by the line. A test looks at what
 * this request or this worker knows; else the step asks (need.c). What is not answered fails
 * closed. Types are compiled in the master; everything else is a worker's.
 */
#ifndef ACL_EXTERNAL_H
#define ACL_EXTERNAL_H

#include "acl/acl.h"
#include "core/format.h"
#include "core/settings.h"

enum external_kind { EXTERNAL_FORMAT, EXTERNAL_ACL, EXTERNAL_DATA };

/* One word of the line. */
struct external_item {
	enum external_kind	 kind;
	bool			 whole;		/* DATA: one word, whatever is in it */
	struct logformat	*format;	/* FORMAT */
};

struct external_type {
	const char		*name;
	unsigned		 index;		/* in settings */
	struct external_item	*items;
	size_t			 n_items;
	/* protocol=2.5: words are quoted as for a shell, not escaped */
	bool			 plain;
	bool			 needs_user;	/* %LOGIN: who has not logged in is asked to */
	const char		**argv;		/* NULL-terminated */
	unsigned		 children, startup, idle, concurrency, queue;
	uint64_t		 ttl_s, negative_ttl_s;
	/* percent of the time to live that is left when it is asked anew */
	unsigned		 grace;
	uint64_t		 entries;	/* cache= */
};

/*
 * Words of the format into items (malloc'd by the caller's arena: *item is filled). The word begins
 * with '%'; Squid's older spellings (%SRC, %>{Field}) are taken too. False after an error told.
 */
bool		 external_item(struct external_type *type, struct span word, struct diag_place at,
		    struct diag *d, struct external_item *item);

void		 external_start(const struct settings *s);	/* worker */
void		 external_stop(void);

/* What the ACL's arguments are. */
struct external_args {
	const struct external_type	*type;
	struct span			 acl;		/* its name */
	const struct span		*list;
	size_t				 n;
};

enum external_answer { EXTERNAL_NO, EXTERNAL_YES, EXTERNAL_BROKEN, EXTERNAL_UNASKED };

/*
 * What is known without asking. A remembered answer becomes one of this request, with its user=,
 * tag=, message=.
 */
enum external_answer external_known(struct txn *t, const struct external_args *x);
/*
 * STEP_GONE: the answer (or that there is none) is there: judge again. STEP_WAIT: txn_wake comes.
 * Asks for what the last external_known did not know.
 */
enum step	 external_fetch(struct txn *t);
void		 external_cancel(struct txn *t);

/*
 * The line for the helper; also the key under which its answer is remembered. False: it is too
 * long.
 */
bool		 external_line(const struct txn *t, const struct external_args *x, struct sb *to);

#endif
