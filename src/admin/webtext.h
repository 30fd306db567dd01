/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of any kind as text of a page: escaped for the place where they stand, at most `most` bytes
 * of them (then "..."), always valid UTF-8 (what is not becomes U+FFFD, controls too).
 */
#ifndef ADMIN_WEBTEXT_H
#define ADMIN_WEBTEXT_H

#include "base/sb.h"

enum { WEBTEXT_ALL = 1 << 20 };

/* text, or a value in double or single quotes */
void	 webtext_html(struct sb *b, struct span s, size_t most);
void	 webtext_json(struct sb *b, struct span s, size_t most);	/* with its quotes */
void	 webtext_plain(struct sb *b, struct span s, size_t most);
/* Percent-escapes all but unreserved characters (RFC 3986, 2.3). */
void	 webtext_url(struct sb *b, struct span s);
/* The stable name of a failure: "acl-denied" for ACL_DENIED. */
void	 webtext_why(struct sb *b, const char *name);

#endif
