libproxy_a_SOURCES += src/path.c src/path.h
