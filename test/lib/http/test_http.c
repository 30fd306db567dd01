/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the unit tests of lib/http. */
#include "test_http.h"

#include "base/sb.h"

const struct head_limits test_limits = { .head = 65536, .start_line = 16384, .fields = 1000 };

void
test_make(struct head *h, const char *start, const char *lines, struct arena *a)
{
	struct sb		 b;
	struct span		 text;
	enum head_result	 r;

	sb_heap(&b, 1 << 20);
	sb_str(&b, start);
	SB_LIT(&b, "\r\n");
	for (; *lines != '\0'; lines++) {
		if (*lines == '\n')
			sb_char(&b, '\r');
		sb_char(&b, *lines);
	}
	SB_LIT(&b, "\r\n");
	text = arena_span(a, sb_done(&b));
	sb_free(&b);
	ck_assert_ptr_nonnull(text.p);
	if (span_starts(text, SPAN("HTTP/")))
		r = head_parse_reply(h, text.p, text.n, 0, &test_limits, a);
	else
		r = head_parse_request(h, text.p, text.n, 0, &test_limits, a);
	ck_assert_msg(r == HEAD_DONE, "%s: %s", text.p, head_text(r));
}

int
main(void)
{
	Suite	*s = suite_create("lib/http");
	SRunner	*r;
	int	 failed;

	suite_add_tcase(s, test_head());
	suite_add_tcase(s, test_framing());
	suite_add_tcase(s, test_chunked());
	suite_add_tcase(s, test_target());
	suite_add_tcase(s, test_values());
	suite_add_tcase(s, test_cachectl());
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
