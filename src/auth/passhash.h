/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One stored password hash: what kind it is, and whether a password fits it. Pure; for any thread.
 */
#ifndef AUTH_PASSHASH_H
#define AUTH_PASSHASH_H

#include <stdbool.h>

#include "base/span.h"

enum passhash_kind {
	PASSHASH_BAD,		/* unknown or malformed */
	PASSHASH_WEAK,		/* plain text or DES: not accepted */
	PASSHASH_COSTLY,	/* one check would take many seconds or much memory: not accepted */
	/* by libxcrypt */
	PASSHASH_BCRYPT, PASSHASH_SHA256, PASSHASH_SHA512, PASSHASH_YESCRYPT, PASSHASH_SCRYPT,
	PASSHASH_MD5,
	PASSHASH_APR1, PASSHASH_SHA1,
	PASSHASH_COUNT
};

enum { PASSHASH_MAX = 384, PASSHASH_PASSWORD_MAX = 511 };

/* Judges its form completely; *why (static) says what is wrong with the first three. */
enum passhash_kind passhash_judge(struct span hash, const char **why);

/*
 * NUL-terminated both; hash is one that passhash_judge accepts. Takes microseconds to seconds.
 * Compares in constant time.
 */
bool		 passhash_fits(const char *hash, const char *password);

#endif
