#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Processes that are killed: they are replaced, and nobody else notices; a dead master's children leave.
. "${srcdir:-.}/test/proc/procs.sh"

sepia || exit 99
"$HAMMER" "$PORT" 1500 4 1 > "$T/out" 2>&1 &
H=$!
kill_logger() { kill -9 "$(pid_of logger 0)" 2>/dev/null; }
for i in 1 2; do
	sleep 0.2
	is "the logger is killed" till kill_logger
done
wait $H
is "killing the logger fails no request" all_good "$(cat "$T/out")"
OK=$(awk '{ print $2 }' "$T/out")
lines() { test "$(wc -l < "$T/log/access.log")" = "$OK"; }
is "and loses no line of $OK" till lines

W=$(pid_of worker 1)
kill -9 "$W"
replaced() { n=$(pid_of worker 1); [ -n "$n" ] && [ "$n" != "$W" ]; }
is "a killed worker is replaced" till replaced
is "and it is said" grep -q "worker 1 (process $W) was killed by signal 9" "$T/log/cache.log"
kill -SEGV "$(pid_of worker 2)"
is "a crash leaves a report" till grep -q "^crash: process .* signal 11" "$T/log/cache.log"
is "all is well" all_good "$("$HAMMER" "$PORT" 200 2 1)"

# Deaths count that come within ten seconds: on a busy machine it takes some more until there are enough of them.
delayed() { grep -q "the next one starts in $1 ms" "$T/log/cache.log"; }
there() { W=$(pid_of worker 1); [ -n "$W" ]; }
dies_till_delayed() {
	till there && kill -9 "$W" 2> /dev/null
	till replaced
	delayed "$1"
}
is "who dies again and again comes back later" till dies_till_delayed 100
is "but comes back" all_good "$("$HAMMER" "$PORT" 200 2 1)"
is "later and later" till dies_till_delayed 1600
# It is away for some seconds now; as long as that the others are asked in its place, at once.
deaths() { grep -c "worker 1 (process .*) was killed" "$T/log/cache.log"; }
away() {
	till there
	known=$(deaths)
	kill -9 "$W"
	noticed() { [ "$(deaths)" -gt "$known" ]; }
	till noticed
	began=$(ms)
	"$HAMMER" "$PORT" 300 4 1 > "$T/out"
	took=$(($(ms) - began))
}
is "the others are asked in its place at once" in_time 1500 away
is "without a failure" all_good "$(cat "$T/out")"
is "and it is asked again when it is back" till replaced

kill -TERM "$(pid_of worker 1)"
kill -HUP "$(pid_of worker 2)"
is "workers leave signals to the master" test "$(count worker)" = 2

M=$(cat "$T/sepia.pid")
kill -9 "$M"
is "after the master's death another starts" sepia
is "and serves" all_good "$("$HAMMER" "$PORT" 200 2 1)"
is "it is another one" test "$(cat "$T/sepia.pid")" != "$M"
is "-k kill" sepia -k kill
nobody_listens() { test "$("$HAMMER" "$PORT" 1 1 1 | awk '{ print $4 }')" -gt 0; }
is "leaves nobody" till nobody_listens
done_testing
