# tests of lib/net
check_PROGRAMS += test/lib/net/test_net
TESTS += test/lib/net/test_net
test_lib_net_test_net_SOURCES = \
	test/lib/net/test_net.c test/lib/net/chances.c test/lib/net/chances.h test/lib/net/test_net.h \
	test/lib/net/nameserver.c test/lib/net/nameserver.h \
	test/lib/net/test_dial.c test/lib/net/test_dns.c test/lib/net/test_dnsparts.c test/lib/net/test_helper.c \
	test/lib/net/test_nearby.c test/lib/net/test_starved.c test/lib/net/test_work.c
test_lib_net_test_net_LDADD = libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_lib_net_test_net_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
