libproxy_a_SOURCES += \
	src/route/peers.c src/route/peers.h \
	src/route/route.c src/route/route.h
