# files of test
EXTRA_DIST += test/ports.sh
include test/lib/match/local.mk
include test/lib/http/local.mk
include test/lib/net/local.mk

check_PROGRAMS += test/src/core/test_flow
TESTS += test/src/core/test_flow
test_src_core_test_flow_SOURCES = test/src/core/test_flow.c
test_src_core_test_flow_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_src_core_test_flow_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
include test/src/acl/local.mk
include test/src/access/local.mk
include test/lib/shm/local.mk
include test/src/auth/local.mk
include test/src/admin/local.mk
include test/src/core/local.mk
include test/src/log/local.mk

check_PROGRAMS += test/lib/base/test_base test/lib/net/test_loop
TESTS += test/lib/base/test_base test/lib/net/test_loop
test_lib_base_test_base_SOURCES = test/lib/base/test_base.c
test_lib_base_test_base_LDADD = libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_lib_base_test_base_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_lib_net_test_loop_SOURCES = test/lib/net/test_loop.c
test_lib_net_test_loop_LDADD = libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_lib_net_test_loop_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

include test/load/local.mk
include test/src/conf/local.mk
include test/wire/local.mk
include test/proc/local.mk
include test/src/proc/local.mk
include test/fuzz/local.mk
include test/scenario/local.mk
include test/e2e/local.mk
include test/src/path/local.mk
include test/src/cache/local.mk
include test/cache/local.mk
include test/lib/store/local.mk
