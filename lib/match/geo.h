/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Countries and autonomous systems of addresses from MaxMind databases (libmaxminddb). Read-only
 * after opening; shared by fork.
 */
#ifndef MATCH_GEO_H
#define MATCH_GEO_H

#include "base/addr.h"

struct geo;

/* NULL and a message on failure */
struct geo	*geo_open(const char *path, char *err, size_t errcap);
void		 geo_close(struct geo **g);
/* Two-letter ISO code, upper case, into dst[3]; false when unknown. */
bool		 geo_country(const struct geo *g, const struct addr *a, char dst[3]);
/* Autonomous system number; 0 when unknown. */
uint32_t	 geo_asn(const struct geo *g, const struct addr *a);

#endif
