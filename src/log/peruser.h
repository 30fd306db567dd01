/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Per-user logs: names of the files (made by workers), and the files themselves (the logger):
 * DIRECTORY/STEM.YYYY-MM-DD.log, a file a user and local day, with a bounded number of descriptors.
 *
 * STEM is the user name with every byte but A-Z a-z 0-9 . _ @ - as %XX, and a leading dot and the
 * first byte of a name that is an IP address as %XX too: reversible, and no user can write into the
 * file of an address. Stems over 120 bytes end in "~" and 32 hex digits of the name's SHA-256
 * instead. Traffic without a user goes under the client's address.
 */
#ifndef LOG_PERUSER_H
#define LOG_PERUSER_H

#include "base/addr.h"
#include "base/sb.h"

struct logfile;

enum { PERUSER_STEM = 120, PERUSER_NAME = PERUSER_STEM + 11 };	/* with ".YYYY-MM-DD" */

/* Appends the stem. */
void		 peruser_stem(struct span user, const struct addr *client, struct sb *out);
/* The stem with the local day of unix_s: what a record carries. At most PERUSER_NAME bytes. */
void		 peruser_name(struct span user, const struct addr *client, int64_t unix_s,
		    struct sb *out);

/* The logger's side: files of one directory. */
struct peruser;

struct peruser	*peruser_new(const char *directory, unsigned open_max);
void		 peruser_free(struct peruser **p);	/* closes all */
void		 peruser_reopen(struct peruser *p);	/* rotation: closes all */
/*
 * The open file for a record's name (judged: a name that peruser_name cannot have made goes to
 * "%20"). NULL: errno. Valid until the next call.
 */
struct logfile	*peruser_file(struct peruser *p, struct span name);

#endif
