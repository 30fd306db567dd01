/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Media types and content negotiation, as far as a proxy's own pages need them (RFC 9110, 8.3 and
 * 12.5.1).
 */
#ifndef HTTP_MEDIA_H
#define HTTP_MEDIA_H

#include "base/span.h"

/* "type/subtype" without parameters of a Content-Type value; {NULL,0} when malformed. */
struct span	 media_type(struct span content_type);

/*
 * Quality 0..1000 that an Accept value gives to a type ("application/json"); 1000 when accept is
 * absent (p NULL). Most specific range wins.
 */
unsigned	 media_quality(struct span accept, struct span type);

#endif
