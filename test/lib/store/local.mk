check_PROGRAMS += test/lib/store/test_store test/lib/store/test_store_model test/lib/store/test_store_crash test/lib/store/test_store_damage
TESTS += test/lib/store/test_store test/lib/store/test_store_model test/lib/store/test_store_crash test/lib/store/test_store_damage
test_lib_store_common = test/lib/store/storetest.c test/lib/store/storetest.h
test_lib_store_test_store_SOURCES = test/lib/store/test_store.c $(test_lib_store_common)
test_lib_store_test_store_LDADD = libsepia.a $(CHECK_LIBS) $(SEPIA_LIBS)
test_lib_store_test_store_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) -I$(top_srcdir)/test/lib/store
test_lib_store_test_store_model_SOURCES = test/lib/store/test_store_model.c $(test_lib_store_common)
test_lib_store_test_store_model_LDADD = libsepia.a $(SEPIA_LIBS)
test_lib_store_test_store_model_CFLAGS = $(AM_CFLAGS) -I$(top_srcdir)/test/lib/store
test_lib_store_test_store_crash_SOURCES = test/lib/store/test_store_crash.c $(test_lib_store_common)
test_lib_store_test_store_crash_LDADD = libsepia.a $(SEPIA_LIBS)
test_lib_store_test_store_crash_CFLAGS = $(AM_CFLAGS) -I$(top_srcdir)/test/lib/store
test_lib_store_test_store_damage_SOURCES = test/lib/store/test_store_damage.c $(test_lib_store_common)
test_lib_store_test_store_damage_LDADD = libsepia.a $(SEPIA_LIBS)
test_lib_store_test_store_damage_CFLAGS = $(AM_CFLAGS) -I$(top_srcdir)/test/lib/store

# not tests: they print what the store costs and what its replacement is worth
EXTRA_PROGRAMS += test/lib/store/bench_store test/lib/store/sim_store
CLEANFILES += test/lib/store/bench_store test/lib/store/sim_store
test_lib_store_bench_store_SOURCES = test/lib/store/bench_store.c $(test_lib_store_common)
test_lib_store_bench_store_LDADD = libsepia.a $(SEPIA_LIBS)
test_lib_store_bench_store_CFLAGS = $(AM_CFLAGS) -I$(top_srcdir)/test/lib/store
test_lib_store_sim_store_SOURCES = test/lib/store/sim_store.c $(test_lib_store_common)
test_lib_store_sim_store_LDADD = libsepia.a $(SEPIA_LIBS) -lm
test_lib_store_sim_store_CFLAGS = $(AM_CFLAGS) -I$(top_srcdir)/test/lib/store
