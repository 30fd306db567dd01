# tests of src/admin
check_PROGRAMS += test/src/admin/test_admin
TESTS += test/src/admin/test_admin
test_src_admin_test_admin_SOURCES = \
	test/src/admin/test_admin.c test/src/admin/test_admin.h \
	test/src/admin/test_local.c test/src/admin/test_pac.c test/src/admin/test_pages.c
test_src_admin_test_admin_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS) -ldl
test_src_admin_test_admin_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
