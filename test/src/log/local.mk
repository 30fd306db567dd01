# tests of src/log
check_PROGRAMS += test/src/log/test_logger test/src/log/test_log
TESTS += test/src/log/test_logger test/src/log/test_log
test_src_log_test_logger_SOURCES = test/src/log/test_logger.c
test_src_log_test_logger_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_src_log_test_logger_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_src_log_test_log_SOURCES = test/src/log/test_log.c
test_src_log_test_log_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_src_log_test_log_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
