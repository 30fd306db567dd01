# files of lib/http
libsepia_a_SOURCES += \
	lib/http/authscheme.c lib/http/authscheme.h \
	lib/http/cachectl.c lib/http/cachectl.h \
	lib/http/charclass.c lib/http/charclass.h \
	lib/http/chunked.c lib/http/chunked.h \
	lib/http/date.c lib/http/date.h \
	lib/http/field.c lib/http/field.h \
	lib/http/framing.c lib/http/framing.h \
	lib/http/head.c lib/http/head.h \
	lib/http/head_parse.c \
	lib/http/host.c lib/http/host.h \
	lib/http/media.c lib/http/media.h \
	lib/http/scan.h \
	lib/http/target.c lib/http/target.h \
	lib/http/tokens.c lib/http/tokens.h
