# files of lib/match
libsepia_a_SOURCES += \
	lib/match/addrset.c lib/match/addrset.h \
	lib/match/addrtext.c \
	lib/match/bigmem.c lib/match/bigmem.h \
	lib/match/domname.c lib/match/domname.h \
	lib/match/domset.c lib/match/domset.h \
	lib/match/domtable.c lib/match/domtable.h \
	lib/match/geo.c lib/match/geo.h \
	lib/match/litscan.c lib/match/litscan.h \
	lib/match/namepack.c lib/match/namepack.h \
	lib/match/reglit.c lib/match/reglit.h \
	lib/match/regpcre.c lib/match/regpcre.h \
	lib/match/regset.c lib/match/regset.h \
	lib/match/regtree.c lib/match/regtree.h
