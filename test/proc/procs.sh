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
PORT=$("$HAMMER" port)
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
	[ -n "$INSIDE" ] || rm -rf "$T"
}
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

# till COMMAND...: tries for up to 5 seconds
till() {
	i=0
	while ! "$@"; do
		i=$((i + 1))
		[ $i -gt 500 ] && return 1
		sleep 0.01
	done
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
