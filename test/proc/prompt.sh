#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# How soon: the first answer after the start, the end after SIGINT and -k interrupt.
. "${srcdir:-.}/test/proc/procs.sh"

most=100
[ $SLOW = 1 ] && most=15000
# within COMMAND...: the last number that it prints
within() {
	if [ $SLOW = 1 ]; then
		once "$@" && [ $took -lt $most ]
	else
		in_time $most once "$@"
	fi
}
once() {
	"$@" > "$T/took" || return 1
	took=$(tail -1 "$T/took")
}
kept() { sepia -k interrupt; till gone; }
start_in_background() {
	"$HAMMER" first "$PORT" "$SEPIA" -f "$C"
	status=$?
	till sepia -k check 2> /dev/null		# it forks, and may serve before its first process has ended
	kept
	return $status
}
start_in_foreground() {
	"$HAMMER" first "$PORT" "$SEPIA" -N -f "$C" 2> "$T/log/err"
	status=$?
	kept
	return $status
}
start_with_a_new_cache() {
	rm -rf "$T/cache"
	start_in_background
}
end_by_signal() {
	sepia || return 1
	"$HAMMER" "$PORT" 50 2 5 > /dev/null
	"$HAMMER" ends 2 "$(cat "$T/sepia.pid")"
}
end_by_command() {
	sepia || return 1
	"$HAMMER" "$PORT" 50 2 5 > /dev/null
	"$HAMMER" ends 0 "$(cat "$T/sepia.pid")" > "$T/ended" &
	began=$(ms)
	sepia -k interrupt
	wait $!
	echo $(($(ms) - began))
}
# clients that want all the time
end_under_load() {
	sepia || return 1
	"$HAMMER" "$PORT" 300 8 5 > /dev/null &
	sleep 0.1
	"$HAMMER" ends 2 "$(cat "$T/sepia.pid")"
	status=$?
	wait $!
	return $status
}
nobody_left() { ! pgrep -f -- "-f $C" > /dev/null; }

all_of_it() {
	is "$1: the first answer within $most ms of the start" within start_in_background
	is "and in the foreground" within start_in_foreground
	is "the end within $most ms of SIGINT" within end_by_signal
	is "of -k interrupt" within end_by_command
	is "and under load" within end_under_load
	is "of everybody" till nobody_left
	is "without a PID file" test ! -e "$T/sepia.pid"
}
all_of_it "without a cache"
echo "cache_dir sepia $T/cache 256" >> "$C"
is "a new cache: the first answer within $most ms of the start" within start_with_a_new_cache
all_of_it "with it"
done_testing
