check_PROGRAMS += test/src/proc/test_proc test/lib/shm/test_board
TESTS += test/src/proc/test_proc test/lib/shm/test_board
test_src_proc_test_proc_SOURCES = test/src/proc/test_proc.c
test_src_proc_test_proc_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_src_proc_test_proc_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
test_lib_shm_test_board_SOURCES = test/lib/shm/test_board.c
test_lib_shm_test_board_LDADD = libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_lib_shm_test_board_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
