# tests of lib/http
check_PROGRAMS += test/lib/http/test_http
TESTS += test/lib/http/test_http
test_lib_http_test_http_SOURCES = \
	test/lib/http/test_http.c test/lib/http/test_http.h \
	test/lib/http/test_cachectl.c test/lib/http/test_chunked.c test/lib/http/test_framing.c \
	test/lib/http/test_head.c test/lib/http/test_target.c test/lib/http/test_values.c
test_lib_http_test_http_LDADD = libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_lib_http_test_http_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

EXTRA_PROGRAMS += test/lib/http/bench_http
test_lib_http_bench_http_SOURCES = test/lib/http/bench_http.c
test_lib_http_bench_http_LDADD = libsepia.a $(SEPIA_LIBS)
