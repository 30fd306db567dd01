#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stopping with everything under way that there may be: what ends in time is whole, what is cut is logged, nothing outlasts shutdown_lifetime; with a
# logger that hangs and a ring that is full as well.
. "${srcdir:-.}/test/proc/procs.sh"

[ -x /usr/bin/python3 ] || { echo "no python3"; exit 77; }
UNDERWAY=${srcdir:-.}/test/proc/underway.py
# the smallest ring, and the longest lines: it is full in a moment
LONG=$(printf '%01500d' 0)
echo "log_ring_size 256 KB" >> "$C"

under_way() {
	: > "$T/out"
	/usr/bin/python3 "$UNDERWAY" "$PORT" > "$T/out" 2> /dev/null &
	U=$!
	till grep -q ready "$T/out"
}
# how PATTERN: how those ended, each word once
how() { awk -v n="^$1" '$1 ~ n { print $2 }' "$T/out" | sort -u | tr '\n' ' '; }
# from_to PATTERN FROM TO: all of those ended so many milliseconds after "ready"
from_to() {
	awk -v n="^$1" -v a="$2" -v b="$3" '$1 ~ n { all++; if ($3 < a || $3 > b) { bad++; print "     " $0 } } END { exit bad > 0 || all == 0 }' "$T/out"
}
# logged PATTERN NUMBER WORD: so many lines with it, all with that result code
logged() {
	grep -E "$1" "$T/log/access.log" | awk -v n="$2" -v w="$3" '{ all++ } $4 !~ w { bad++; print "     " $0 } END { exit bad > 0 || all != n }'
}
late=600
[ $SLOW = 1 ] && late=2500

for by in "-k shutdown" SIGTERM; do
	rm -f "$T"/log/*
	sepia || exit 99
	is "everything is under way" under_way
	began=$(ms)
	if [ $by = SIGTERM ] 2>/dev/null; then
		kill -TERM "$(cat "$T/sepia.pid")"
	else
		sepia -k shutdown
	fi
	sleep 0.3
	is "$by: no new connection is taken" test "$("$HAMMER" "$PORT" 1 1 1 | awk '{ print $4 }')" -gt 0
	is "it ends" till gone
	took=$(($(ms) - began))
	is "when shutdown_lifetime is over ($took ms)" test $took -ge 1900 -a $took -lt $((2000 + late))
	wait $U
	is "what ended in time is whole" test "$(how short)$(how tunnel-3)" = "whole whole "
	is "and logged so" logged '/short-' 5 '^TCP_MISS/200$'
	is "connections that wait are closed at once" from_to "(idle|mute)" 0 $late
	is "answers, requests and tunnels without end have their time" from_to "(endless|upload|tunnel-[012])" 1900 $((2000 + late))
	is "answers that are cut are not whole" test "$(how endless)" = "cut "
	is "and logged" logged '/endless-' 3 '^TCP_MISS_[A-Z]+/200$'
	is "as are requests" logged '/upload-' 2 '^TCP_MISS_[A-Z]+/000$'
	is "and tunnels" logged ' CONNECT ' 4 '^TCP_TUNNEL(_[A-Z]+)?/200$'
	is "and half a head" logged 'transaction-end-before-headers' 2 '^NONE_NONE_[A-Z]+/000$'
	is "each once" test "$(wc -l < "$T/log/access.log")" = 26
	is "nobody had to be killed" not grep -q "did not leave in time" "$T/log/cache.log"
done

rm -f "$T"/log/*
sepia || exit 99
is "everything is under way" under_way
began=$(ms)
sepia -k interrupt
is "-k interrupt: it ends" till gone
took=$(($(ms) - began))
[ $SLOW = 1 ] || is "at once ($took ms)" test $took -lt $((250 + late))
wait $U
is "and logs what it cut" test "$(wc -l < "$T/log/access.log")" = 26

# ---- a logger that hangs, a ring that is full
logger_serves() { L=$(pid_of logger 0); [ -n "$L" ]; }
fill() {
	till logger_serves || return 1
	kill -STOP "$L"
	: > "$T/filled"
	"$HAMMER" "$PORT" "$1" 8 1 "$LONG" > "$T/filled" 2>&1 &
	H=$!
	till grep -q "the log ring is full" "$T/log/cache.log"
}
answered() { awk '{ print $2 }' "$T/filled"; }
lines() { cat "$T"/log/access.log* 2>/dev/null | wc -l; }

rm -f "$T"/log/*
sepia || exit 99
is "a full ring" fill 1500
began=$(ms)
sepia -k shutdown
sleep 0.5
kill -CONT "$L"
is "the logger goes on while the proxy drains: it ends" till gone
took=$(($(ms) - began))
is "in time ($took ms)" test $took -lt $((2000 + late))
wait $H
is "each answer of $(answered) has its line of $(lines)" test "$(lines)" -ge "$(answered)" -a "$(answered)" -gt 100
is "none is lost" not grep -q "are lost" "$T/log/cache.log"

rm -f "$T"/log/*
sepia || exit 99
is "a full ring" fill 1500
began=$(ms)
sepia -k shutdown
is "the logger hangs for good: it ends" till gone
took=$(($(ms) - began))
is "soon after shutdown_lifetime ($took ms)" test $took -lt $((3500 + late))
wait $H
is "it is said that the logger was killed" grep -q "logger 0 (process $L) did not leave in time" "$T/log/cache.log"
is "another start" sepia
all_lines() { test "$(lines)" -ge "$(answered)"; }
is "writes the lines of the $(answered) answers that there were" till all_lines
is "a full ring" fill 1500
began=$(ms)
sepia -k interrupt
is "-k interrupt: it ends" till gone
took=$(($(ms) - began))
[ $SLOW = 1 ] || is "at once all the same ($took ms)" test $took -lt $((350 + late))
kill -CONT "$L" 2>/dev/null
wait $H

# ---- a reload meanwhile
rm -f "$T"/log/*
sepia || exit 99
is "a full ring" fill 3000
began=$(ms)
is "a reload" sepia -k reconfigure
took=$(($(ms) - began))
[ $SLOW = 1 ] || is "does not wait for the logger ($took ms)" test $took -lt 1000
is "the new workers serve" all_good "$("$HAMMER" "$PORT" 100 2 1)"
kill -CONT "$L"
wait $H
is "those who waited are answered" test "$(awk '{ print $4 + $6 + $8 }' "$T/filled")" = 0
is "and each has its line" till all_lines
is "there is one logger" test "$(count logger)" = 1
done_testing
