check_PROGRAMS += test/src/access/test_access
TESTS += test/src/access/test_access
test_src_access_test_access_SOURCES = test/src/access/test_access.c test/src/acl/made.c test/src/acl/made.h
test_src_access_test_access_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_src_access_test_access_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
