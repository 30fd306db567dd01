/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one canonical form of a host (target.h says what it is), for the parsers of targets, Host
 * fields and configuration.
 */
#ifndef HTTP_HOST_H
#define HTTP_HOST_H

#include "base/addr.h"
#include "base/arena.h"
#include "base/span.h"

struct host {
	/* canonical, without brackets, in the arena, NUL-terminated behind it */
	struct span	 text;
	bool		 is_addr;
	struct addr	 addr;		/* port 0 */
};

enum host_result { HOST_OK, HOST_BAD, HOST_NO_MEMORY };

/* bytes of a name without its last dot, and between dots */
enum { HOST_MAX = 253, HOST_LABEL_MAX = 63 };

/*
 * A name, an IPv4 address in any spelling inet_aton takes, or an IPv6 address in brackets.
 * Percent-encoding is undone once. A name whose last label is a number but which is no IPv4
 * address is refused, as readers differ about it.
 */
enum host_result host_canonical(struct host *h, struct span raw, struct arena *a);

/* IPv6 without brackets. */
enum host_result host_canonical_v6(struct host *h, struct span raw, struct arena *a);

#endif
