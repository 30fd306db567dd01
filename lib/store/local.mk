# files of lib/store
libsepia_a_SOURCES += \
	lib/store/appender.c lib/store/appender.h \
	lib/store/bucket.c lib/store/bucket.h \
	lib/store/carry.c lib/store/carry.h \
	lib/store/catalog.c lib/store/catalog.h \
	lib/store/crc32c.c lib/store/crc32c.h \
	lib/store/dirfile.c lib/store/dirfile.h \
	lib/store/diskio.c lib/store/diskio.h \
	lib/store/diskroom.c lib/store/diskroom.h \
	lib/store/pagemap.c lib/store/pagemap.h \
	lib/store/readers.c lib/store/readers.h \
	lib/store/reclaim.c lib/store/reclaim.h \
	lib/store/record.c lib/store/record.h \
	lib/store/seal.c lib/store/seal.h \
	lib/store/segtab.c lib/store/segtab.h \
	lib/store/sendable.c lib/store/sendable.h \
	lib/store/store.c lib/store/store.h lib/store/store_inner.h \
	lib/store/store_body.c \
	lib/store/store_change.c \
	lib/store/store_follow.c \
	lib/store/store_get.c lib/store/store_get.h \
	lib/store/store_grow.c \
	lib/store/store_guard.c \
	lib/store/store_keep.c \
	lib/store/store_put.c \
	lib/store/store_reader.c \
	lib/store/superblock.c lib/store/superblock.h \
	lib/store/toc.c lib/store/toc.h \
	lib/store/underway.c lib/store/underway.h \
	lib/store/verified.c lib/store/verified.h \
	lib/store/volfile.c lib/store/volfile.h \
	lib/store/volume.c lib/store/volume.h
