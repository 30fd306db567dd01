# The cache's table of cases: python3, run by scripts/check with the path of the program; testclock.so gives the proxy its
# time, testdisk.so a failing disk.
EXTRA_DIST += test/cache/run test/cache/cachetest.py test/cache/cacheconfs.py test/cache/rules_storing.py test/cache/rules_freshness.py \
	test/cache/rules_requests.py test/cache/rules_validation.py test/cache/rules_vary.py test/cache/rules_ranges.py \
	test/cache/rules_invalidation.py test/cache/rules_squid.py test/cache/rules_fields.py test/cache/rules_keys.py test/cache/rules_flights.py test/cache/rules_storms.py test/cache/rules_model.py \
	test/cache/rules_disk.py test/cache/rules_parts.py test/cache/rules_attack.py test/cache/rules_combine.py test/cache/rules_followers.py \
	test/cache/rules_clauses.py test/cache/rules_lies.py \
	test/cache/storeid.py
check_PROGRAMS += test/cache/testclock.so test/cache/testdisk.so
test_cache_testclock_so_SOURCES = test/cache/testclock.c
test_cache_testclock_so_CFLAGS = -std=gnu11 $(WARN_CFLAGS) -fPIC
test_cache_testclock_so_LDFLAGS = -shared
test_cache_testdisk_so_SOURCES = test/cache/testdisk.c
test_cache_testdisk_so_CFLAGS = -std=gnu11 $(WARN_CFLAGS) -fPIC
test_cache_testdisk_so_LDFLAGS = -shared
