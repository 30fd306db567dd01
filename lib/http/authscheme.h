/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authentication schemes that log in a connection and not a request: NTLM, Negotiate, Kerberos (RFC
 * 4559, 6; against RFC 9110, 11.1, but in use). Whoever sends later requests on such a connection
 * is taken for the one who logged in.
 */
#ifndef HTTP_AUTHSCHEME_H
#define HTTP_AUTHSCHEME_H

#include "http/head.h"

/*
 * Whether these credentials, the value of an Authorization or Proxy-Authorization field, are of
 * such a scheme.
 */
bool	 authscheme_of_connection(struct span credentials);
/*
 * Whether a field of the head with this id (WWW-Authenticate, Proxy-Authenticate) offers such a
 * scheme.
 */
bool	 authscheme_offered(const struct head *h, enum field_id id);

#endif
