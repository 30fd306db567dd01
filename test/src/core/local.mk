# tests of src/core
check_PROGRAMS += test/src/core/test_format
TESTS += test/src/core/test_format
test_src_core_test_format_SOURCES = test/src/core/test_format.c
test_src_core_test_format_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_src_core_test_format_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += test/src/core/test_naming
TESTS += test/src/core/test_naming
test_src_core_test_naming_SOURCES = test/src/core/test_naming.c
test_src_core_test_naming_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_src_core_test_naming_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_PROGRAMS += test/src/core/test_presence
TESTS += test/src/core/test_presence
test_src_core_test_presence_SOURCES = test/src/core/test_presence.c
test_src_core_test_presence_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_src_core_test_presence_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
