/* SPDX-License-Identifier: Apache-2.0 */
/* What the unit tests of lib/http share. */
#ifndef TEST_HTTP_H
#define TEST_HTTP_H

#include <check.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/span.h"
#include "http/head.h"

TCase	*test_cachectl(void);
TCase	*test_chunked(void);
TCase	*test_framing(void);
TCase	*test_head(void);
TCase	*test_target(void);
TCase	*test_values(void);

extern const struct head_limits test_limits;	/* generous */

/*
 * A head from field lines with LF line ends ("Host: a\nFoo: b\n"), behind "GET / HTTP/1.1" or the
 * given start-line. The text lives in the arena.
 */
void	 test_make(struct head *h, const char *start, const char *lines, struct arena *a);

#define ASSERT_SPAN(s, text) do {							\
	struct span s_ = (s);								\
	const char *want_ = (text);							\
	ck_assert_msg(span_is(s_, want_), "line %d: \"%.*s\", wanted \"%s\"", __LINE__, SPAN_ARG(s_), want_); \
} while (0)

#endif
