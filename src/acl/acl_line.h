/* SPDX-License-Identifier: Apache-2.0 */
/* Taking in the words of an acl line. */
#ifndef ACL_ACL_LINE_H
#define ACL_ACL_LINE_H

#include "acl/acltype.h"

/* State while the words of one acl line are taken in. */
struct acl_line {
	struct acl_set	*set;
	struct diag	*d;
	struct diag_place at;
	bool		 fold;		/* -i in force for the next value */
	bool		 options_done, named;
	struct span	 name;		/* ACLT_NAMED: the name; borrowed */
	unsigned	 values, days;	/* time: the days in front of the hours */
	unsigned	 complaints;	/* about single values, so far */
};

/* A word behind the type: an option, the name in front (ACLT_NAMED), or a value. */
void	 acl_line_word(struct acl *a, struct acl_line *l, const struct acl_word *w);
/* The lines of a file. */
void	 acl_line_text(struct acl *a, struct acl_line *l, struct span text, const char *path);
void	 acl_line_end(struct acl *a, struct acl_line *l);
/*
 * Complains about a value: warnings for the first ten of a line or file, then only counted
 * (acl_line_end tells the count).
 */
void	 acl_line_complain(struct acl_line *l, struct diag_place at, bool error, const char *fmt,
		    ...) __attribute__((format(printf, 4, 5)));

#endif
