# SPDX-License-Identifier: Apache-2.0
# Sourced by the process tests: a directory, a configuration, and what to do with them. Run from the build directory.

SEPIA=${SEPIA:-$PWD/src/sepia}
HAMMER=${HAMMER:-$PWD/test/proc/hammer}
[ -x "$SEPIA" ] && [ -x "$HAMMER" ] || { echo "no $SEPIA or $HAMMER"; exit 77; }
grep -q __asan_init "$SEPIA" && SLOW=1 || SLOW=0

# INSIDE: the directory, of a test that runs itself again in surroundings of its own
T=${INSIDE:-$(mktemp -d /tmp/sepia-test.XXXXXX)} || exit 99
chmod 755 "$T"
mkdir "$T/log"
chmod 777 "$T" "$T/log"
C=$T/sepia.conf
. "${srcdir:-.}/test/ports.sh"
take_port 9 && PORT=$port
failures=0

cat > "$C" <<EOF
http_port 127.0.0.1:$PORT
workers 2
pid_filename $T/sepia.pid
run_dir $T/run
cache_log $T/log/cache.log
access_log stdio:$T/log/access.log
shutdown_lifetime 2 seconds
logfile_rotate 3
destination_access allow all
http_access allow all
EOF
[ "$(id -u)" = 0 ] && echo "cache_effective_user nobody" >> "$C"

finish() {
	"$SEPIA" -f "$C" -k kill 2>/dev/null
	wait 2>/dev/null
	if [ $failures != 0 ]; then
		echo "--- cache.log"
		cat "$T/log/cache.log"
	fi
	give_ports "$PORT" "$P2"
	[ -n "$INSIDE" ] || rm -rf "$T"
}
P2=
trap finish EXIT

# is WHAT COMMAND...: the command succeeds
is() {
	what=$1
	shift
	if "$@"; then
		echo "ok   $what"
	else
		echo "FAIL $what"
		failures=$((failures + 1))
	fi
}

not() { ! "$@"; }
sepia() { "$SEPIA" -f "$C" "$@"; }
pid_of() { sepia -k status | awk -v r="$1" -v n="$2" '$1 == r && $2 == n && / (serving|draining) / { print $4; exit }'; }
count() { sepia -k status | grep -c "^$1"; }
gone() { ! sepia -k check 2>/dev/null; }

# till COMMAND...: tries for up to 60 seconds, which are for a machine that is busy
till() {
	till_end=$(($(ms) + 60000))
	while ! "$@"; do
		[ "$(ms)" -lt $till_end ] || return 1
		sleep 0.01
	done
}

# in_time MS COMMAND...: the command sets `took`; it succeeds, and takes no longer where nobody else keeps the machine busy: it has ten chances, and three times as long on a
# machine where programs start three times as slowly as on the one whose numbers these are.
in_time() {
	in_time_most=$(($1 * $(pace) / 100))
	shift
	for in_time_chance in 1 2 3 4 5 6 7 8 9 10; do
		"$@" || return 1
		[ $SLOW = 1 ] || [ $took -le $in_time_most ] && break
	done
	echo "     $took ms"
	[ $SLOW = 1 ] || [ $took -le $in_time_most ]
}
# pace: how long programs take to start, in percent of what they take where that takes 1.5 ms; at least 100
pace() {
	pace_best=9999
	for pace_round in 1 2 3 4 5; do
		pace_began=$(ms)
		for pace_one in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			/bin/true
		done
		pace_took=$(($(ms) - pace_began))
		[ $pace_took -lt $pace_best ] && pace_best=$pace_took
	done
	[ $pace_best -gt 40 ] || pace_best=40
	echo $((pace_best * 100 / 40))
}

# all_good TEXT: what hammer printed tells of no failure, and of some success
all_good() {
	echo "     $1"
	case $1 in
	"ok 0 "*) return 1 ;;
	ok*" refused 0 cut 0 wrong 0 "*) return 0 ;;
	esac
	return 1
}

set_conf() { sed "s|^$1 .*|$1 $2|" "$C" > "$C.new" && cat "$C.new" > "$C"; }
ms() { date +%s%3N; }
done_testing() { [ $failures = 0 ]; exit; }
