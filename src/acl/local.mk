# files of src/acl
libproxy_a_SOURCES += \
	src/acl/acl.c src/acl/acl.h \
	src/acl/acl_address.c src/acl/acl_address.h \
	src/acl/acl_annotate.c src/acl/acl_annotate.h \
	src/acl/acl_blind.c src/acl/acl_blind.h \
	src/acl/acl_builtin.c src/acl/acl_builtin.h \
	src/acl/acl_domain.c src/acl/acl_domain.h \
	src/acl/acl_external.c src/acl/acl_external.h \
	src/acl/acl_geo.c src/acl/acl_geo.h \
	src/acl/acl_group.c src/acl/acl_group.h \
	src/acl/acl_header.c src/acl/acl_header.h \
	src/acl/acl_line.c src/acl/acl_line.h \
	src/acl/acl_number.c src/acl/acl_number.h \
	src/acl/acl_regex.c src/acl/acl_regex.h \
	src/acl/acl_time.c src/acl/acl_time.h \
	src/acl/acl_user.c src/acl/acl_user.h \
	src/acl/acl_word.c src/acl/acl_word.h \
	src/acl/acltype.h src/acl/acltypes.c \
	src/acl/cond.c src/acl/condin.h \
	src/acl/destination.c src/acl/destination.h \
	src/acl/explain.c src/acl/explain.h \
	src/acl/external.c src/acl/external.h \
	src/acl/externalwords.c \
	src/acl/mangle.c src/acl/mangle.h \
	src/acl/need.c src/acl/need.h \
	src/acl/notes.c src/acl/notes.h \
	src/acl/netlint.c src/acl/netlint.h \
	src/acl/ownaddr.c src/acl/ownaddr.h \
	src/acl/resolve.c src/acl/resolve.h \
	src/acl/rules.c src/acl/rules.h \
	src/acl/ruleslint.c \
	src/acl/unescape.c src/acl/unescape.h \
	src/acl/urlhelper.c src/acl/urlhelper.h \
	src/acl/wordset.c src/acl/wordset.h
