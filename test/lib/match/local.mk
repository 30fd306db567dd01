check_PROGRAMS += test/lib/match/test_match
TESTS += test/lib/match/test_match
test_lib_match_test_match_SOURCES = \
	test/lib/match/test_match.c test/lib/match/test_match.h \
	test/lib/match/test_addrset.c \
	test/lib/match/test_domset.c \
	test/lib/match/test_geo.c \
	test/lib/match/test_regset.c
test_lib_match_test_match_LDADD = libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_lib_match_test_match_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
