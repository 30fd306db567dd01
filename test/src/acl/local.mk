check_PROGRAMS += test/src/acl/test_acl test/src/acl/test_rules
TESTS += test/src/acl/test_acl test/src/acl/test_rules
test_src_acl_test_acl_SOURCES = test/src/acl/test_acl.c test/src/acl/made.c test/src/acl/made.h
test_src_acl_test_acl_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_src_acl_test_acl_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_src_acl_test_rules_SOURCES = test/src/acl/test_rules.c test/src/acl/made.c test/src/acl/made.h
test_src_acl_test_rules_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_src_acl_test_rules_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
