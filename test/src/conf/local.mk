# tests of src/conf
check_PROGRAMS += test/src/conf/test_conf test/src/conf/confcheck
TESTS += test/src/conf/test_conf test/src/conf/corpus.sh
test_src_conf_test_conf_SOURCES = \
	test/src/conf/test_conf.c test/src/conf/test_conf.h test/src/conf/test_cacheline.c \
	test/src/conf/test_directives.c test/src/conf/test_lexer.c test/src/conf/test_policy.c test/src/conf/test_reader.c \
	test/src/conf/test_urlhelper.c
test_src_conf_test_conf_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_src_conf_test_conf_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

test_src_conf_confcheck_SOURCES = test/src/conf/confcheck.c
test_src_conf_confcheck_LDADD = libproxy.a libsepia.a $(SEPIA_LIBS)

EXTRA_DIST += test/src/conf/corpus.sh test/src/conf/cases
