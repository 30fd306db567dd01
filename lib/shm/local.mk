# files of lib/shm
libsepia_a_SOURCES += lib/shm/ring.c lib/shm/ring.h lib/shm/ring_file.c lib/shm/ring_inner.h
libsepia_a_SOURCES += \
	lib/shm/board.c lib/shm/board.h \
	lib/shm/segment.c lib/shm/segment.h
libsepia_a_SOURCES += lib/shm/credcache.c lib/shm/credcache.h
libsepia_a_SOURCES += \
	lib/shm/sightings.c lib/shm/sightings.h \
	lib/shm/tally.c lib/shm/tally.h
