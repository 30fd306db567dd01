#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# In a container: everything read-only but what the configuration names, or all of it; a /dev/shm that is absent, read-only, tiny and full, or noexec. The
# mounts are in a namespace of this test's own: nobody else sees them.

if [ -z "$INSIDE" ]; then
	INSIDE=$(mktemp -d /tmp/sepia-test.XXXXXX) || exit 99
	export INSIDE
	for how in "unshare -m" "unshare -c -m --keep-caps"; do
		# shellcheck disable=SC2086
		if $how mount --bind "$INSIDE" "$INSIDE" 2> /dev/null; then
			$how "$0"
			status=$?
			rm -rf "$INSIDE"
			exit $status
		fi
	done
	rm -rf "$INSIDE"
	echo "unshare -m and mount are not permitted"
	exit 77
fi
. "${srcdir:-.}/test/proc/procs.sh"

# Who changes its ids cannot be searched for leaks.
[ $SLOW = 0 ] || export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"

mount --bind "$T" "$T" || exit 99
writable() { (: > "$1/sepia-was-here") 2> /dev/null && rm -f "$1/sepia-was-here"; }
# every mount but $T; those of the kernel have nothing to write files in
lock() {
	cut -d ' ' -f 5 /proc/self/mountinfo | sort -u | while read -r m; do
		case $m in
		"$T"*|/proc*|/sys*) ;;
		*) mount -o remount,bind,ro "$m" 2> /dev/null || mount --bind "$m" "$m" 2> /dev/null && mount -o remount,bind,ro "$m" 2> /dev/null ;;
		esac
	done
	! writable / && ! writable /tmp && ! writable /var/tmp && ! writable /dev/shm
}
is "all is read-only but one directory" lock
log() { grep -q "$1" "$T/log/cache.log"; }
lines() { test "$(wc -l < "$T/log/access.log")" -ge "$1"; }
stop() {
	sepia -k interrupt
	till gone
}

# a regex, so that code is compiled and run; a cache
sed '/^http_access/d' "$C" > "$T/kept.conf"
cat >> "$T/kept.conf" <<END
acl odd url_regex -i ^http://[a-z]+.example/(a|b)+c\$
http_access deny odd
http_access allow all
cache_dir sepia $T/cache 64
END
cp "$T/kept.conf" "$C"

# goes_through_all: what a proxy may be asked for
goes_through_all() {
	rm -f "$T"/log/*
	is "it starts" sepia
	out=$("$HAMMER" "$PORT" 200 2 5)
	is "serves" all_good "$out"
	is "and logs" till lines "$(echo "$out" | awk '{ print $2 }')"
	is "has its cache" till sh -c "'$SEPIA' -f '$C' -k status | grep -q '^cache_dir $T/cache on '"
	W=$(pid_of worker 1)
	kill -9 "$W"
	replaced() { n=$(pid_of worker 1); [ -n "$n" ] && [ "$n" != "$W" ]; }
	is "replaces a worker" till replaced
	is "reloads" sepia -k reconfigure
	is "rotates" sepia -k rotate
	is "serves" all_good "$("$HAMMER" "$PORT" 200 2 5)"
	is "says nothing of an error" not sh -c "cat '$T'/log/cache.log* | grep -v 'killed by signal 9' | grep -E 'ERROR|WARNING|panic'"
	stop
	is "has no PID file left" test ! -e "$T/sepia.pid"
}
goes_through_all

# ---- nothing at all may be written: what is only a default is done without
sed "/^pid_filename/d; /^run_dir/d; s|^cache_log.*|cache_log none|; s|^access_log.*|access_log stdio:/var/tmp/nowhere/access.log|; s|^cache_dir.*|cache_dir sepia /var/tmp/nowhere 64|" "$T/kept.conf" > "$C"
"$SEPIA" -N -f "$C" 2> "$T/log/cache.log" &
M=$!
is "without a place for anything it serves" till log "serving: 2 workers"
is "well" all_good "$("$HAMMER" "$PORT" 200 2 5)"
is "and says what is missing: the run directory" log "run_dir: .*going on without it"
is "the log" till log "/var/tmp/nowhere/access.log"
is "the cache" log "cache_dir /var/tmp/nowhere is off"
kill -HUP $M
is "it reloads" till log "the new configuration serves"
is "serves" all_good "$("$HAMMER" "$PORT" 200 2 5)"
kill -TERM $M
is "and ends" wait $M
cp "$T/kept.conf" "$C"

# ---- a disk that is full
mkdir "$T/full"
filled() { mount -t tmpfs -o size=64k,mode=777 none "$T/full" && ! dd if=/dev/zero of="$T/full/all" bs=4k 2> /dev/null; }
is "a directory is on a full disk" filled
rm -f "$T"/log/*
said() { cat "$T/err" "$T/log/cache.log" 2> /dev/null | grep -q "$1"; }
sed "s|^pid_filename.*|pid_filename $T/full/sepia.pid|; s|^run_dir.*|run_dir $T/full/run|" "$T/kept.conf" > "$C"
"$SEPIA" -N -f "$C" 2> "$T/err" &
M=$!
is "it serves" till said "serving: 2 workers"
is "well" all_good "$("$HAMMER" "$PORT" 200 2 5)"
is "and says what is missing: the number in the PID file" said "cannot write the PID file $T/full/sepia.pid: No space left"
is "the rings' files" said "run_dir $T/full/run: No space left"
is "-k says it too" not sepia -k shutdown 2> /dev/null
kill -TERM $M
is "and ends" wait $M
cp "$T/kept.conf" "$C"

# ---- /dev/shm
mkdir "$T/dev"
absent() {
	mount -t tmpfs -o mode=755 none "$T/dev" || return 1
	for d in null zero full random urandom tty; do
		: > "$T/dev/$d" && mount --bind "/dev/$d" "$T/dev/$d" || return 1
	done
	mount --bind "$T/dev" /dev && for d in null zero full random urandom tty; do
		mount --bind "$T/dev/$d" "/dev/$d" || return 1
	done
	test ! -e /dev/shm
}
tiny() { mount -t tmpfs -o size=64k,mode=1777 none /dev/shm && dd if=/dev/zero of=/dev/shm/full bs=64k count=1 2> /dev/null; }
noexec() { mount -t tmpfs -o noexec,mode=1777 none /dev/shm; }
for what in tiny noexec absent; do
	is "/dev/shm is $what" $what
	goes_through_all
done
done_testing
