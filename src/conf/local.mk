# files of src/conf
libproxy_a_SOURCES += \
	src/conf/aclline.c \
	src/conf/authline.c \
	src/conf/cacheline.c \
	src/conf/conf.c src/conf/conf.h \
	src/conf/directives.c src/conf/directives.h \
	src/conf/dump.c \
	src/conf/externalline.c \
	src/conf/filterline.c \
	src/conf/headerline.c \
	src/conf/lexer.c src/conf/lexer.h \
	src/conf/loader.c src/conf/loader.h \
	src/conf/logline.c \
	src/conf/miscline.c \
	src/conf/names.c \
	src/conf/parsers.h \
	src/conf/peerline.c \
	src/conf/portline.c \
	src/conf/refreshline.c \
	src/conf/ruleline.c \
	src/conf/reader.c src/conf/reader.h \
	src/conf/urlhelperline.c \
	src/conf/values.c src/conf/values.h
