/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the tests of src/conf. */
#include "test_conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct settings *
made(const char *text, struct diag *d)
{
	diag_init(d);
	return conf_load_text("t.conf", span_of(text), 1, d);
}

struct settings *
good(const char *text)
{
	struct diag	 d;
	struct settings	*s = made(text, &d);

	if (s == NULL)
		diag_print(&d, stderr);
	ck_assert_ptr_nonnull(s);
	diag_free(&d);
	return s;
}

bool
told(const struct diag *d, enum diag_level level, unsigned line, unsigned col, const char *part)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct diag_entry	*e = &d->entries[i];

		if (e->level == level && (line == 0 || e->line == line) && (col == 0 ||
		    e->col == col) && strstr(e->text, part) != NULL)
			return true;
	}
	return false;
}

void
says(const char *text, enum diag_level level, unsigned line, unsigned col, const char *part)
{
	struct diag	 d;
	struct settings	*s = made(text, &d);

	if (!told(&d, level, line, col, part)) {
		diag_print(&d, stderr);
		ck_abort_msg("not told: %u:%u %s\n%s", line, col, part, text);
	}
	ck_assert(level == DIAG_ERROR ? s == NULL : true);
	conf_free(&s);
	diag_free(&d);
}

int
main(void)
{
	Suite	*suite = suite_create("conf");
	SRunner	*runner;
	int	 failed;

	hash_seed();
	suite_add_tcase(suite, test_lexer());
	suite_add_tcase(suite, test_reader());
	suite_add_tcase(suite, test_directives());
	suite_add_tcase(suite, test_policy());
	suite_add_tcase(suite, test_cacheline());
	suite_add_tcase(suite, test_urlhelper());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
