# files of src/auth
libproxy_a_SOURCES += \
	src/auth/auth.c src/auth/auth.h \
	src/auth/basic.c src/auth/basic.h \
	src/auth/credentials.c src/auth/credentials.h \
	src/auth/htpasswd.c src/auth/htpasswd.h \
	src/auth/passhash.c src/auth/passhash.h \
	src/auth/verdicts.c src/auth/verdicts.h
