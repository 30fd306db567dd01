/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the ACLs: what a type is made of. Each kind of type has a file (acl_address.c ...) with
 * one const struct acl_type per type; acltypes.c has the one list of them.
 */
#ifndef ACL_ACLTYPE_H
#define ACL_ACLTYPE_H

#include "acl/acl.h"
#include "base/must.h"
#include "base/sb.h"

enum { ACL_TAG = TAG4('A', 'C', 'L', '1') };

/*
 * The fact will never be there: the ACL cannot be known in this program. Never leaves rules.c and
 * cond.c.
 */
enum { NEED_NEVER = NEED_EXTERNAL + 1 };

/* What a type takes and reads. */
enum {
	ACLT_REPLY	= 1 << 0,	/* reads the answer */
	ACLT_USER	= 1 << 1,	/* may ask for NEED_USER */
	ACLT_I		= 1 << 2,	/* -i and +i */
	ACLT_N		= 1 << 3,	/* -n */
	ACLT_M		= 1 << 4,	/* -m[=delimiters] */
	ACLT_S		= 1 << 5,	/* -s */
	ACLT_BARE	= 1 << 6,	/* needs no values */
	ACLT_WHOLE	= 1 << 7,	/* a line of a file is one value, white space included */
	/* the first word of each line is a name; options may follow it */
	ACLT_NAMED	= 1 << 8,
	ACLT_ANSWERS_ALL = 1 << 9,	/* any words are accepted and none is looked at */
	ACLT_GROUP	= 1 << 10,	/* any-of, all-of */
};

enum { MARK_NONE = UINT32_MAX, MARK_PLACE = 1u << 31 };

/* What a test leaves behind beside its answer. */
struct acl_look {
	enum acl_need	 need;		/* with ACL_NEED */
	uint32_t	 mark;		/* entry that matched, or MARK_NONE */
};

struct acl_line;		/* acl_line.h */

struct acl_type {
	const char	*name;
	unsigned	 flags;
	void		*(*make)(void);		/* NULL: no data */
	void		(*discard)(void *data);
	/* One value; tells its own errors. */
	void		(*value)(struct acl *a, struct acl_line *l, const struct acl_word *w);
	/* A whole file, faster than line by line; NULL: line by line. */
	void		(*text)(struct acl *a, struct acl_line *l, struct span text,
	    const char *path);
	void		(*line_end)(struct acl *a, struct acl_line *l);
	void		(*seal)(struct acl *a, struct acl_set *set, struct diag *d);
	enum acl_answer	(*test)(const struct acl *a, struct txn *t, struct acl_look *k);
	/* What the request has that was compared, for explain; NULL: nothing to tell. */
	void		(*subject)(const struct acl *a, const struct txn *t, struct sb *to);
	/* Why it cannot be known here (NULL for all others); such a type has no test. */
	const char	*blind;
};

struct acl {
	uint32_t		 tag;
	const struct acl_type	*type;
	char			*name;
	struct diag_place	 at;		/* of the first line */
	unsigned		 flags;		/* ACLT_*, besides the type's */
	bool			 builtin, sealed;
	/* by a rule that has an effect; by one that judges a request */
	bool			 used, in_request;
	bool			 named;		/* by something that has no effect here */
	bool			 no_lookup, strict, list;	/* -n, -s, -m */
	bool			 always;	/* matches whatever is asked: "all" */
	char			*delimiters;	/* -m=...; NULL: "," */
	void			*data;
	const char		*blind;		/* why it cannot be known here, or NULL */
	struct diag_place	*places;	/* of values, by mark */
	size_t			 n_places, cap_places;
	char			**files;	/* those taken in by acl_add_text */
	size_t			 n_files, cap_files;
};

/* also by Squid's older names; NULL: no such */
const struct acl_type	*acltypes_find(struct span name);
/* the one that was perhaps meant, or NULL */
const char		*acltypes_likely(struct span name);
extern const struct acl_type	 acltypes_unknown;	/* stands in for a type that was an error */

/* The mark of a value that was a word of the configuration. */
uint32_t		 acl_mark(struct acl *a, struct diag_place at);
/* Where the value with this mark was written; line 0: not known. */
struct diag_place	 acl_mark_place(const struct acl *a, uint32_t mark);
/* acl_test with more to tell. */
static inline enum acl_answer
acl_ask(const struct acl *a, struct txn *t, struct acl_look *k)
{
	if (a->blind != NULL) {
		k->need = (enum acl_need)NEED_NEVER;
		return ACL_NEED;
	}
	return a->type->test(a, t, k);
}

/*
 * Paths given by directives (acl_geo_file), for the types that read MaxMind databases; NULL: none.
 */
const char		*acl_geo_path(const struct acl_set *set, enum acl_geo which);

#endif
