check_PROGRAMS += test/proc/hammer
test_proc_hammer_SOURCES = test/proc/hammer.c
test_proc_hammer_LDADD = -lpthread
TESTS += test/proc/confined.sh test/proc/signals.sh test/proc/prompt.sh test/proc/descriptors.sh test/proc/drain.sh test/proc/start.sh test/proc/kill.sh test/proc/keeper.sh test/proc/damage.sh test/proc/watches.sh test/proc/reload.sh test/proc/stop.sh test/proc/explain.sh test/proc/pulse.sh
EXTRA_DIST += test/proc/confined.sh test/proc/signals.sh test/proc/prompt.sh test/proc/descriptors.sh test/proc/crowd.py test/proc/drain.sh test/proc/underway.py test/proc/procs.sh test/proc/start.sh test/proc/kill.sh test/proc/keeper.sh test/proc/damage.sh test/proc/watches.sh test/proc/reload.sh test/proc/stop.sh test/proc/explain.sh test/proc/pulse.sh

# preloaded by test/proc/watches.sh and test/proc/descriptors.sh
check_DATA = test/proc/nowatches.so test/proc/manyfiles.so
EXTRA_DIST += test/proc/nowatches.c test/proc/manyfiles.c
CLEANFILES += $(check_DATA)
test/proc/nowatches.so: test/proc/nowatches.c
	@$(MKDIR_P) test/proc
	$(AM_V_GEN)$(CC) -O1 -shared -fPIC -o $@ $(top_srcdir)/test/proc/nowatches.c
test/proc/manyfiles.so: test/proc/manyfiles.c
	@$(MKDIR_P) test/proc
	$(AM_V_GEN)$(CC) -O1 -shared -fPIC -o $@ $(top_srcdir)/test/proc/manyfiles.c
