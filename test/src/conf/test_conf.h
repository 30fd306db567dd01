/* SPDX-License-Identifier: Apache-2.0 */
/* The test cases of src/conf, one per file, and what they share. */
#ifndef TEST_CONF_H
#define TEST_CONF_H

#include <check.h>

#include "base/diag.h"
#include "conf/conf.h"

TCase	*test_lexer(void);
TCase	*test_reader(void);
TCase	*test_directives(void);
TCase	*test_policy(void);
TCase	*test_cacheline(void);
TCase	*test_urlhelper(void);

/* Loads a text named "t.conf"; d is initialised. */
struct settings	*made(const char *text, struct diag *d);
/* The settings of a text that must load; free with conf_free. */
struct settings	*good(const char *text);
/* True if d has an entry at line and column (0: any) of this level whose text contains `part`. */
bool		 told(const struct diag *d, enum diag_level level, unsigned line, unsigned col,
    const char *part);
/* Loads a text that must be refused or told about so. */
void		 says(const char *text, enum diag_level level, unsigned line, unsigned col,
    const char *part);

#endif
