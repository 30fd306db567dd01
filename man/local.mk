# files of man
dist_man_MANS = man/sepia.conf.5
EXTRA_DIST += man/sepia.conf.5.in scripts/gen-man
dist_man8_MANS = man/sepia.8
