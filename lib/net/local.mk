libsepia_a_SOURCES += \
	lib/net/buf.c lib/net/buf.h \
	lib/net/child.c lib/net/child.h \
	lib/net/deadaddr.c lib/net/deadaddr.h \
	lib/net/dial.c lib/net/dial.h \
	lib/net/dns.c lib/net/dns.h \
	lib/net/dnscache.c lib/net/dnscache.h \
	lib/net/dnschan.c lib/net/dnschan.h \
	lib/net/dnshosts.c lib/net/dnshosts.h \
	lib/net/dnslookup.c lib/net/dnslookup.h \
	lib/net/dnsorder.c lib/net/dnsorder.h \
	lib/net/dnsreply.c lib/net/dnsreply.h lib/net/dnsservers.c lib/net/dnsservers.h \
	lib/net/helper.c lib/net/helper.h \
	lib/net/helperline.c \
	lib/net/helperproc.c lib/net/helperproc.h \
	lib/net/io.c lib/net/io.h \
	lib/net/loop.c lib/net/loop.h \
	lib/net/nearby.c lib/net/nearby.h \
	lib/net/pump.c lib/net/pump.h \
	lib/net/work.c lib/net/work.h
