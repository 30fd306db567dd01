/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions, macros, includes. */
#include "test_conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/must.h"

/* Which of the cache_mgr lines counts. */
static const struct {
	const char	*text, *mgr;
} ifs[] = {
	{ "if true\ncache_mgr a\nendif\n", "a" },
	{ "if false\ncache_mgr a\nelse\ncache_mgr b\nendif\n", "b" },
	{ "if 1 = 1\ncache_mgr a\nelse\ncache_mgr b\nendif\n", "a" },
	{ "if 1=2\ncache_mgr a\nelif 3 = 3\ncache_mgr c\nelse\ncache_mgr b\nendif\n", "c" },
	{ "if false\ncache_mgr a\nelif false\ncache_mgr c\nelse\ncache_mgr b\nendif\n", "b" },
	{ "if true\ncache_mgr a\nelif true\ncache_mgr c\nelse\ncache_mgr b\nendif\n", "a" },
	{ "if false\nif true\ncache_mgr a\nelse\ncache_mgr x\nendif\nelse\nif true\ncache_mgr "
	    "b\nendif\nendif\n", "b" },
	{ "if ${process_number} = 1\ncache_mgr w${process_number}.${service_name}.x\nendif\n",
	    "w1.sepia.x" },
	{ "if false\nno_such_directive\nif 7\nendif\nendif\ncache_mgr z\n", "z" },
};

START_TEST(conditions)
{
	struct settings	*s = good(ifs[_i].text);

	ck_assert_str_eq(s->cache_mgr, ifs[_i].mgr);
	conf_free(&s);
}
END_TEST

START_TEST(condition_errors)
{
	says("if 1\nendif\n", DIAG_ERROR, 1, 1, "is no condition");
	says("if true\n", DIAG_ERROR, 1, 1, "without 'endif'");
	says("endif\n", DIAG_ERROR, 1, 1, "without 'if'");
	says("else\n", DIAG_ERROR, 1, 1, "without 'if'");
	says("if true\nelse\nelse\nendif\n", DIAG_ERROR, 3, 1, "after 'else'");
	says("if true\nendif x\n", DIAG_ERROR, 2, 1, "nothing after it");
	says("cache_mgr ${process_number}\nhttp_access allow all\n", DIAG_WARNING, 1, 11,
	    "first worker");
}
END_TEST

/* Behind a macro the places are those of what was written. */
START_TEST(macro_places)
{
	says("pid_filename /tmp/${service_name}.pid extra\n", DIAG_WARNING, 1, 39,
	    "ignored: 'extra'");
}
END_TEST

static char	 dir[] = "/tmp/sepia-conf-XXXXXX";

static void
put(const char *name, const char *text)
{
	char	 path[256];
	FILE	*f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void
make_dir(void)
{
	strcpy(dir, "/tmp/sepia-conf-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
drop_dir(void)
{
	static const char *const	 names[] = { "1.conf", "2.conf", "list", "self.conf" };
	char	 path[256];

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

START_TEST(includes)
{
	struct settings	*s;
	struct diag	 d;
	char		 text[1024];

	put("1.conf", "cache_mgr one\n");
	put("2.conf", "# two\n\nvisible_hostname two\nnonsense here\n");
	snprintf(text, sizeof text, "include %s/1.conf\n", dir);
	s = good(text);
	ck_assert_str_eq(s->cache_mgr, "one");
	conf_free(&s);

	snprintf(text, sizeof text, "include %s/*.conf\n", dir);
	s = made(text, &d);
	ck_assert_ptr_null(s);
	ck_assert(told(&d, DIAG_ERROR, 4, 1, "'nonsense'"));
	ck_assert_ptr_nonnull(strstr(d.entries[0].file, "/2.conf"));
	diag_free(&d);

	snprintf(text, sizeof text, "via on\ninclude %s/none*\n", dir);
	says(text, DIAG_ERROR, 2, 9, "no such file");
	snprintf(text, sizeof text, "include %s/self.conf\n", dir);
	put("self.conf", text);
	says(text, DIAG_ERROR, 1, 9, "nested too deeply");
}
END_TEST

START_TEST(lists)
{
	char	 text[1024];

	put("list", "# names\n.example.com\n\nother.org # why\nbad..name\n");
	snprintf(text, sizeof text, "acl l dstdomain one.net \"%s/list\"\nhttp_access allow l\n",
	    dir);
	says(text, DIAG_WARNING, 5, 0, "bad..name");
	snprintf(text, sizeof text, "configuration_includes_quoted_values on\nacl l dstdomain "
	    "parameters(\"%s/list\")\nhttp_access allow l\n", dir);
	says(text, DIAG_WARNING, 5, 0, "bad..name");
	says("acl l dstdomain \"/no/such/list\"\nhttp_access deny l\n", DIAG_ERROR, 1, 17,
	    "No such file");
}
END_TEST

TCase *
test_reader(void)
{
	TCase	*tc = tcase_create("source");

	tcase_add_checked_fixture(tc, make_dir, drop_dir);
	tcase_add_loop_test(tc, conditions, 0, COUNT_OF(ifs));
	tcase_add_test(tc, condition_errors);
	tcase_add_test(tc, macro_places);
	tcase_add_test(tc, includes);
	tcase_add_test(tc, lists);
	return tc;
}
