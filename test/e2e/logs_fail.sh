#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Places of logs that fail while the proxy runs: a directory that is gone when the logs are opened anew, a file that is removed, a disk that is full. Nobody
# who asks notices, and no line is lost: what could not be written is written when the place is back.
. "$(dirname "$0")/lib.sh"
mkdir -m 777 "$T/d/logs" "$T/d/small"
full=no
[ "$(id -u)" = 0 ] && mount -t tmpfs -o size=1m,mode=777 sepia-test "$T/d/small" 2>/dev/null && full=yes
trap '[ $full = no ] || umount -l "$T/d/small"; finish' EXIT
proxy <<END
workers 2
logfile_rotate 0
access_log stdio:$T/d/logs/a.json logformat=json
$([ $full = no ] || echo "access_log stdio:$T/d/small/b.json logformat=json")
http_access allow all
END

# asks TAG: fifty requests, each answered
asks() { [ "$(curl -sS -m 5 -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$port/proxy.pac?$1[1-50]" | grep -c 200)" = 50 ]; }
# lines NUMBER TAG FILE...: so many different ones in these files
lines() { local n=$1 tag=$2; shift 2; [ "$(cat "$@" 2>/dev/null | grep -o "proxy.pac?$tag[0-9]*" | sort -u | wc -l)" = "$n" ]; }
said() { grep -q "$1" "$T/messages"; }

check "requests are answered" asks one
check "and recorded" till lines 50 one "$T/d/logs/a.json"

mv "$T/d/logs" "$T/d/away"
check "the directory was moved away: requests are answered" asks two
check "they are in the file that is open" till lines 50 two "$T/d/away/a.json"
kill -USR1 "$pid"
check "the logs are opened anew: it is said that there is no such place" till said 'No such file or directory'
check "requests are answered all the same" asks three
mkdir -m 777 "$T/d/logs"
check "the directory is back: what was kept is written" till lines 50 three "$T/d/logs/a.json"
check "and said" till said 'works again'

rm "$T/d/logs/a.json"
kill -USR1 "$pid"
check "the file was removed" till test -e "$T/d/logs/a.json"
check "requests are answered" asks four
check "and recorded in a new one" till lines 50 four "$T/d/logs/a.json"

if has mount test $full = yes; then
	check "the other place has them all" till lines 200 '[a-z]*' "$T/d/small/b.json"
	dd if=/dev/zero of="$T/d/small/fill" bs=4096 2>/dev/null
	for i in 1 2 3; do check "the disk is full: requests are answered" asks "five$i-"; done
	check "and it is said" till said 'No space left on device'
	check "the other log goes on" till lines 150 'five[0-9]-' "$T/d/logs/a.json"
	rm "$T/d/small/fill"
	check "there is room again: what was kept is written" till lines 150 'five[0-9]-' "$T/d/small/b.json"
	check "each line is whole" sh -c "jq -e . '$T/d/small/b.json' >/dev/null"
	check "and there once" sh -c "[ \$(jq -r .url '$T/d/small/b.json' | sort | uniq -d | wc -l) = 0 ]"
fi
