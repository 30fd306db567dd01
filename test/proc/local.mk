check_PROGRAMS += test/proc/hammer
test_proc_hammer_SOURCES = test/proc/hammer.c
test_proc_hammer_LDADD = -lpthread
TESTS += test/proc/start.sh test/proc/kill.sh test/proc/reload.sh test/proc/stop.sh test/proc/explain.sh
EXTRA_DIST += test/proc/procs.sh test/proc/start.sh test/proc/kill.sh test/proc/reload.sh test/proc/stop.sh test/proc/explain.sh
