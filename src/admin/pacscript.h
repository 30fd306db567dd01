/* SPDX-License-Identifier: Apache-2.0 */
/* The script of the PAC file, from values that were judged already. */
#ifndef ADMIN_PACSCRIPT_H
#define ADMIN_PACSCRIPT_H

#include "base/addr.h"
#include "base/sb.h"

enum { PACSCRIPT_SELF = 1, PACSCRIPT_BELOW = 2 };

struct pacscript_domain {
	struct span	 name;		/* canonical, without a dot in front */
	unsigned	 what;		/* PACSCRIPT_SELF | PACSCRIPT_BELOW */
};

struct pacscript_net {
	struct addr	 addr;		/* host bits cleared */
	unsigned	 bits;		/* of 32 or 128 */
};

struct pacscript {
	const struct pacscript_domain	*domains;	/* each name once */
	const struct pacscript_net	*nets;
	/* n_v6 of the n_nets are IPv6 */
	size_t				 n_domains, n_nets, n_v6;
	/* what everything else is answered with: "PROXY a:1; DIRECT" */
	struct span			 chain;
};

void	 pacscript_write(const struct pacscript *p, struct sb *out);

#endif
