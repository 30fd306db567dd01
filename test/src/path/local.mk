check_PROGRAMS += test/src/path/printpath
test_src_path_printpath_SOURCES = test/src/path/printpath.c
test_src_path_printpath_LDADD = libproxy.a libsepia.a $(SEPIA_LIBS)
TESTS += test/src/path/readme.sh
EXTRA_DIST += test/src/path/readme.sh src/README
