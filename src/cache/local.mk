libproxy_a_SOURCES += src/cache/stored.c src/cache/stored.h
