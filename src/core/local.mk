libproxy_a_SOURCES += \
	src/core/body.c src/core/body.h \
	src/core/cachestatus.c src/core/cachestatus.h \
	src/core/conn.h \
	src/core/facts.c src/core/facts.h \
	src/core/inflow.c src/core/inflow.h \
	src/core/logwait.h \
	src/core/naming.c src/core/naming.h \
	src/core/outflow.c src/core/outflow.h \
	src/core/peerload.c src/core/peerload.h \
	src/core/presence.c src/core/presence.h \
	src/core/settings.h \
	src/core/shared.c src/core/shared.h \
	src/core/source.h \
	src/core/step.h \
	src/core/txn.c src/core/txn.h \
	src/core/via.c src/core/via.h \
	src/core/why.c src/core/why.h
libproxy_a_SOURCES += \
	src/core/format.c src/core/format.h \
	src/core/formatcodes.c src/core/formatcodes.h \
	src/core/formatfields.c src/core/formatfields.h \
	src/core/formatjson.c src/core/formatjson.h \
	src/core/formatnames.c src/core/formatnames.h \
	src/core/formatput.c src/core/formatput.h \
	src/core/formatquote.c src/core/formatquote.h
libproxy_a_SOURCES += src/core/lookup.c src/core/lookup.h
