# files of src/admin
libproxy_a_SOURCES += \
	src/admin/admin.c src/admin/admin.h \
	src/admin/builtinpage.c src/admin/builtinpage.h \
	src/admin/errorcodes.c src/admin/errorcodes.h \
	src/admin/errorpage.c src/admin/errorpage.h \
	src/admin/localanswer.c src/admin/localanswer.h \
	src/admin/ownreply.c src/admin/ownreply.h \
	src/admin/pac.c src/admin/pac.h \
	src/admin/pacscript.c src/admin/pacscript.h \
	src/admin/webtext.c src/admin/webtext.h
