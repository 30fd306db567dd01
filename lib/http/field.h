/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The field names a proxy has to know, numbered, so that code tests numbers and not strings.
 * One row a name: FIELD(SYMBOL, "Canonical-Spelling", flags).
 */
#ifndef HTTP_FIELD_H
#define HTTP_FIELD_H

#include "base/span.h"

enum {
	FIELD_HOP	= 1 << 0,	/* hop-by-hop whatever Connection says (RFC 9110, 7.6.1) */
	/*
	 * frames, routes, authenticates or controls: never taken from a trailer (RFC 9110, 6.5.1)
	 */
	FIELD_FRAMING	= 1 << 1,
	FIELD_SINGLE	= 1 << 2,	/* not a list: repeated is malformed or the first counts */
	FIELD_SECRET	= 1 << 3,	/* value is never logged or shown */
	/* tells of the message's way, sender or time: not taken from a trailer either */
	FIELD_EARLY	= 1 << 4,
};

#define FIELD_TABLE(FIELD) \
	FIELD(ACCEPT, "Accept", 0) \
	FIELD(ACCEPT_CHARSET, "Accept-Charset", 0) \
	FIELD(ACCEPT_ENCODING, "Accept-Encoding", 0) \
	FIELD(ACCEPT_LANGUAGE, "Accept-Language", 0) \
	FIELD(ACCEPT_RANGES, "Accept-Ranges", 0) \
	FIELD(AGE, "Age", FIELD_SINGLE | FIELD_EARLY) \
	FIELD(ALLOW, "Allow", 0) \
	FIELD(ALT_SVC, "Alt-Svc", 0) \
	FIELD(AUTHENTICATION_INFO, "Authentication-Info", 0) \
	FIELD(AUTHORIZATION, "Authorization", FIELD_SINGLE | FIELD_FRAMING | FIELD_SECRET) \
	FIELD(CACHE_CONTROL, "Cache-Control", FIELD_FRAMING) \
	FIELD(CACHE_STATUS, "Cache-Status", 0) \
	FIELD(CDN_CACHE_CONTROL, "CDN-Cache-Control", FIELD_FRAMING) \
	FIELD(CONNECTION, "Connection", FIELD_HOP | FIELD_FRAMING) \
	FIELD(CONTENT_DISPOSITION, "Content-Disposition", FIELD_SINGLE) \
	FIELD(CONTENT_ENCODING, "Content-Encoding", FIELD_FRAMING) \
	FIELD(CONTENT_LANGUAGE, "Content-Language", 0) \
	FIELD(CONTENT_LENGTH, "Content-Length", FIELD_FRAMING) \
	FIELD(CONTENT_LOCATION, "Content-Location", FIELD_SINGLE) \
	FIELD(CONTENT_RANGE, "Content-Range", FIELD_SINGLE | FIELD_FRAMING) \
	FIELD(CONTENT_TYPE, "Content-Type", FIELD_SINGLE | FIELD_FRAMING) \
	FIELD(COOKIE, "Cookie", FIELD_SECRET) \
	FIELD(DATE, "Date", FIELD_SINGLE | FIELD_EARLY) \
	FIELD(ETAG, "ETag", FIELD_SINGLE) \
	FIELD(EXPECT, "Expect", FIELD_FRAMING) \
	FIELD(EXPIRES, "Expires", FIELD_SINGLE | FIELD_EARLY) \
	FIELD(FORWARDED, "Forwarded", FIELD_EARLY) \
	FIELD(FROM, "From", FIELD_SINGLE) \
	FIELD(HOST, "Host", FIELD_SINGLE | FIELD_FRAMING) \
	FIELD(HTTP2_SETTINGS, "HTTP2-Settings", FIELD_HOP | FIELD_FRAMING) \
	FIELD(IF_MATCH, "If-Match", FIELD_FRAMING) \
	FIELD(IF_MODIFIED_SINCE, "If-Modified-Since", FIELD_SINGLE | FIELD_FRAMING) \
	FIELD(IF_NONE_MATCH, "If-None-Match", FIELD_FRAMING) \
	FIELD(IF_RANGE, "If-Range", FIELD_SINGLE | FIELD_FRAMING) \
	FIELD(IF_UNMODIFIED_SINCE, "If-Unmodified-Since", FIELD_SINGLE | FIELD_FRAMING) \
	FIELD(KEEP_ALIVE, "Keep-Alive", FIELD_HOP | FIELD_FRAMING) \
	FIELD(LAST_MODIFIED, "Last-Modified", FIELD_SINGLE) \
	FIELD(LINK, "Link", 0) \
	FIELD(LOCATION, "Location", FIELD_SINGLE | FIELD_FRAMING) \
	FIELD(MAX_FORWARDS, "Max-Forwards", FIELD_SINGLE | FIELD_FRAMING) \
	FIELD(NEGOTIATE, "Negotiate", FIELD_SECRET) \
	FIELD(ORIGIN, "Origin", FIELD_SINGLE | FIELD_EARLY) \
	FIELD(PRAGMA, "Pragma", FIELD_FRAMING) \
	FIELD(PROXY_AUTHENTICATE, "Proxy-Authenticate", FIELD_FRAMING) \
	FIELD(PROXY_AUTHENTICATION_INFO, "Proxy-Authentication-Info", FIELD_HOP) \
	FIELD(PROXY_AUTHORIZATION, "Proxy-Authorization", FIELD_SINGLE | FIELD_FRAMING | FIELD_SECRET) \
	FIELD(PROXY_CONNECTION, "Proxy-Connection", FIELD_HOP | FIELD_FRAMING) \
	FIELD(PROXY_STATUS, "Proxy-Status", 0) \
	FIELD(RANGE, "Range", FIELD_SINGLE | FIELD_FRAMING) \
	FIELD(REFERER, "Referer", FIELD_SINGLE | FIELD_EARLY) \
	FIELD(RETRY_AFTER, "Retry-After", FIELD_SINGLE | FIELD_EARLY) \
	FIELD(SERVER, "Server", FIELD_SINGLE) \
	FIELD(SET_COOKIE, "Set-Cookie", FIELD_SECRET) \
	FIELD(SURROGATE_CAPABILITY, "Surrogate-Capability", 0) \
	FIELD(SURROGATE_CONTROL, "Surrogate-Control", FIELD_FRAMING) \
	FIELD(TE, "TE", FIELD_HOP | FIELD_FRAMING) \
	FIELD(TRAILER, "Trailer", FIELD_FRAMING) \
	FIELD(TRANSFER_ENCODING, "Transfer-Encoding", FIELD_HOP | FIELD_FRAMING) \
	FIELD(UPGRADE, "Upgrade", FIELD_HOP | FIELD_FRAMING) \
	FIELD(USER_AGENT, "User-Agent", FIELD_SINGLE) \
	FIELD(VARY, "Vary", FIELD_FRAMING) \
	FIELD(VIA, "Via", FIELD_EARLY) \
	FIELD(WARNING, "Warning", 0) \
	FIELD(WWW_AUTHENTICATE, "WWW-Authenticate", FIELD_FRAMING) \
	FIELD(X_CACHE, "X-Cache", 0) \
	FIELD(X_CACHE_LOOKUP, "X-Cache-Lookup", 0) \
	FIELD(X_FORWARDED_FOR, "X-Forwarded-For", FIELD_EARLY) \
	FIELD(X_REQUESTED_WITH, "X-Requested-With", FIELD_SINGLE) \
	FIELD(X_SQUID_ERROR, "X-Squid-Error", 0)

enum field_id {
	FIELD_OTHER = 0,
#define FIELD(symbol, name, flags) FIELD_##symbol,
	FIELD_TABLE(FIELD)
#undef FIELD
	FIELD_COUNT
};

/* FIELD_OTHER when unknown. Case-insensitive; a few nanoseconds. */
enum field_id	 field_lookup(struct span name);
struct span	 field_name(enum field_id id);	/* canonical spelling; {NULL,0} for FIELD_OTHER */
unsigned	 field_flags(enum field_id id);	/* 0 for FIELD_OTHER */

#endif
