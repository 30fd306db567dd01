# files of src/proc
libproxy_a_SOURCES += \
	src/proc/bindport.c src/proc/bindport.h \
	src/proc/birth.c src/proc/birth.h \
	src/proc/command.c src/proc/command.h \
	src/proc/control.c src/proc/control.h src/proc/controlask.c \
	src/proc/crash.c src/proc/crash.h \
	src/proc/crew.c src/proc/crew.h \
	src/proc/daemon.c src/proc/daemon.h \
	src/proc/explainmode.c src/proc/explainmode.h \
	src/proc/inforce.c src/proc/inforce.h \
	src/proc/kids.c src/proc/kids.h \
	src/proc/keeperproc.c src/proc/keeperproc.h \
	src/proc/leash.c src/proc/leash.h \
	src/proc/limits.c src/proc/limits.h \
	src/proc/locate.c src/proc/locate.h \
	src/proc/loggerproc.c src/proc/loggerproc.h \
	src/proc/master.c src/proc/master.h \
	src/proc/messages.c src/proc/messages.h \
	src/proc/options.c src/proc/options.h \
	src/proc/pacing.c src/proc/pacing.h \
	src/proc/pidfile.c src/proc/pidfile.h \
	src/proc/privilege.c src/proc/privilege.h \
	src/proc/pulse.c src/proc/pulse.h \
	src/proc/reload.c src/proc/reload.h \
	src/proc/rundir.c src/proc/rundir.h \
	src/proc/sdnotify.c src/proc/sdnotify.h \
	src/proc/setup.c src/proc/setup.h \
	src/proc/sockets.c src/proc/sockets.h \
	src/proc/status.c src/proc/status.h \
	src/proc/steer.c src/proc/steer.h \
	src/proc/storage.c src/proc/storage.h \
	src/proc/tables.c src/proc/tables.h \
	src/proc/watch.c src/proc/watch.h \
	src/proc/worker.c src/proc/worker.h
