/* SPDX-License-Identifier: Apache-2.0 */
/* The directives of the cache: cache_dir, refresh_pattern, sizes, times, rules, store_id_*. */
#include "test_conf.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "acl/rules.h"
#include "base/must.h"
#include "cache/refreshpat.h"
#include "core/settings.h"
#include "store/store.h"

#define MB	(1ull << 20)
#define AT(member)	offsetof(struct settings, member)

static const struct {
	const char	*text;
	uint64_t	 bytes, min, max, largest;
} dirs[] = {
	{ "cache_dir sepia /c 100\n", 100 * MB, 0, 4 * MB, 4 * MB },
	{ "cache_dir ufs /c 100 16 256\n", 100 * MB, 0, 4 * MB, 4 * MB },
	{ "cache_dir aufs /c 100\n", 100 * MB, 0, 4 * MB, 4 * MB },
	{ "cache_dir diskd /c 100 16 256 Q1=64 Q2=72\n", 100 * MB, 0, 4 * MB, 4 * MB },
	{ "cache_dir rock /c 100 slot-size=32768 swap-timeout=300 max-swap-rate=200\n", 100 * MB, 0,
	    4 * MB, 4 * MB },
	{ "cache_dir ufs /c 100 16 256 max-size=1000 min-size=10\n", 100 * MB, 10, 1000, 1000 },
	{ "cache_dir ufs /c 100 16 256 max-size=-1\n", 100 * MB, 0, 100 * MB, 100 * MB },
	/*
	 * maximum_object_size counts wherever it stands, as in Squid since 3.4; max-size= is
	 * stronger, above and below it
	 */
	{ "maximum_object_size 1 MB\ncache_dir sepia /c 100\n", 100 * MB, 0, MB, MB },
	{ "cache_dir sepia /c 100\nmaximum_object_size 1 MB\n", 100 * MB, 0, MB, MB },
	{ "maximum_object_size 1 MB\ncache_dir sepia /c 100 max-size=2097152\n", 100 * MB, 0,
	    2 * MB, 2 * MB },
	{ "maximum_object_size none\ncache_dir sepia /c 100\n", 100 * MB, 0, 100 * MB, 100 * MB },
	{ "maximum_object_size 1 GB\ncache_dir sepia /c 100\n", 100 * MB, 0, 100 * MB, 100 * MB },
	{ "minimum_object_size 5 KB\ncache_dir sepia /c 100\n", 100 * MB, 5120, 4 * MB, 4 * MB },
	{ "minimum_object_size 5 KB\ncache_dir sepia /c 100 min-size=0\n", 100 * MB, 0, 4 * MB,
	    4 * MB },
	{ "minimum_object_size 5 MB\ncache_dir sepia /c 100\n", 100 * MB, UINT64_MAX, 4 * MB, 0 },
	{ "maximum_object_size 0\ncache_dir sepia /c 100\n", 100 * MB, UINT64_MAX, 0, 0 },
	{ "cache_dir sepia /c 100 no-store\n", 100 * MB, UINT64_MAX, 4 * MB, 0 },
	{ "cache_dir sepia /c 100 read-only\n", 100 * MB, UINT64_MAX, 4 * MB, 0 },
	{ "cache_dir sepia /c 1\n", 32 * MB, 0, 4 * MB, 4 * MB },
	{ "cache_dir sepia /c 4194304\n", 1ull << 42, 0, 4 * MB, 4 * MB },
};

START_TEST(one_dir)
{
	struct settings	*s = good(dirs[_i].text);

	ck_assert_uint_eq(s->n_cache_dirs, 1);
	ck_assert_str_eq(s->cache_dirs[0].path, "/c");
	ck_assert_uint_eq(s->cache_dirs[0].bytes, dirs[_i].bytes);
	ck_assert_uint_eq(s->cache_dirs[0].min_size, dirs[_i].min);
	ck_assert_uint_eq(s->cache_dirs[0].max_size, dirs[_i].max);
	ck_assert_uint_eq(s->cache_dirs[0].mean_object, 8192);
	ck_assert_uint_eq(s->largest_object, dirs[_i].largest);
	conf_free(&s);
}
END_TEST

START_TEST(several_dirs)
{
	struct settings	*s =
	    good("store_avg_object_size 20 KB\ncache_dir rock //a// 64 max-size=65536\ncache_dir ufs /b/c 1000 16 256 "
	    "min-size=65537 max-size=100000000\n");

	ck_assert_uint_eq(s->n_cache_dirs, 2);
	ck_assert_str_eq(s->cache_dirs[0].path, "/a");
	ck_assert_str_eq(s->cache_dirs[1].path, "/b/c");
	ck_assert_uint_eq(s->cache_dirs[1].min_size, 65537);
	ck_assert_uint_eq(s->cache_dirs[1].mean_object, 20480);
	ck_assert_uint_eq(s->largest_object, 100000000);
	conf_free(&s);
}
END_TEST

START_TEST(no_dir)
{
	struct settings	*s = good("cache_dir null /tmp\n");

	ck_assert_uint_eq(s->n_cache_dirs, 0);
	ck_assert_uint_eq(s->largest_object, 0);
	conf_free(&s);
}
END_TEST

/* Relative to the file, wherever the master stands; one directory under two names is one. */
START_TEST(relative_dir)
{
	char		 dir[] = "/tmp/sepia-conf-XXXXXX", path[PATH_MAX], want[PATH_MAX],
	    text[PATH_MAX * 2];
	struct diag	 d;
	struct settings	*s;
	FILE		*f;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/x.conf", dir);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("cache_dir sepia store/one 100\n", f);
	fclose(f);
	diag_init(&d);
	s = conf_load(path, 1, &d);
	ck_assert_ptr_nonnull(s);
	snprintf(want, sizeof want, "%s/store/one", dir);
	ck_assert_str_eq(s->cache_dirs[0].path, want);
	ck_assert(told(&d, DIAG_NOTE, 1, 17, "from the directory of this file"));
	conf_free(&s);
	diag_free(&d);
	unlink(path);
	ck_assert_int_eq(symlink(dir, path), 0);
	snprintf(text, sizeof text, "cache_dir sepia %s 100\ncache_dir sepia %s 100\n", dir, path);
	says(text, DIAG_WARNING, 2, 17, "a cache_dir already, at line 1");
	unlink(path);
	rmdir(dir);
}
END_TEST

static const struct {
	const char		*text;
	enum diag_level		 level;
	unsigned		 line, col;
	const char		*part;
} complaints[] = {
	{ "cache_dir floppy /x 100\n", DIAG_WARNING, 1, 11, "no kind of cache_dir 'floppy'" },
	{ "cache_dir ufs\n", DIAG_ERROR, 1, 14, "needs a directory" },
	{ "cache_dir ufs /x\n", DIAG_ERROR, 1, 17, "size in megabytes" },
	{ "cache_dir ufs /x lots\n", DIAG_ERROR, 1, 18, "size in megabytes" },
	{ "cache_dir ufs /x 0 16 256\n", DIAG_ERROR, 1, 18, "size in megabytes" },
	{ "cache_dir ufs /x 4194305 16 256\n", DIAG_ERROR, 1, 18, "to 4194304" },
	{ "cache_dir ufs /x 31 16 256\n", DIAG_WARNING, 1, 18, "at least 32 MB" },
	{ "cache_dir ufs /x 100 16 256 colour=red\n", DIAG_ERROR, 1, 29, "no option of cache_dir" },
	{ "cache_dir rock /x 100 16 256\n", DIAG_ERROR, 1, 23, "'16' is no option" },
	{ "cache_dir ufs /x 100 16 256 max-size=big\n", DIAG_ERROR, 1, 29, "no number of bytes" },
	{ "cache_dir ufs /x 100 16 256 min-size=20 max-size=10\n", DIAG_ERROR, 1, 1,
	    "min-size=20 is above max-size=10" },
	{ "cache_dir ufs /x 100 16 256\ncache_dir rock /x/ 100\n", DIAG_WARNING, 2, 16,
	    "already, at line 1" },
	{ "cache_dir ufs /x 100 16 256\n", DIAG_NOTE, 1, 11, "the same store" },
	{ "cache_dir rock /x 100 slot-size=4096\n", DIAG_NOTE, 1, 23, "slot-size= has no effect" },
	{ "cache_dir rock /x 100 swap-timeout=4\n", DIAG_NOTE, 1, 23,
	    "swap-timeout= has no effect" },
	{ "cache_dir diskd /x 100 16 256 Q1=4\n", DIAG_NOTE, 1, 31, "Q1= has no effect" },
	{ "cache_dir null /x\n", DIAG_NOTE, 1, 1, "no such line" },
	{ "cache_dir rock /x${process_number} 100\n", DIAG_WARNING, 1, 0, "first worker" },
	{ "cache_dir rock /x 40 max-size=41943041\n", DIAG_WARNING, 1, 1,
	    "max-size= (41943041 bytes) is larger than this cache_dir" },
	{ "maximum_object_size 41 MB\ncache_dir rock /x 40\n", DIAG_WARNING, 2, 1,
	    "maximum_object_size (42991616 bytes) is larger" },
	{ "minimum_object_size 5 MB\ncache_dir rock /x 40\n", DIAG_WARNING, 2, 1,
	    "nothing new is stored here" },
	{ "maximum_object_size 4 MBytes\ncache_mem much\n", DIAG_ERROR, 2, 11, "not a size" },
	{ "cache_mem 1 GB\n", DIAG_NOTE, 1, 1, "page cache" },
	{ "cache_replacement_policy heap LFUDA\n", DIAG_NOTE, 1, 1, "written anew" },
	{ "store_avg_object_size 1 KB\nstore_objects_per_bucket 20\n", DIAG_NOTE, 2, 1,
	    "cache line" },
	{ "store_avg_object_size 10 bytes\n", DIAG_WARNING, 1, 1, "512 is used" },
	{ "cache_swap_low 90\n", DIAG_NOTE, 1, 1, "as large as its line says" },
	{ "refresh_pattern -i [ 0 20% 4320\n", DIAG_WARNING, 1, 20, "" },
	{ "refresh_pattern . zero 20% 4320\n", DIAG_ERROR, 1, 19, "minutes" },
	{ "refresh_pattern . 0 20% never\n", DIAG_ERROR, 1, 25, "minutes" },
	{ "refresh_pattern . 0 much 4320\n", DIAG_ERROR, 1, 21, "percentage" },
	{ "refresh_pattern . 0 20%\n", DIAG_ERROR, 1, 24, "needs a pattern" },
	{ "refresh_pattern . 0 20% 4320 ignore-everything\n", DIAG_WARNING, 1, 30,
	    "unknown option 'ignore-everything'" },
	{ "refresh_pattern . 0 20% 4320 ignore-auth\n", DIAG_WARNING, 1, 30, "Squid dropped it" },
	{ "refresh_pattern . 0 20% 4320 ignore-no-cache\n", DIAG_WARNING, 1, 30,
	    "Squid dropped it" },
	{ "refresh_pattern . 0 20% 4320\nrefresh_pattern \\.iso$ 0 20% 4320\n", DIAG_WARNING, 2, 1,
	    "never reached: '.' at line 1" },
	{ "refresh_pattern ^ 0 20% 4320\nrefresh_pattern . 0 20% 4320\n", DIAG_WARNING, 2, 1,
	    "never reached: '^' at line 1" },
	{ "refresh_pattern -i a 0 20% 4320\nrefresh_pattern a 0 20% 4320\n", DIAG_WARNING, 2, 1,
	    "never reached: 'a' at line 1" },
	{ "refresh_pattern a 10 20% 5\n", DIAG_WARNING, 1, 19, "more than the 5 minutes" },
	{ "quick_abort_min some\n", DIAG_ERROR, 1, 17, "not a size" },
	{ "quick_abort_pct 101\n", DIAG_WARNING, 1, 1, "100 is used" },
	{ "range_offset_limit far\n", DIAG_ERROR, 1, 20, "needs a size" },
	{ "range_offset_limit 10 MB nobody\n", DIAG_ERROR, 1, 26, "" },
	{ "negative_ttl ever\n", DIAG_ERROR, 1, 14, "not a time" },
	{ "offline_mode maybe\n", DIAG_ERROR, 1, 14, "neither" },
	{ "acl ok http_status 200\ncache deny !ok\n", DIAG_ERROR, 2, 0, "ok" },
	{ "acl ok http_status 200\ncollapsed_forwarding_access deny !ok\n", DIAG_ERROR, 2, 0,
	    "ok" },
	{ "send_hit deny nobody\n", DIAG_ERROR, 1, 15, "nobody" },
	{ "store_id_program\n", DIAG_ERROR, 1, 17, "needs a program" },
	{ "store_id_program /nowhere/helper\n", DIAG_ERROR, 1, 18, "cannot run /nowhere/helper" },
	{ "store_id_children none\n", DIAG_ERROR, 1, 19, "1 to 4096" },
	{ "store_id_children 3 colour=1\n", DIAG_ERROR, 1, 21, "no option of children" },
	{ "store_id_extras %nosuch\n", DIAG_ERROR, 1, 0, "" },
	{ "storeurl_rewrite_concurrency x\n", DIAG_ERROR, 1, 30, "" },
	{ "cache_mem 1 GB\n", DIAG_WARNING, 1, 1, "no cache_dir" },
	{ "store_id_program /bin/cat\n", DIAG_WARNING, 1, 1, "no cache_dir" },
	{ "ignore_ims_on_miss on\n", DIAG_NOTE, 1, 1, "cache_miss_revalidate" },
};

START_TEST(complaint)
{
	says(complaints[_i].text, complaints[_i].level, complaints[_i].line, complaints[_i].col,
	    complaints[_i].part);
}
END_TEST

/*
 * Those behind the process number of a worker that is not the first do not count, as no if of
 * Squid's that is not met.
 */
START_TEST(process_number)
{
	struct settings	*s =
	    good("if ${process_number} = 1\ncache_dir rock /c/${process_number} 100\nendif\n"
	    "if ${process_number} = 2\ncache_dir rock /c/${process_number} 100\nendif\n");

	ck_assert_uint_eq(s->n_cache_dirs, 1);
	ck_assert_str_eq(s->cache_dirs[0].path, "/c/1");
	conf_free(&s);
}
END_TEST

START_TEST(too_many_dirs)
{
	char	 text[2048];
	size_t	 n = 0;

	for (int i = 0; i <= STORE_DIRS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "cache_dir sepia /c%d 100\n", i);
	says(text, DIAG_ERROR, STORE_DIRS_MAX + 1, 1, "more than 16");
}
END_TEST

static const struct {
	const char	*text;
	size_t		 at;
	uint64_t	 value;
} numbers[] = {
	{ "", AT(quick_abort_min), 16384 },
	{ "", AT(quick_abort_max), 16384 },
	{ "", AT(quick_abort_pct), 95 },
	{ "quick_abort_min 32\n", AT(quick_abort_min), 32768 },
	{ "quick_abort_min 1 MB\n", AT(quick_abort_min), MB },
	{ "quick_abort_min -1\n", AT(quick_abort_min), UINT64_MAX },
	{ "quick_abort_min -1 KB\n", AT(quick_abort_min), UINT64_MAX },
	{ "quick_abort_max -1 KB\n", AT(quick_abort_max), UINT64_MAX },
	{ "quick_abort_max 0 KB\n", AT(quick_abort_max), 0 },
	{ "quick_abort_pct 50\n", AT(quick_abort_pct), 50 },
	{ "", AT(maximum_object_size), 4 * MB },
	{ "", AT(minimum_object_size), 0 },
	{ "", AT(cache_mem), 256 * MB },
	{ "", AT(negative_ttl_s), 0 },
	{ "negative_ttl 5 minutes\n", AT(negative_ttl_s), 300 },
	{ "", AT(minimum_expiry_time_s), 0 },
	{ "minimum_expiry_time 60 seconds\n", AT(minimum_expiry_time_s), 60 },
	{ "", AT(max_stale_s), 604800 },
};

START_TEST(number)
{
	struct settings	*s = good(numbers[_i].text);

	ck_assert_msg(*(const uint64_t *)(const void *)((const char *)s + numbers[_i].at) ==
	    numbers[_i].value, "%s", numbers[_i].text);
	conf_free(&s);
}
END_TEST

static const struct {
	const char	*text;
	size_t		 at;
	bool		 value;
} switches[] = {
	{ "", AT(collapsed_forwarding), false },
	{ "collapsed_forwarding on\n", AT(collapsed_forwarding), true },
	{ "", AT(cache_miss_revalidate), true },
	{ "cache_miss_revalidate off\n", AT(cache_miss_revalidate), false },
	{ "", AT(store_id.bypass), true },
	{ "storeurl_rewrite_bypass off\n", AT(store_id.bypass), false },
};

START_TEST(on_off)
{
	struct settings	*s = good(switches[_i].text);

	ck_assert_msg(*(const bool *)((const char *)s + switches[_i].at) == switches[_i].value,
	    "%s", switches[_i].text);
	conf_free(&s);
}
END_TEST

START_TEST(policy)
{
	struct settings	*s = good("");

	ck_assert_int_eq(s->cachepolicy->negative_ttl_s, 0);
	ck_assert_int_eq(s->cachepolicy->minimum_expiry_s, 0);
	ck_assert_int_eq(s->cachepolicy->max_stale_s, 604800);
	ck_assert(!s->cachepolicy->offline && !s->cachepolicy->reload_into_ims &&
	    !s->cachepolicy->refresh_all_ims);
	ck_assert(!s->cachepolicy->vary_ignore_expire);
	conf_free(&s);
	s = good("negative_ttl 1 minute\nminimum_expiry_time 5 seconds\nmax_stale 1 hour\noffline_mode on\nreload_into_ims on\n"
	    "refresh_all_ims on\nvary_ignore_expire on\n");
	ck_assert_int_eq(s->cachepolicy->negative_ttl_s, 60);
	ck_assert_int_eq(s->cachepolicy->minimum_expiry_s, 5);
	ck_assert_int_eq(s->cachepolicy->max_stale_s, 3600);
	ck_assert(s->cachepolicy->offline && s->cachepolicy->reload_into_ims &&
	    s->cachepolicy->refresh_all_ims);
	ck_assert(s->cachepolicy->vary_ignore_expire);
	conf_free(&s);
}
END_TEST

START_TEST(refresh)
{
	struct settings			*s =
	    good("refresh_pattern -i \\.ISO$ 10080 90% 43200 override-expire ignore-no-store max-stale=600\n"
	    "refresh_pattern ^http://a/ 5 0% -1 refresh-ims\nrefresh_pattern . 0 20 4320\n");
	const struct refresh_rule	*r = refreshpat_match(s->refresh, SPAN("http://b/x.iso"));

	ck_assert_int_eq(r->min_s, 604800);
	ck_assert_int_eq(r->max_s, 2592000);
	ck_assert_uint_eq(r->percent, 90);
	ck_assert_uint_eq(r->flags, REFRESH_OVERRIDE_EXPIRE | REFRESH_IGNORE_NO_STORE);
	ck_assert_int_eq(r->max_stale_s, 600);
	r = refreshpat_match(s->refresh, SPAN("http://a/x"));
	ck_assert_int_eq(r->min_s, 300);
	ck_assert_int_eq(r->max_s, 0);
	ck_assert_uint_eq(r->flags, REFRESH_REFRESH_IMS);
	ck_assert_int_eq(r->max_stale_s, -1);
	r = refreshpat_match(s->refresh, SPAN("http://c/x"));
	ck_assert_uint_eq(r->percent, 20);
	ck_assert_int_eq(r->max_s, 259200);
	conf_free(&s);

	s = good("");
	r = refreshpat_match(s->refresh, SPAN("http://c/x"));
	ck_assert_int_eq(r->min_s, 0);
	ck_assert_uint_eq(r->percent, 20);
	ck_assert_int_eq(r->max_s, 259200);
	conf_free(&s);
}
END_TEST

START_TEST(range_offset)
{
	struct settings	*s =
	    good("acl big dstdomain .example\nrange_offset_limit none big\nrange_offset_limit 10 MB !big\nrange_offset_limit 0\n");

	ck_assert_uint_eq(s->n_range_offset_limit, 3);
	ck_assert(s->range_offset_limit[0].value == UINT64_MAX &&
	    s->range_offset_limit[0].when != NULL);
	ck_assert(s->range_offset_limit[1].value == 10 * MB &&
	    s->range_offset_limit[1].when != NULL);
	ck_assert(s->range_offset_limit[2].value == 0 && s->range_offset_limit[2].when == NULL);
	conf_free(&s);
}
END_TEST

START_TEST(rule_lists)
{
	struct settings	*s =
	    good("acl ok http_status 200-299\nacl mine dstdomain .a\nsend_hit deny mine !ok\nstore_miss deny mine !ok\n"
	    "cache deny mine\ncollapsed_forwarding_access deny mine\nstore_id_access allow mine\nstore_id_access deny all\n");

	ck_assert_uint_eq(s->send_hit->n, 1);
	ck_assert_uint_eq(s->store_miss->n, 1);
	ck_assert_uint_eq(s->cache->n, 1);
	ck_assert_uint_eq(s->collapsed_forwarding_access->n, 1);
	ck_assert_uint_eq(s->store_id.access->n, 2);
	ck_assert(s->send_hit->if_empty && s->store_miss->if_empty &&
	    s->collapsed_forwarding_access->if_empty && s->store_id.access->if_empty);
	conf_free(&s);
}
END_TEST

START_TEST(store_id)
{
	struct settings	*s = good("");

	ck_assert_ptr_null(s->store_id.program);
	ck_assert_uint_eq(s->store_id.children, 20);
	ck_assert_uint_eq(s->store_id.idle, 1);
	ck_assert_ptr_nonnull(s->store_id.extras);
	conf_free(&s);
	s = good("store_id_program /bin/cat -u\nstore_id_children 4 startup=9 idle=2 concurrency=10 queue-size=50 on-persistent-overload=ERR\n"
	    "store_id_extras \"%>a %rm\"\n");
	ck_assert_str_eq(s->store_id.program[0], "/bin/cat");
	ck_assert_str_eq(s->store_id.program[1], "-u");
	ck_assert_ptr_null(s->store_id.program[2]);
	ck_assert_uint_eq(s->store_id.children, 4);
	ck_assert_uint_eq(s->store_id.startup, 4);
	ck_assert_uint_eq(s->store_id.idle, 2);
	ck_assert_uint_eq(s->store_id.concurrency, 10);
	ck_assert_uint_eq(s->store_id.queue, 50);
	conf_free(&s);
	s = good("store_id_program /bin/cat\nstore_id_program none\nstoreurl_rewrite_concurrency 7\n");
	ck_assert_ptr_null(s->store_id.program);
	ck_assert_uint_eq(s->store_id.concurrency, 7);
	conf_free(&s);
}
END_TEST

/* What is dumped loads, and means the same. */
START_TEST(dump)
{
	struct settings	*s =
	    good("cache_dir rock /c 100 max-size=1000\nquick_abort_min -1 KB\nrange_offset_limit 5 KB\n"
	    "refresh_pattern -i a$ 1 2% 3\nstore_id_program /bin/cat\nmax_stale 1 hour\nhttp_access deny all\n");
	char		*text = NULL;
	size_t		 n;
	FILE		*f = open_memstream(&text, &n);

	conf_dump(s, f);
	fclose(f);
	conf_free(&s);
	s = good(text);
	ck_assert_uint_eq(s->cache_dirs[0].max_size, 1000);
	ck_assert_int_eq(s->quick_abort_min, -1);
	ck_assert_uint_eq(s->range_offset_limit[0].value, 5120);
	ck_assert_int_eq(refreshpat_match(s->refresh, SPAN("http://x/A"))->max_s, 180);
	ck_assert_str_eq(s->store_id.program[0], "/bin/cat");
	ck_assert_int_eq(s->cachepolicy->max_stale_s, 3600);
	conf_free(&s);
	free(text);
}
END_TEST

TCase *
test_cacheline(void)
{
	TCase	*tc = tcase_create("cacheline");

	tcase_add_loop_test(tc, one_dir, 0, COUNT_OF(dirs));
	tcase_add_test(tc, several_dirs);
	tcase_add_test(tc, no_dir);
	tcase_add_test(tc, relative_dir);
	tcase_add_test(tc, process_number);
	tcase_add_test(tc, too_many_dirs);
	tcase_add_loop_test(tc, complaint, 0, COUNT_OF(complaints));
	tcase_add_loop_test(tc, number, 0, COUNT_OF(numbers));
	tcase_add_loop_test(tc, on_off, 0, COUNT_OF(switches));
	tcase_add_test(tc, policy);
	tcase_add_test(tc, refresh);
	tcase_add_test(tc, range_offset);
	tcase_add_test(tc, rule_lists);
	tcase_add_test(tc, store_id);
	tcase_add_test(tc, dump);
	return tc;
}
