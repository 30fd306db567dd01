/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection's socket with what was read from it and not used yet: the same for clients and
 * origins.
 */
#ifndef CORE_CONN_H
#define CORE_CONN_H

#include "base/addr.h"
#include "net/buf.h"
#include "net/io.h"

struct conn {
	struct io	 io;
	struct buf	 in;
	uint64_t	 bytes_in, bytes_out;	/* over its whole life */
	/* clt_conn_tag= of a helper: a note of all that follows on it; malloc'd, NULL: none */
	char		*tag;
};

#endif
