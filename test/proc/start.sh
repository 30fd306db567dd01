#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Starting: in the background with a true status, the PID file, a second start, what is not to be had.
. "${srcdir:-.}/test/proc/procs.sh"

is "starts in the background" sepia
is "serves when the command returns" all_good "$("$HAMMER" "$PORT" 1 1 1)"
is "the PID file names the master" test "$(cat "$T/sepia.pid")" = "$(sepia -k status | awk '/^master/ { print $3 }')"
is "-k check" sepia -k check
is "a second start is refused" not sepia 2>"$T/err"
is "and says why" grep -q "already running: process $(cat "$T/sepia.pid") holds" "$T/err"
is "the first one lives" sepia -k check

W=$(pid_of worker 1)
is "a worker holds no descriptor of the caller's" not sh -c "ls -l /proc/$W/fd 2>/dev/null | grep -E ' [01] -> ' | grep -qv /dev/null"
is "a worker gets no new privileges" grep -q '^NoNewPrivs:.1' "/proc/$W/status"
[ "$(id -u)" = 0 ] && is "a worker is not root" not grep -qE '^[UG]id:.*[[:space:]]0([[:space:]]|$)' "/proc/$W/status"
[ "$(id -u)" = 0 ] && is "a worker has no capabilities" grep -q '^CapPrm:.0000000000000000' "/proc/$W/status"

is "a stop by -k interrupt" sepia -k interrupt
is "ends it" till gone
is "and its PID file" test ! -e "$T/sepia.pid"

echo 1 > "$T/sepia.pid"
is "a PID file left behind is taken over" sepia
is "with the new number" not grep -qx 1 "$T/sepia.pid"
sepia -k interrupt
till gone
ln -s "$T/victim" "$T/sepia.pid"
is "a symbolic link as PID file is refused" not sepia 2>/dev/null
is "and not followed" test ! -e "$T/victim"
rm "$T/sepia.pid"

set_conf run_dir /proc/nowhere
is "a configured run_dir that cannot be had is an error" not sepia 2>"$T/err"
is "that is named, with its line" grep -q "^$C:4:1: error: run_dir: cannot make /proc/nowhere" "$T/err"
is "by -z as well" not sepia -z 2>"$T/err"
is "with its line" grep -q "^$C:4:1: error: run_dir: cannot make /proc/nowhere" "$T/err"
set_conf run_dir "$T/run"
: > "$T/none"
ln -s "$T/none" "$T/link.pid"
set_conf pid_filename "$T/link.pid"
is "so is a PID file that is none" not sepia 2>"$T/err"
is "with its line" grep -q "^$C:3:1: error: pid_filename $T/link.pid: not a regular file" "$T/err"
set_conf pid_filename "$T/sepia.pid"
if [ "$(id -u)" = 0 ]; then
	for word in cache_effective_user cache_effective_group; do
		cp "$C" "$T/other.conf"
		sed -i "/^$word/d" "$T/other.conf"
		echo "$word no.such-name" >> "$T/other.conf"
		is "a $word that there is not" not "$SEPIA" -f "$T/other.conf" 2>"$T/err"
		is "with its line" grep -q "^$T/other.conf:[0-9]*:1: error: $word: there is no .* \"no.such-name\"" "$T/err"
	done
fi
set_conf http_port 192.0.2.1:80
is "an address that is not ours is an error" not sepia 2>"$T/err"
is "with its line" grep -q "sepia.conf:1:[0-9]*: error: cannot listen on 192.0.2.1:80: this host has no such address" "$T/err"
done_testing
