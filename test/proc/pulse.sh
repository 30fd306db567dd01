#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A process that lives and does nothing: new connections pass by such a worker, and it is replaced in the end, with what waited for it; so is the logger.
. "${srcdir:-.}/test/proc/procs.sh"

sepia || exit 99
log() { grep -q "$1" "$T/log/cache.log"; }
# asks NAME: for a while, all of it well; adds to the lines that have to be there
asked=0
asks() {
	out=$("$HAMMER" "$PORT" 300 2 1)
	asked=$((asked + $(echo "$out" | awk '{ print $2 }')))
	is "$1" all_good "$out"
}
patient() {
	waited=0
	until "$@"; do
		[ $waited -lt 60 ] || return 1
		waited=$((waited + 1))
		sleep 1
	done
}

W=$(pid_of worker 1)
L=$(pid_of logger 0)
O=$(pid_of worker 2)
kill -STOP "$L" "$O"
"$HAMMER" "$PORT" 300 1 1 > /dev/null &		# some of these wait in the stopped worker's queue
is "a stopped worker is noticed" till log "worker 2 (process $O) gives no sign of life: new connections pass it by"
is "-k status says so" sh -c "'$SEPIA' -f '$C' -k status | grep -q '^worker 2 pid $O .* no sign of life for [0-9]* s$'"
asks "new connections go to the other"
is "a stopped logger is noticed" till log "logger 0 (process $L) gives no sign of life"
kill -CONT "$O"
is "the worker comes back" till log "worker 2 (process $O) is alive again"
asks "it serves as before"
sleep 12		# the successor of a worker needs another logger: this one's time is to be up first
kill -STOP "$W"
"$HAMMER" "$PORT" 300 1 1 > /dev/null &
is "a logger that gives none for long is ended" patient log "logger 0 (process $L) has given no sign of life for 30 s: it is ended"
is "the logger goes" till not test -e "/proc/$L"
is "a worker too" patient log "worker 1 (process $W) has given no sign of life for 15 s: it is ended"
is "the worker goes" till not test -e "/proc/$W"
replaced() { n=$(pid_of "$1" "$2"); [ -n "$n" ] && [ "$n" != "$3" ]; }
is "there is another worker" till replaced worker 1 "$W"
is "there is another logger" till replaced logger 0 "$L"
is "the other one stayed" test "$(pid_of worker 2)" = "$O"
asks "both serve"
wait
lines() { [ "$(cat "$T"/log/access.log* | wc -l)" -ge "$asked" ]; }
is "and no line of $asked is missing" till lines
done_testing
