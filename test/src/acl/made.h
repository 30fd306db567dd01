/* SPDX-License-Identifier: Apache-2.0 */
/* Settings, ACLs and requests made from short texts, for the tests of src/acl and src/access. */
#ifndef TEST_MADE_H
#define TEST_MADE_H

#include "acl/rules.h"
#include "core/settings.h"
#include "core/txn.h"

struct made {
	struct settings	 s;
	struct diag	 d;
	struct port	 port;
	struct peer	 peer;
	struct txn	*t;
};

void		 made_start(struct made *m);
void		 made_end(struct made *m);
/*
 * "acl ..." lines; any other word in front is the name of a directive: "http_access allow x" goes
 * to the rules of that name.
 */
void		 made_conf(struct made *m, const char *text);
/*
 * "METHOD URL [key=value ...]", keys: src local user auth(missing|refused|broken|unasked)
 * addrs(a,b|fail) name(n|fail) client(n|fail) status note tag peer route port number h:Field
 * r:Field ("_" in values is a space). Replaces m->t.
 */
void		 made_request(struct made *m, const char *text);
/* How many diagnostics have the text in them. */
unsigned	 made_told(const struct made *m, const char *text);

#endif
