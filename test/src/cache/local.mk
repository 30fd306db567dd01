# tests of src/cache
check_PROGRAMS += test/src/cache/test_cache
TESTS += test/src/cache/test_cache
test_src_cache_test_cache_SOURCES = test/src/cache/test_cache.c test/src/cache/given.c test/src/cache/given.h \
	test/src/cache/test_keys.c test/src/cache/test_storing.c test/src/cache/test_freshness.c test/src/cache/test_reuse.c \
	test/src/cache/test_validation.c test/src/cache/test_ranges.c test/src/cache/test_invalidation.c test/src/cache/test_heads.c \
	test/src/cache/test_conformance.c
test_src_cache_test_cache_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_src_cache_test_cache_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += test/src/cache/test_storebody
TESTS += test/src/cache/test_storebody
test_src_cache_test_storebody_SOURCES = test/src/cache/test_storebody.c test/lib/store/storetest.c test/lib/store/storetest.h
test_src_cache_test_storebody_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_src_cache_test_storebody_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) -I$(top_srcdir)/test/lib/store
check_PROGRAMS += test/src/cache/test_storeid
TESTS += test/src/cache/test_storeid
test_src_cache_test_storeid_SOURCES = test/src/cache/test_storeid.c
test_src_cache_test_storeid_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_src_cache_test_storeid_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += test/src/cache/test_lasting
TESTS += test/src/cache/test_lasting
test_src_cache_test_lasting_SOURCES = test/src/cache/test_lasting.c
test_src_cache_test_lasting_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_src_cache_test_lasting_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += test/src/cache/test_parts
TESTS += test/src/cache/test_parts
test_src_cache_test_parts_SOURCES = test/src/cache/test_parts.c test/lib/store/storetest.c test/lib/store/storetest.h
test_src_cache_test_parts_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_src_cache_test_parts_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) -I$(top_srcdir)/test/lib/store
