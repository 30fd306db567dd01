/* SPDX-License-Identifier: Apache-2.0 */
/* The value of a Proxy-Authorization field with the Basic scheme (RFC 7617), taken apart. */
#ifndef AUTH_CREDENTIALS_H
#define AUTH_CREDENTIALS_H

#include "base/span.h"

enum { CREDENTIALS_USER_MAX = 255, CREDENTIALS_PASSWORD_MAX = 511 };

struct credentials {
	/* NUL-terminated both, without NULs inside */
	char	 user[CREDENTIALS_USER_MAX + 1];
	char	 password[CREDENTIALS_PASSWORD_MAX + 1];
	size_t	 n_user, n_password;
};

enum credentials_result {
	CREDENTIALS_OK,
	CREDENTIALS_OTHER,	/* another scheme than Basic, or no scheme */
	CREDENTIALS_BAD,	/* malformed; credentials_text says how */
};

/*
 * Strict: one space or more after the scheme, base64 with its padding and without stray bits, a
 * colon, a user name and a password that are not empty, no control characters. With utf8, what is
 * not UTF-8 is taken as ISO-8859-1 and converted (Squid's utf8 on). With fold, the user name
 * becomes lower case (casesensitive off). *c is wiped unless the answer is OK; *text (static) says
 * what is wrong with BAD.
 */
enum credentials_result credentials_parse(struct credentials *c, struct span value, bool utf8,
    bool fold, const char **text);
void	 credentials_wipe(struct credentials *c);

#endif
