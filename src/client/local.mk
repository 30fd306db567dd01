libproxy_a_SOURCES += \
	src/client/answer.c src/client/answer.h \
	src/client/client.c src/client/client.h \
	src/client/clienthead.c src/client/clienthead.h \
	src/client/origdst.c src/client/origdst.h \
	src/client/listen.c src/client/listen.h
