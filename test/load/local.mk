# Load programs for scripts/bench and the fault test: built when asked for, never installed.
EXTRA_PROGRAMS += test/load/origin test/load/tunnels test/load/faults test/load/recall
test_load_origin_SOURCES = test/load/origin.c test/load/loadnet.c test/load/loadnet.h
test_load_tunnels_SOURCES = test/load/tunnels.c test/load/loadnet.c test/load/loadnet.h
test_load_faults_SOURCES = test/load/faults.c test/load/loadnet.c test/load/loadnet.h
test_load_recall_SOURCES = test/load/recall.c test/load/loadnet.c test/load/loadnet.h
test_load_faults_LDADD = -lpthread
EXTRA_DIST += test/load/target.lua
CLEANFILES += test/load/origin test/load/tunnels test/load/faults test/load/recall
