# files of src/log
libproxy_a_SOURCES += \
	src/log/log.c src/log/log.h \
	src/log/logdest.c src/log/logdest.h \
	src/log/logfile.c src/log/logfile.h \
	src/log/logger.c src/log/logger.h \
	src/log/logsink.c src/log/logsink.h \
	src/log/outlet.c src/log/outlet.h \
	src/log/peruser.c src/log/peruser.h
