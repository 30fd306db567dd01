# files of src/access
libproxy_a_SOURCES += \
	src/access/access.c src/access/access.h \
	src/access/accessreply.c
