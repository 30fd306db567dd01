libsepia_a_SOURCES += \
	lib/base/addr.c lib/base/addr.h \
	lib/base/arena.c lib/base/arena.h \
	lib/base/breath.c lib/base/breath.h \
	lib/base/clock.c lib/base/clock.h \
	lib/base/diag.c lib/base/diag.h \
	lib/base/hash.c lib/base/hash.h \
	lib/base/hmap.c lib/base/hmap.h \
	lib/base/list.h \
	lib/base/mem.c lib/base/mem.h \
	lib/base/msg.c lib/base/msg.h \
	lib/base/must.c lib/base/must.h \
	lib/base/sb.c lib/base/sb.h \
	lib/base/span.c lib/base/span.h
