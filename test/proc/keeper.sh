#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The object store among the processes: the keeper, -z, what cannot be had, one cache_dir and two proxies, the end of everything.
. "${srcdir:-.}/test/proc/procs.sh"

# Who changes its ids, as -z does, cannot be searched for leaks.
[ $SLOW = 0 ] || export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"

D=$T/cache
with() { sed '/^cache_dir/d' "$C" > "$C.new" && cat "$C.new" > "$C" && echo "cache_dir sepia $1 ${2:-64}" >> "$C"; }
state() { sepia -k status | awk -v d="$1" '$1 == "cache_dir" && $2 == d && $4 == "mbytes" { print $3 }'; }
on() { test "$(state "$1")" = on; }
off() { test "$(state "$1")" = off; }
keeper_is_there() { [ -n "$(pid_of keeper 0)" ]; }
hang_keeper() { till keeper_is_there && kill -STOP "$(pid_of keeper 0)"; }
log() { grep -q "$1" "$T/log/cache.log"; }
says() { cat "$T/err"; grep -q "$1" "$T/err"; }
replaced() { n=$(pid_of keeper 0); [ -n "$n" ] && [ "$n" != "$K" ]; }
[ "$(id -u)" = 0 ] && WHO=nobody || WHO=$(id -un 2>/dev/null || id -u)
own() { [ "$(id -u)" != 0 ] || chown nobody "$1"; }

# ---- without one
is "without a cache_dir" sepia
is "there is no keeper" test "$(count keeper)" = 0
is "and it is said" test "$(sepia -k status | grep '^cache')" = "cache none"
sepia -k interrupt
till gone

# ---- the first start makes what it may, and as root what root may
mkdir -m 755 "$T/mine"
with "$T/mine/c"
is "the first start" sepia
is "makes the directory" till on "$T/mine/c"
is "for its user" test "$(stat -c %U "$T/mine/c" "$T/mine/c/sepia-segments" | sort -u)" = $WHO
sepia -k interrupt
till gone
rm -r "$T/mine"

# ---- -k parse, -z
with "$D"
is "-k parse" sepia -k parse 2>"$T/err"
is "says that it is not there yet" says "^$C:[0-9]*:1: note: cache_dir $D is not there yet"
is "makes nothing" test ! -e "$D"
is "-z makes the directory" sepia -z 2>"$T/err"
is "and says so" says "cache_dir $D: ready, 64 MB"
is "with its blocks" test "$(stat -c '%b * %B / 1048576' "$D/sepia-segments" | { read -r x; echo $(($x)); })" -ge 64
[ "$(id -u)" != 0 ] || is "they are the user's" test "$(stat -c %U "$D" "$D/sepia-segments" "$D/sepia-index" | sort -u)" = nobody
is "-z again" sepia -z 2>/dev/null
rm -rf "$D"
mkdir "$D"
own "$D"
is "-z in an empty directory" sepia -z 2>/dev/null
rm -rf "$D"
mkdir "$D"
echo "dear diary" > "$D/sepia-segments"
cp "$D/sepia-segments" "$T/before"
own "$D"
own "$D/sepia-segments"
is "-z in another's directory is refused" not sepia -z 2>"$T/err"
is "clearly" says "cache_dir $D: sepia-segments was not made by this program; it is left alone"
is "and nothing is changed" cmp -s "$T/before" "$D/sepia-segments"
rm -rf "$D"
mkdir "$D"
chmod 555 "$D"
is "-z where it cannot write" not sepia -z 2>"$T/err"
is "says so, and who" says "cache_dir $D: cannot make sepia-segments in it: Permission denied for user $WHO\$"
rmdir "$D"
: > "$D"
is "-k parse where a file is" sepia -k parse 2>"$T/err"
is "warns" says "^$C:[0-9]*:1: warning: cache_dir $D cannot be used: Not a directory"
rm "$D"
with "$T/no/where"
is "-z without a parent directory" not sepia -z 2>"$T/err"
is "says so" says "cache_dir $T/no/where: .*No such file or directory"

# ---- what cannot be had at the start
is "it starts without it" sepia 2>"$T/err"
is "and says so" says "cache_dir $T/no/where is off: not a directory that can be used: No such file"
is "serves" all_good "$("$HAMMER" "$PORT" 100 2 1)"
is "the cache is off" off "$T/no/where"
sleep 0.5
is "it is said once" test "$(cat "$T/err" "$T/log/cache.log" | grep -c "is off")" = 1
mkdir -p "$T/no/where"
chmod 755 "$T/no"
own "$T/no/where"
till keeper_is_there
kill -9 "$(pid_of keeper 0)"		# its successor does not wait for the next try
is "when it can be had it is on" till on "$T/no/where"
K=$(pid_of keeper 0)
kill -9 "$K"
is "a keeper that did not open it comes" till replaced
is "it is still on" on "$T/no/where"
sepia -k interrupt
till gone

# ---- the keeper
with "$D"
new_start() {
	sepia -k interrupt 2> /dev/null
	till gone
	rm -rf "$D"
	began=$(ms)
	sepia && all_good "$("$HAMMER" "$PORT" 1 1 1)"
	status=$?
	took=$(($(ms) - began))
	return $status
}
is "a start with a new cache_dir serves as soon as without" in_time 200 new_start
is "the cache is on" till on "$D"
K=$(pid_of keeper 0)
is "there is a keeper" test -n "$K"
is "it gets no new privileges" grep -q '^NoNewPrivs:.1' "/proc/$K/status"
[ "$(id -u)" != 0 ] || is "it is not root" not grep -qE '^[UG]id:.*[[:space:]]0([[:space:]]|$)' "/proc/$K/status"
steps_back() { test "$(ps -o cls= -p "$K" | tr -d ' ')" = B; }
is "it does not push the workers aside" till steps_back
"$HAMMER" "$PORT" 60000 4 1 > "$T/out" 2>&1 &
H=$!
for s in KILL SEGV ABRT; do
	K=$(pid_of keeper 0)
	kill -$s "$K"
	is "killed by SIG$s it is replaced" till replaced
done
kill $H
wait $H
is "nobody notices" all_good "$(cat "$T/out")"
is "it is said" log "keeper 0 (process .*) was killed by signal 9 .*replaced at once"
is "the cache stays on" on "$D"
K=$(pid_of keeper 0)
kill -TERM "$K"
kill -HUP "$K"
sleep 0.1
is "it leaves signals to the master" test "$(pid_of keeper 0)" = "$K"

is "a reload" sepia -k reconfigure
is "keeps the keeper" test "$(pid_of keeper 0)" = "$K"
is "and the cache" on "$D"
with "$D" 96
is "a reload with another cache_dir" sepia -k reconfigure 2>"$T/err"
is "says that this needs a restart" says "cache_dir: .* needs a restart"
is "once" test "$(grep -c "needs a restart" "$T/err")" = 1
is "and keeps what there is" test "$(sepia -k status | awk '$4 == "mbytes" { print $5 }')" -lt 96
with "$D"
is "-k rotate" sepia -k rotate
moved() { readlink "/proc/$K/fd/2" | grep -qx "$T/log/cache.log"; }
[ "$(id -u)" != 0 ] || is "reaches the keeper" till moved
rounds=0
for i in 1 2 3; do
	kill -9 "$(pid_of worker 1)" 2>/dev/null
	sepia -k reconfigure && rounds=$((rounds + 1))
done
is "workers die and reload three times" test $rounds = 3
is "all is well" all_good "$("$HAMMER" "$PORT" 200 2 1)"
is "the cache is on" on "$D"

# ---- an index that is cut off while it is in use
sepia -k interrupt
till gone
sepia || exit 99
before="$(pid_of worker 1) $(pid_of worker 2) $(pid_of keeper 0)"
truncate -s 0 "$D/sepia-index"
is "with its index cut off: requests" all_good "$("$HAMMER" "$PORT" 200 2 5)"
is "it is said" till log "cache_dir $D is off: somebody cut off its index"
is "it is mended" till log "cache_dir $D is on again"
is "requests" all_good "$("$HAMMER" "$PORT" 200 2 5)"
is "nobody died" test "$(pid_of worker 1) $(pid_of worker 2) $(pid_of keeper 0)" = "$before"
is "the cache is on" on "$D"

# ---- two of them
is "-z beside a running one is refused" not sepia -z 2>"$T/err"
is "clearly" says "cache_dir $D: sepia-segments is in use by another program"
take_port 8 && P2=$port
sed "s|^http_port .*|http_port 127.0.0.1:$P2|; s|^pid_filename .*|pid_filename $T/two.pid|; s|^run_dir .*|run_dir $T/run2|; s|^cache_log .*|cache_log $T/log/two.log|; s|^access_log .*|access_log none|" "$C" > "$T/two.conf"
is "a second proxy with the same cache_dir starts" "$SEPIA" -f "$T/two.conf" 2>"$T/err"
is "serves" all_good "$("$HAMMER" "$P2" 100 2 1)"
is "without it" says "cache_dir $D is off: sepia-segments is in use by another program"
"$SEPIA" -f "$T/two.conf" -k kill
is "the first one keeps it" on "$D"

# ---- the end of everything
M=$(cat "$T/sepia.pid")
is "-k kill" sepia -k kill
nobody_left() { ! pgrep -f -- "-f $C" > /dev/null; }
is "leaves nobody" till nobody_left
is "another starts" sepia
is "with the same cache" on "$D"
kill -9 "$(cat "$T/sepia.pid")"
till gone
is "after the master's death another starts" sepia
is "with the same cache" till on "$D"
is "it is another one" test "$(cat "$T/sepia.pid")" != "$M"
stopped_by() {
	began=$(ms)
	sepia -k "$1" && till gone
	took=$(($(ms) - began))
}
starts_and_stops() {
	sepia -k check 2> /dev/null || sepia || return 1
	: > "$T/log/cache.log"
	stopped_by "$1"
}
is "-k interrupt" in_time 200 starts_and_stops interrupt
is "-k shutdown" in_time 400 starts_and_stops shutdown
[ $SLOW = 1 ] || is "in order: nobody was killed" not log "did not leave in time"
keeper_hangs() {
	sepia || return 1
	hang_keeper		# as if it hung in a disk
	all_good "$("$HAMMER" "$PORT" 100 2 1)" || return 1
	sepia -k reconfigure || return 1
	stopped_by "$1"
}
is "a keeper that hangs stops nobody, nor a reload, nor -k interrupt" in_time 300 keeper_hangs interrupt
is "nor -k shutdown" in_time 2500 keeper_hangs shutdown
second_shutdown() {
	sepia || return 1
	hang_keeper
	began=$(ms)
	sepia -k shutdown
	sleep 0.2
	sepia -k shutdown 2> /dev/null
	till gone
	took=$(($(ms) - began))
}
is "a second -k shutdown does not wait for it" in_time 800 second_shutdown
is "the next start has the cache" sepia
is "on" till on "$D"
sepia -k interrupt
till gone
(ulimit -f 1024 && sepia) && failed=0 || failed=1	# 512 KiB: the log ring does not fit either
is "a limit of file sizes kills nobody" test $failed = 0
sepia -k interrupt
till gone

# ---- a full disk
if [ "$(id -u)" = 0 ] && mkdir "$T/disk" && mount -t tmpfs -o size=20m,mode=777 none "$T/disk" 2>/dev/null; then
	with "$T/disk/c"
	is "-z on a full disk is refused" not sepia -z 2>"$T/err"
	is "clearly" says "cannot make sepia-segments of 6[0-9] MB in it: No space left on device"
	is "and takes no room" test "$(df --output=used -m "$T/disk" | tail -1)" -lt 2
	is "it starts" sepia 2>"$T/err"
	is "serves" all_good "$("$HAMMER" "$PORT" 100 2 1)"
	is "without a cache" off "$T/disk/c"
	is "and says so" says "cache_dir $T/disk/c is off: .*No space left"
	mount -o remount,size=200m "$T/disk"
	kill -9 "$(pid_of keeper 0)"
	is "with room it is on" till on "$T/disk/c"
	sepia -k interrupt
	till gone
	mount -o remount,ro "$T/disk"
	is "read-only: it starts" sepia 2>"$T/err"
	is "without a cache" off "$T/disk/c"
	is "and says so" says "cache_dir $T/disk/c is off: .*Read-only"
	sepia -k interrupt
	till gone
	mount -o remount,rw,size=300m "$T/disk"
	rm -r "$T/disk/c"
	with "$T/disk/c" 50000
	is "larger than its disk: it starts" sepia 2>"$T/err"
	is "and says so" says "cache_dir $T/disk/c: its disk has no room for 50000 MB: it has 22[0-9] MB"
	is "on" till on "$T/disk/c"
	is "and leaves room to others" test "$(df --output=avail -m "$T/disk" | tail -1)" -gt 60
	sepia -k interrupt
	till gone
	umount "$T/disk"
fi
done_testing
