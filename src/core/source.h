/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rest of an answer that is still coming from an origin, as the cache takes it over from the
 * transaction that asked for it: the fetch then lives as long as its new owner wants, with or
 * without that transaction.
 */
#ifndef CORE_SOURCE_H
#define CORE_SOURCE_H

#include "core/body.h"

struct source {
	struct body	*body;		/* decoded bytes; whoever owns the source sets its wake */
	bool		 taken;		/* the transaction does not end it any more */
	/*
	 * its owner reads only as fast as a client takes: that client's silence is not the origin's
	 */
	bool		 paced;
	/*
	 * The owner wants no more: the connection is kept for others if the body came to its clean
	 * end, else closed. The source is gone afterwards. Not from inside the body's ops.
	 */
	void		 (*end)(struct source *s);
};

#endif
