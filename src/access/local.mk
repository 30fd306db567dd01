# files of src/access
libproxy_a_SOURCES += \
	src/access/access.c src/access/access.h \
	src/access/accessreply.c \
	src/access/newtarget.c src/access/newtarget.h \
	src/access/rewrite.c src/access/rewrite.h \
	src/access/rewriteanswer.c src/access/rewriteanswer.h
