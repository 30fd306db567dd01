/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request targets (RFC 9112, 3.2; RFC 3986) and the one canonical form of a host that rules,
 * connections and logs all use: lower case, no trailing dot, percent-decoding of unreserved
 * characters, IDNA (UTS 46, non-transitional, by libidn2) to ASCII, IPv4 in odd spellings (octal,
 * hex, fewer parts, one number) recognised as the address a resolver would make of it, IPv6 in
 * RFC 5952 form.
 */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "base/addr.h"
#include "base/arena.h"
#include "base/span.h"

enum target_form { TARGET_ORIGIN, TARGET_ABSOLUTE, TARGET_AUTHORITY, TARGET_ASTERISK };
enum target_scheme { SCHEME_NONE, SCHEME_HTTP, SCHEME_HTTPS, SCHEME_FTP, SCHEME_WS, SCHEME_WSS,
    SCHEME_OTHER };

struct target {
	enum target_form	 form;
	enum target_scheme	 scheme;	/* NONE for origin, authority and asterisk form */
	struct span		 scheme_text;	/* lower case */
	struct span		 userinfo;	/* as received, without '@'; {NULL,0}: none */
	/* canonical, without brackets; empty for origin and asterisk form */
	struct span		 host;
	bool			 is_addr;	/* host is an address: */
	struct addr		 addr;		/* with port set; valid when is_addr */
	/* given or the scheme's (80, 443, 21); 0 where unknown */
	uint16_t		 port;
	bool			 port_given;
	/*
	 * path and query; "/" put in where absent ("/?q" for "?q"); "*" for asterisk form; no
	 * fragment
	 */
	struct span		 path;
	/*
	 * absolute form with neither path nor query: OPTIONS of it goes on as "*" (RFC 9112, 3.2.4)
	 */
	bool			 path_absent;
	/* there was one: no request's target may have it (RFC 9112, 3.2) */
	bool			 fragment;
	/*
	 * so many bytes of what was received are scheme, host and port in canonical form; 0: not
	 * known. Who changes one of them sets 0
	 */
	uint8_t			 plain;
};

enum target_result {
	TARGET_OK,
	TARGET_BAD,		/* no known form; bad characters */
	TARGET_BAD_HOST,	/* empty, bad characters, bad brackets, over 255 bytes, not IDNA */
	TARGET_BAD_PORT,	/* not 1..65535 in decimal */
	TARGET_NO_PORT,		/* CONNECT without a port */
	TARGET_NO_MEMORY,
};

/*
 * Parses the target of a request with this method (authority form exactly for CONNECT, RFC 9112,
 * 3.2.3). Canonical texts are in the arena, others borrow from raw.
 */
enum target_result target_parse(struct target *t, struct span raw, bool connect, struct arena *a);

/*
 * What stood in front of the path of the last target on a connection, and what it means. Clients
 * ask one server again and again: where those bytes are the same they need not be judged again. It
 * points to nothing outside itself. All-zero: nothing is known.
 */
enum { TARGET_KNOWN_MOST = 64 };	/* of a longer one nothing is remembered */
struct target_known {
	uint8_t		 n, host_n;	/* bytes of text; of the host in it */
	bool		 is_addr, port_given;
	uint16_t	 port;
	struct addr	 addr;
	char		 text[TARGET_KNOWN_MOST];	/* "http://host[:port]", canonical */
};

/*
 * As target_parse of a request that is no CONNECT, on a connection that has asked before; remembers
 * it for the next one. The host too may borrow from raw.
 */
enum target_result target_parse_next(struct target *t, struct span raw, struct target_known *k,
    struct arena *a);

/*
 * host[:port] of a Host field (RFC 9110, 7.2); fills host, is_addr, addr, port (default_port if
 * none), port_given.
 */
enum target_result target_parse_host(struct target *t, struct span value, uint16_t default_port,
    struct arena *a);

/* One host by itself: no port, brackets around IPv6 optional. Fills host, is_addr, addr. */
enum target_result target_host(struct target *t, struct span raw, struct arena *a);

const char	*target_text(enum target_result r);

/*
 * "host" or "[v6]", with ":port" unless it is the scheme's default (or with_port): for Host
 * fields and logs. In the arena.
 */
struct span	 target_authority(const struct target *t, bool with_port, struct arena *a);

/*
 * The whole canonical URL "scheme://[userinfo-free]host[:port]path", for rules and logs;
 * "host:port" for authority form. In the arena.
 */
struct span	 target_url(const struct target *t, struct arena *a);

/*
 * True if that text is what target_url would make of t: what clients send nearly always is, and
 * need not be made once more. IPv6 addresses are not looked at: false.
 */
bool		 target_is_canonical(const struct target *t, struct span raw);

#endif
