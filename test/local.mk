# files of test
include test/lib/match/local.mk
include test/lib/http/local.mk
include test/lib/net/local.mk

check_PROGRAMS += test/src/core/test_flow
TESTS += test/src/core/test_flow
test_src_core_test_flow_SOURCES = test/src/core/test_flow.c
test_src_core_test_flow_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_src_core_test_flow_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
