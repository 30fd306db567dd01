# files of test
include test/lib/match/local.mk
include test/lib/http/local.mk
include test/lib/net/local.mk
