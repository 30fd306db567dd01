#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# RLIMIT_NOFILE: the soft limit goes up to the hard one, whatever that is; memory does not depend on it; more connections than fit are served, later.
. "${srcdir:-.}/test/proc/procs.sh"

CROWD=${srcdir:-.}/test/proc/crowd.py
MANYFILES=${MANYFILES:-$PWD/test/proc/manyfiles.so}
set_conf workers 1
log() { grep -q "$1" "$T/log/cache.log"; }
limit_of() { awk '/^Max open files/ { print $4 " " $5 }' "/proc/$1/limits"; }
# What is their own of all processes, in KB: of what they map from files others may have a share. Nothing where this user may not look (a worker belongs to nobody who could)
memory() {
	M=$(cat "$T/sepia.pid")
	for p in $M $(cat "/proc/$M/task/$M/children"); do
		awk '/^Pss_(Anon|Shmem):/ { print $2; n++ } END { if (n != 2) print "unknown" }' "/proc/$p/smaps_rollup" 2>/dev/null || echo unknown
	done | awk '/unknown/ { bad = 1 } { sum += $1 } END { print bad ? "" : sum }'
}
# measured NAME: it serves, and leaves in NAME what it takes then
measured() {
	is "it serves" all_good "$("$HAMMER" "$PORT" 300 4 1)"
	sleep 0.1
	eval "$1=\$(memory)"
}
stop() {
	sepia -k interrupt
	till gone
}
near() { [ $(($1 - $2)) -lt 1024 ] && [ $(($2 - $1)) -lt 1024 ]; }

# ---- 1,024
is "a soft limit of 256 under a hard one of 1,024" sh -c "ulimit -S -n 256 && ulimit -H -n 1024 && exec '$SEPIA' -f '$C'"
is "is raised to the hard one" test "$(limit_of "$(pid_of worker 1)")" = "1024 1024"
measured few
stop

# ---- the most that this machine permits: root may raise the hard limit as well, where CAP_SYS_RESOURCE was not taken from it
most=$(ulimit -H -n)
[ "$most" != unlimited ] || most=$(cat /proc/sys/fs/nr_open)
raised() { (ulimit -H -n 1000000 && ulimit -S -n 1024 && sepia) 2>/dev/null; }
if raised; then
	most=1000000
else
	echo "     this user may not raise the hard limit to 1,000,000: with $most, and with a machine that is played"
	is "a soft limit of 1,024 under a hard one of $most" sh -c "ulimit -S -n 1024 && exec '$SEPIA' -f '$C'"
fi
is "is raised to $most" test "$(limit_of "$(pid_of worker 1)")" = "$most $most"
measured many
stop

# ---- what the proxy believes is all that its memory could depend on
if [ -e "$MANYFILES" ]; then
	ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" LD_PRELOAD=$MANYFILES "$SEPIA" -f "$C" || exit 99
	measured believed
	stop
else
	echo "     no $MANYFILES"
fi
if [ $SLOW = 0 ] && [ -n "$few" ]; then
	is "as much memory with $most descriptors as with 1,024 ($many and $few KB)" near "$many" "$few"
	is "as with a million ($believed KB)" near "$believed" "$few"
else
	echo "     skipped: memory cannot be compared here"
fi

# ---- more than fit: each worker has 1,024 descriptors, a client that is served needs two
served() {
	echo "     $1"
	case $1 in
	skip:*) echo "     skipped: ${1#skip: }" ;;
	"ok $2 other 0 cut 0 late 0 "*) return 0 ;;
	*) return 1 ;;
	esac
}
if [ -x /usr/bin/python3 ]; then
	is "a limit of 1,024" sh -c "ulimit -n 1024 && exec '$SEPIA' -f '$C'"
	W=$(pid_of worker 1)
	began=$(ms)
	is "2,048 clients are served" served "$(/usr/bin/python3 "$CROWD" "$PORT" 2048)" 2048
	is "who keep their connections, too" served "$(/usr/bin/python3 "$CROWD" "$PORT" 2048 stay)" 2048
	is "and behind 1,100 who say nothing" served "$(/usr/bin/python3 "$CROWD" "$PORT" 1024 silent 1100)" 1024
	is "and behind 1,100 who never come to an end" served "$(/usr/bin/python3 "$CROWD" "$PORT" 1024 dawdling 1100)" 1024
	is "it is said" log "connections wait to be accepted: nearly all descriptors are in use"
	times=$(grep -c "connections wait to be accepted" "$T/log/cache.log")
	is "once a minute ($times)" test "$times" -le $((($(ms) - began) / 60000 + 1))
	is "by the same worker" test "$(pid_of worker 1)" = "$W"
	is "all is well" all_good "$("$HAMMER" "$PORT" 200 2 1)"
	stop
	is "a limit of 80" sh -c "ulimit -n 80 && exec '$SEPIA' -f '$C'"
	is "200 clients are served" served "$(/usr/bin/python3 "$CROWD" "$PORT" 200 stay)" 200
else
	echo "     skipped: no python3 for the crowds"
fi
done_testing
