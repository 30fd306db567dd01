libproxy_a_SOURCES += src/cache/stored.c src/cache/stored.h
# the rules of a shared cache, without a store (RFC 9111)
libproxy_a_SOURCES += \
	src/cache/byterange.c src/cache/byterange.h \
	src/cache/cachedate.c src/cache/cachedate.h \
	src/cache/cachekey.c src/cache/cachekey.h \
	src/cache/cachepolicy.h \
	src/cache/cacheresult.c src/cache/cacheresult.h \
	src/cache/cachestatus.c src/cache/cachestatus.h \
	src/cache/condreq.c src/cache/condreq.h \
	src/cache/entitytag.c src/cache/entitytag.h \
	src/cache/extents.c src/cache/extents.h \
	src/cache/fetchrule.c src/cache/fetchrule.h \
	src/cache/freshen.c src/cache/freshen.h \
	src/cache/freshness.c src/cache/freshness.h \
	src/cache/invalidate.c src/cache/invalidate.h \
	src/cache/partial.c src/cache/partial.h \
	src/cache/precond.c src/cache/precond.h \
	src/cache/rangereply.c src/cache/rangereply.h \
	src/cache/refreshpat.c src/cache/refreshpat.h \
	src/cache/reuse.c src/cache/reuse.h \
	src/cache/statusclass.c src/cache/statusclass.h \
	src/cache/storable.c src/cache/storable.h \
	src/cache/storedattr.c src/cache/storedattr.h \
	src/cache/storedhead.c src/cache/storedhead.h \
	src/cache/urlref.c src/cache/urlref.h \
	src/cache/varykey.c src/cache/varykey.h \
	src/cache/varynorm.c src/cache/varynorm.h
EXTRA_DIST += src/cache/README.md
