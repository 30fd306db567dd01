/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a stored response: what of the received one is kept (RFC 9111, 3.1), and the text
 * that stands in the record, ready to be sent: a hit sends it up to its empty line, puts the fields
 * of this one answer behind it (cachestatus.h) and ends it.
 */
#ifndef CACHE_STOREDHEAD_H
#define CACHE_STOREDHEAD_H

#include "base/arena.h"
#include "base/sb.h"
#include "cache/storedattr.h"

/*
 * Takes out of a received head what is not stored: hop-by-hop fields and what Connection names,
 * proxy authentication, Age (it is said anew each time), Set-Cookie as Squid does, X-Cache,
 * Trailer, and what no-cache="" and private="" list.
 */
void		 storedhead_strip(struct head *reply, const struct cachectl *cc);

/*
 * Removes the digests of a message's content (RFC 9530, 2; Content-MD5), where other content is
 * sent than was received: 206, 304, 416.
 */
void		 storedhead_drop_digests(struct head *h);

/* Removes what no-cache="" and private="" list, alone (storedhead_strip does it too). */
void		 storedhead_strip_listed(struct head *reply, const struct cachectl *cc);

/*
 * Puts the time it came in where Date is absent or invalid, as storedattr_fill took it (RFC 9110,
 * 6.6.1). False: the arena's cap.
 */
bool		 storedhead_date(struct head *reply, const struct storedattr *at, struct arena *a);

/*
 * Writes the head with its empty line, in the version it came with: Via names it (RFC 9110, 7.6.3).
 * length: of the content, for Content-Length in place of any that is there; UINT64_MAX: leave it
 * out (not known yet, or a status without content).
 */
bool		 storedhead_write(struct sb *out, const struct head *reply, uint64_t length);

#endif
