# the steps and their parts, over the store
libproxy_a_SOURCES += \
	src/cache/behind.c \
	src/cache/caching.h \
	src/cache/collapse.c \
	src/cache/complete.c \
	src/cache/fill.c src/cache/fill.h \
	src/cache/filing.c src/cache/filing.h \
	src/cache/find.c \
	src/cache/keep.c \
	src/cache/purge.c \
	src/cache/refresh.c \
	src/cache/rest.c \
	src/cache/serve.c \
	src/cache/stored.c src/cache/stored.h \
	src/cache/storedlook.c \
	src/cache/varyreq.c src/cache/varyreq.h
# the rules of a shared cache, without a store (RFC 9111)
libproxy_a_SOURCES += \
	src/cache/byterange.c src/cache/byterange.h \
	src/cache/cachedate.c src/cache/cachedate.h \
	src/cache/cachekey.c src/cache/cachekey.h \
	src/cache/cachepolicy.h \
	src/cache/cacheresult.c src/cache/cacheresult.h \
	src/cache/condreq.c src/cache/condreq.h \
	src/cache/entitytag.c src/cache/entitytag.h \
	src/cache/extents.c src/cache/extents.h \
	src/cache/fetchrule.c src/cache/fetchrule.h \
	src/cache/freshen.c src/cache/freshen.h \
	src/cache/freshness.c src/cache/freshness.h \
	src/cache/invalidate.c src/cache/invalidate.h \
	src/cache/partial.c src/cache/partial.h \
	src/cache/parts.c src/cache/parts.h \
	src/cache/precond.c src/cache/precond.h \
	src/cache/rangereply.c src/cache/rangereply.h \
	src/cache/refreshpat.c src/cache/refreshpat.h \
	src/cache/reuse.c src/cache/reuse.h \
	src/cache/statusclass.c src/cache/statusclass.h \
	src/cache/storable.c src/cache/storable.h \
	src/cache/storedattr.c src/cache/storedattr.h \
	src/cache/storedhead.c src/cache/storedhead.h \
	src/cache/storeid.c src/cache/storeid.h \
	src/cache/urlref.c src/cache/urlref.h \
	src/cache/varykey.c src/cache/varykey.h \
	src/cache/varynorm.c src/cache/varynorm.h
# stored objects: reading them
libproxy_a_SOURCES += src/cache/follow.c src/cache/follow.h src/cache/joinbody.c src/cache/joinbody.h src/cache/kept.c src/cache/kept.h \
	src/cache/lasting.c src/cache/lasting.h src/cache/object.c src/cache/object.h src/cache/piece.c src/cache/piece.h \
	src/cache/storebody.c src/cache/storebody.h src/cache/storebody_bring.c src/cache/storebody_hold.c src/cache/storebody_inner.h
EXTRA_DIST += src/cache/README.md
