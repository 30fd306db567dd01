# Fuzz targets. Under make check each is linked with replay.c, which hands it the seeds in test/fuzz/seeds; scripts/fuzz links them with libFuzzer.
fuzz_programs =  test/fuzz/fuzz_acl test/fuzz/fuzz_addrset test/fuzz/fuzz_auth \
	test/fuzz/fuzz_chunked test/fuzz/fuzz_conf test/fuzz/fuzz_dnsreply test/fuzz/fuzz_domset \
	test/fuzz/fuzz_head test/fuzz/fuzz_helper test/fuzz/fuzz_logformat test/fuzz/fuzz_pac \
	test/fuzz/fuzz_regset test/fuzz/fuzz_target
check_PROGRAMS += $(fuzz_programs)
TESTS += $(fuzz_programs)
test_fuzz_fuzz_acl_SOURCES = test/fuzz/fuzz_acl.c test/fuzz/replay.c
test_fuzz_fuzz_acl_LDADD = libproxy.a libsepia.a $(SEPIA_LIBS)
test_fuzz_fuzz_addrset_SOURCES = test/fuzz/fuzz_addrset.c test/fuzz/replay.c
test_fuzz_fuzz_addrset_LDADD = libproxy.a libsepia.a $(SEPIA_LIBS)
test_fuzz_fuzz_auth_SOURCES = test/fuzz/fuzz_auth.c test/fuzz/replay.c
test_fuzz_fuzz_auth_LDADD = libproxy.a libsepia.a $(SEPIA_LIBS)
test_fuzz_fuzz_chunked_SOURCES = test/fuzz/fuzz_chunked.c test/fuzz/replay.c
test_fuzz_fuzz_chunked_LDADD = libproxy.a libsepia.a $(SEPIA_LIBS)
test_fuzz_fuzz_conf_SOURCES = test/fuzz/fuzz_conf.c test/fuzz/replay.c
test_fuzz_fuzz_conf_LDADD = libproxy.a libsepia.a $(SEPIA_LIBS)
test_fuzz_fuzz_dnsreply_SOURCES = test/fuzz/fuzz_dnsreply.c test/fuzz/replay.c
test_fuzz_fuzz_dnsreply_LDADD = libproxy.a libsepia.a $(SEPIA_LIBS)
test_fuzz_fuzz_domset_SOURCES = test/fuzz/fuzz_domset.c test/fuzz/replay.c
test_fuzz_fuzz_domset_LDADD = libproxy.a libsepia.a $(SEPIA_LIBS)
test_fuzz_fuzz_head_SOURCES = test/fuzz/fuzz_head.c test/fuzz/replay.c
test_fuzz_fuzz_head_LDADD = libproxy.a libsepia.a $(SEPIA_LIBS)
test_fuzz_fuzz_helper_SOURCES = test/fuzz/fuzz_helper.c test/fuzz/replay.c
test_fuzz_fuzz_helper_LDADD = libproxy.a libsepia.a $(SEPIA_LIBS)
test_fuzz_fuzz_logformat_SOURCES = test/fuzz/fuzz_logformat.c test/fuzz/replay.c
test_fuzz_fuzz_logformat_LDADD = libproxy.a libsepia.a $(SEPIA_LIBS)
test_fuzz_fuzz_pac_SOURCES = test/fuzz/fuzz_pac.c test/fuzz/replay.c
test_fuzz_fuzz_pac_LDADD = libproxy.a libsepia.a $(SEPIA_LIBS)
test_fuzz_fuzz_regset_SOURCES = test/fuzz/fuzz_regset.c test/fuzz/replay.c
test_fuzz_fuzz_regset_LDADD = libproxy.a libsepia.a $(SEPIA_LIBS)
test_fuzz_fuzz_target_SOURCES = test/fuzz/fuzz_target.c test/fuzz/replay.c
test_fuzz_fuzz_target_LDADD = libproxy.a libsepia.a $(SEPIA_LIBS)
EXTRA_DIST += test/fuzz/seeds
check_PROGRAMS += test/fuzz/fuzz_cache
TESTS += test/fuzz/fuzz_cache
test_fuzz_fuzz_cache_SOURCES = test/fuzz/fuzz_cache.c test/fuzz/replay.c
test_fuzz_fuzz_cache_LDADD = libproxy.a libsepia.a $(SEPIA_LIBS)

check_PROGRAMS += test/fuzz/fuzz_store
TESTS += test/fuzz/fuzz_store
test_fuzz_fuzz_store_SOURCES = test/fuzz/fuzz_store.c test/lib/store/storetest.c test/fuzz/replay.c
test_fuzz_fuzz_store_LDADD = libproxy.a libsepia.a $(SEPIA_LIBS)
