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
# Long enough that what ends in time does so on a busy machine, too.
L=6000
set_conf shutdown_lifetime "6 seconds"
late=600
[ $SLOW = 1 ] && late=2500
# a request of our own is taken, and logged, until the sockets are closed
nobody_listens() {
	"$HAMMER" "$PORT" 1 1 1 > "$T/asked"
	awk '{ print $2 + $6 }' "$T/asked" >> "$T/own"
	test "$(awk '{ print $4 }' "$T/asked")" -gt 0
}
own() { awk '{ n += $1 } END { print n + 0 }' "$T/own"; }
killed() { grep -q "did not leave in time" "$T/log/cache.log"; }
# in_order FUNCTION...: does it until nothing was late: who gets no processor when his time is up, or is killed for that, says nothing about the proxy. Eight chances.
in_order() {
	for chance in 1 2 3 4 5 6 7 8; do
		rm -f "$T"/log/*
		sepia || exit 99
		"$@" || return 1
		[ $took -lt $most ] && ! killed && return 0
		echo "     $took ms; $(grep "did not leave" "$T/log/cache.log")"
	done
	return 1
}
drains() {
	under_way || return 1
	: > "$T/own"
	began=$(ms)
	if [ "$1" = SIGTERM ]; then
		kill -TERM "$(cat "$T/sepia.pid")"
	else
		sepia -k shutdown
	fi
	till nobody_listens && till gone || return 1
	took=$(($(ms) - began)) most=$((L + late))
	wait $U
}

for by in "-k shutdown" SIGTERM; do
	is "$by, with everything under way: no new connection is taken, it ends, and nobody had to be killed" in_order drains "$by"
	is "when shutdown_lifetime is over ($took ms)" test $took -ge $((L - 100))
	is "what ended in time is whole" test "$(how short)$(how tunnel-3)" = "whole whole "
	is "and logged so" logged '/short-' 5 '^TCP_MISS/200$'
	is "connections that wait are closed at once" from_to "(idle|mute)" 0 $((L / 2))
	is "answers, requests and tunnels without end have their time" from_to "(endless|upload|tunnel-[012])" $((L - 100)) $((L + 2 * late))
	is "answers that are cut are not whole" test "$(how endless)" = "cut "
	is "and logged" logged '/endless-' 3 '^TCP_MISS_[A-Z]+/200$'
	is "as are requests" logged '/upload-' 2 '^TCP_MISS_[A-Z]+/000$'
	is "and tunnels" logged ' CONNECT ' 4 '^TCP_TUNNEL(_[A-Z]+)?/200$'
	is "and half a head" logged 'transaction-end-before-headers' 2 '^NONE_NONE_[A-Z]+/000$'
	is "each once" test "$(wc -l < "$T/log/access.log")" = $((26 + $(own)))
done

interrupts() {
	under_way || return 1
	began=$(ms)
	sepia -k interrupt
	till gone || return 1
	took=$(($(ms) - began)) most=$((250 + late))
	wait $U
}
is "-k interrupt: it ends at once" in_order interrupts
is "and logs what it cut" test "$(wc -l < "$T/log/access.log")" = 26

# ---- a logger that hangs, a ring that is full
logger_serves() { L1=$(pid_of logger 0); [ -n "$L1" ]; }
# fill: until it is; who loads it goes on until stop_load
fill() {
	till logger_serves || return 1
	kill -STOP "$L1"
	: > "$T/filled"
	"$HAMMER" "$PORT" 60000 8 1 "$LONG" > "$T/filled" 2>&1 &
	H=$!
	till grep -q "the log ring is full" "$T/log/cache.log"
}
stop_load() {
	kill $H
	wait $H
}
answered() { awk '{ print $2 }' "$T/filled"; }
lines() { cat "$T"/log/access.log* 2>/dev/null | wc -l; }
all_lines() { test "$(lines)" -ge "$(answered)"; }

logger_goes_on() {
	fill || return 1
	began=$(ms)
	sepia -k shutdown
	sleep 0.5
	kill -CONT "$L1"
	till gone || return 1
	took=$(($(ms) - began)) most=$((L + late))
	stop_load
}
is "a full ring; the logger goes on while the proxy drains: it ends in time" in_order logger_goes_on
is "each answer of $(answered) has its line of $(lines)" test "$(lines)" -ge "$(answered)" -a "$(answered)" -gt 100
is "none is lost" not grep -q "are lost" "$T/log/cache.log"

logger_hangs() {
	fill || return 1
	began=$(ms)
	sepia -k shutdown
	till gone || return 1
	took=$(($(ms) - began)) most=$((L + 1500 + late))
	stop_load
	grep -q "logger 0 (process $L1) did not leave in time" "$T/log/cache.log" || return 1
	sed -i "/logger 0 (process $L1) did not leave in time/d" "$T/log/cache.log"
}
is "the logger hangs for good: it ends soon after shutdown_lifetime, and it is said that the logger was killed" in_order logger_hangs
is "another start" sepia
is "writes the lines of the $(answered) answers that there were" till all_lines
hangs_and_interrupts() {
	fill || return 1
	began=$(ms)
	sepia -k interrupt
	till gone || return 1
	took=$(($(ms) - began)) most=$((350 + late))
	kill -CONT "$L1" 2>/dev/null
	stop_load
	: > "$T/log/cache.log"			# it was killed, as it must be
}
sepia -k interrupt
till gone
is "with a full ring -k interrupt ends it at once all the same" in_order hangs_and_interrupts

# ---- a reload meanwhile
begin_and() {
	rm -f "$T"/log/*
	sepia && "$@"
}
reloads_beside() {
	fill || return 1
	began=$(ms)
	sepia -k reconfigure || return 1
	took=$(($(ms) - began))
	all_good "$("$HAMMER" "$PORT" 100 2 1)" || return 1
	kill -CONT "$L1"
	stop_load
	[ "$(awk '{ print $4 + $6 + $8 }' "$T/filled")" = 0 ] || return 1
	till all_lines || return 1
	[ "$(count logger)" = 1 ] || return 1
	sepia -k interrupt
	till gone
}
is "a reload does not wait for a logger that hangs; the new workers serve; those who waited are answered, and each has its line" in_time 1000 begin_and reloads_beside
done_testing
