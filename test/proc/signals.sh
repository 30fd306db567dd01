#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every signal there is, to a worker, the logger and the keeper: who dies of it is replaced, who does not goes on. It costs no more than what a worker
# had in hand, and no line of the log.
. "${srcdir:-.}/test/proc/procs.sh"

echo "cache_dir sepia $T/cache 64" >> "$C"
last=$(kill -l 64 > /dev/null 2>&1 && echo 64 || echo 31)
there() { was=$(pid_of "$1" "$2"); [ -n "$was" ]; }
# there is another one, or the same, who lives on (PF_EXITING is 4) and to whom no signal is under way
settled() {
	n=$(pid_of "$1" "$2")
	[ -n "$n" ] || return 1
	[ "$n" = "$was" ] || return 0
	pending=$(awk '/^(SigPnd|ShdPnd|CoreDumping):/ { all = all $2 } /^State:.[ZX]/ { all = all "dead" } END { print all }' "/proc/$n/status" 2> /dev/null)
	flags=$(sed 's/.*) //' "/proc/$n/stat" 2> /dev/null | cut -d ' ' -f 7)
	[ -n "$pending" ] && [ -z "$(echo "$pending" | tr -d 0)" ] && [ -n "$flags" ] && [ $((flags & 4)) = 0 ]
}
lines() { cat "$T"/log/access.log* 2>/dev/null | wc -l; }
all_lines() { [ "$(lines)" -ge "$needed" ]; }

# one that is still dying of the signal before is not there any more
sent() {
	there "$1" "$2" || return 1
	if [ "$3" = stopped ]; then
		kill -STOP "$was" && kill -9 "$was"
	else
		kill -"$3" "$was"
	fi 2> /dev/null
}

# hit ROLE NUMBER SIGNAL...: in turn, each to whoever is there then
hit() {
	role=$1 number=$2
	shift 2
	for s in "$@"; do
		till sent "$role" "$number" "$s" || return 1
		till settled "$role" "$number" || { echo "     signal $s: nobody"; return 1; }
	done
}
# round ROLE NUMBER SIGNAL...: with a proxy of its own, for who dies too often comes back late
round() {
	rm -f "$T"/log/*
	sepia || return 1
	"$HAMMER" "$PORT" 60000 4 1 > "$T/out" 2>&1 &
	H=$!
	M=$(cat "$T/sepia.pid")
	hit "$@"
	good=$?
	sleep 0.1
	kill $H
	wait $H
	ok=$(awk '{ print $2 }' "$T/out")
	case $1 in
	worker) [ "$(awk '{ print $4 + $8 }' "$T/out")" = 0 ] && [ "$ok" -gt 0 ] ;;		# those in hand may be cut, none is wrong or refused
	*) all_good "$(cat "$T/out")" > /dev/null ;;
	esac || { cat "$T/out"; good=1; }
	all_good "$("$HAMMER" "$PORT" 30 2 1)" > "$T/after" || { cat "$T/after"; good=1; }
	[ "$(cat "$T/sepia.pid")" = "$M" ] || good=1
	# before the end: that one is for who has time to wait
	needed=$((ok + $(awk '{ print $2 }' "$T/after")))
	till all_lines || { echo "     $(lines) lines of $needed"; good=1; }
	sepia -k interrupt
	till gone
	return $good
}
signals=stopped
for s in $(seq 1 $last); do
	case $s in
	19|20|21|22|32|33) ;;		# those that stop, and the C library's own
	*) signals="$signals $s" ;;
	esac
done
for who in "worker 1" "logger 0" "keeper 0"; do
	set -- $signals
	while [ $# -gt 0 ]; do
		some="$1${2:+ $2}${3:+ $3}${4:+ $4}"
		is "$who and signals $some" round $who $some
		shift $(($# < 4 ? $# : 4))
	done
done

# All at once, while they are at work
sepia || exit 99
"$HAMMER" "$PORT" 60000 4 1 > "$T/out" 2>&1 &
H=$!
for i in 1 2 3; do
	for who in "worker 1" "worker 2" "logger 0" "keeper 0"; do
		kill -9 "$(pid_of $who)" 2> /dev/null
	done
	sleep 0.3
done
kill $H
wait $H
is "all of them three times: none wrong, none refused" test "$(awk '{ print $4 + $8 }' "$T/out")" = 0
is "all is well" all_good "$("$HAMMER" "$PORT" 200 2 1)"
everybody() { test "$(count worker)" = 2 -a "$(count logger)" = 1 -a "$(count keeper)" = 1; }
is "everybody is there" till everybody
done_testing
