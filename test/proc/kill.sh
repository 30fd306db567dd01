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

for i in 1 2 3 4 5; do
	W=$(pid_of worker 1)
	kill -9 "$W"
	till replaced
done
is "who dies again and again comes back later" grep -q "the next one starts in 100 ms" "$T/log/cache.log"
is "but comes back" all_good "$("$HAMMER" "$PORT" 200 2 1)"
delays() { grep -c "the next one starts in" "$T/log/cache.log"; }
for i in 1 2 3 4; do
	W=$(pid_of worker 1)
	known=$(delays)
	kill -9 "$W"
	[ $i = 4 ] || till replaced
done
noticed() { [ "$(delays)" -gt "$known" ]; }
is "the last death is noticed" till noticed
is "later and later" grep -q "the next one starts in 1600 ms" "$T/log/cache.log"
began=$(date +%s%3N)
"$HAMMER" "$PORT" 300 4 1 > "$T/out"
took=$(($(date +%s%3N) - began))
is "and the others are asked in its place" all_good "$(cat "$T/out")"
is "at once ($took ms)" test $took -lt 1500
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
