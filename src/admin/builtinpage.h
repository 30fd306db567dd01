/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proxy's own page for a refusal: the cause in words, the rule that decided, the request
 * number. HTML, JSON or plain text.
 */
#ifndef ADMIN_BUILTINPAGE_H
#define ADMIN_BUILTINPAGE_H

#include "base/sb.h"
#include "core/txn.h"

enum builtinpage_kind { BUILTINPAGE_HTML, BUILTINPAGE_JSON, BUILTINPAGE_TEXT };

/*
 * What this client likes best: HTML for browsers (text/html in Accept, or an agent that calls
 * itself Mozilla), text where Accept prefers text/plain, JSON where it prefers application/json and
 * for all other programs. *asked: Accept said so by name.
 */
enum builtinpage_kind	 builtinpage_kind(const struct txn *t, bool *asked);
const char		*builtinpage_type(enum builtinpage_kind kind);

/* `page` is Squid's name of it (ERR_...), status what goes out. */
void			 builtinpage_write(const struct txn *t, enum builtinpage_kind kind,
		    unsigned status, const char *page,
			    struct sb *out);

#endif
