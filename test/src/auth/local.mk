# tests of src/auth, and of the table it keeps in shared memory
check_PROGRAMS += test/src/auth/test_auth test/lib/shm/test_credcache
TESTS += test/src/auth/test_auth test/lib/shm/test_credcache
test_src_auth_test_auth_SOURCES = \
	test/src/auth/test_auth.c test/src/auth/test_auth.h \
	test/src/auth/test_authstep.c test/src/auth/test_credentials.c test/src/auth/test_htpasswd.c
test_src_auth_test_auth_LDADD = libproxy.a libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_src_auth_test_auth_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

test_lib_shm_test_credcache_SOURCES = test/lib/shm/test_credcache.c
test_lib_shm_test_credcache_LDADD = libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_lib_shm_test_credcache_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
