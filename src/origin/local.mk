libproxy_a_SOURCES += \
	src/origin/fetch.c src/origin/fetch.h \
	src/origin/pool.c src/origin/pool.h \
	src/origin/reach.c src/origin/reach.h \
	src/origin/tunnel.c src/origin/tunnel.h \
	src/origin/upstream.c src/origin/upstream.h \
	src/origin/xch.c src/origin/xch.h \
	src/origin/xchhead.c src/origin/xchhead.h
