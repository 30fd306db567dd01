# SPDX-License-Identifier: Apache-2.0
# Sourced by the end-to-end tests, each called with the build directory: a folder, a proxy, results. A test prints "ok WHAT" or "not ok WHAT" for each
# thing it looks at, "ok TEST:PROGRAM # skipped" for a program that is missing; exit status 1 if any was not, 77 if it cannot run here.
set -u
build=$(realpath "$1")
sepia=$build/src/sepia
here=$(dirname "$(realpath "$0")")
[ -x "$sepia" ] || { echo "not ok $sepia is there"; exit 99; }
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
T=$(mktemp -d "${TMPDIR:-/tmp}/sepia-e2e.XXXXXX") || exit 99
chmod 755 "$T"
mkdir -m 777 "$T/d"
bad=0
own=			# processes of this test, by number

. "$here/../ports.sh"

# check WHAT COMMAND...: ok if the command succeeds
check() {
	local what=$1
	shift
	if "$@" >"$T/said" 2>&1; then
		echo "ok $what"
	else
		echo "not ok $what"
		head -c 3000 "$T/said"
		bad=1
	fi
}

# has PROGRAM [COMMAND...]: whether it is there (the command succeeds); a part that is left out as it is not counts as skipped
has() {
	local name=$1
	shift
	[ $# -gt 0 ] || set -- command -v "$name"
	"$@" >/dev/null 2>&1 && return
	echo "ok $(basename "$0" .sh):$name # skipped"
	return 1
}

# till COMMAND...: again and again until it succeeds, for a minute at most
till() {
	local end=$((SECONDS + 60))
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# proxy: starts it with the configuration from standard input, behind a common beginning
proxy() {
	{
		echo "http_port 127.0.0.1:$port"
		echo "pid_filename $T/d/sepia.pid"
		echo "run_dir $T/d/run"
		echo "visible_hostname sepia.test"
		echo "shutdown_lifetime 1 second"
		echo "strip_query_terms off"
		echo "access_log stdio:$T/d/access.json logformat=json"
		cat
	} >"$T/sepia.conf"
	"$sepia" -N -f "$T/sepia.conf" >"$T/messages" 2>&1 &
	pid=$!
	till grep -qs serving: "$T/messages" || { echo "not ok the proxy starts"; cat "$T/messages"; exit 1; }
}

finish() {
	local p
	for p in $own; do kill "$p" 2>/dev/null; done
	if [ -n "${pid-}" ] && kill -INT "$pid" 2>/dev/null; then
		wait "$pid"
		[ $? = 0 ] || { echo "not ok the proxy ends in order"; cat "$T/messages"; bad=1; }
	fi
	if grep -qE 'panic|Sanitizer|runtime error' "$T/messages" 2>/dev/null; then
		echo "not ok the proxy's messages"
		cat "$T/messages"
		bad=1
	fi
	give_ports "${port-}" "${origin_port-}" "${tls_port-}"
	rm -rf "$T"
	exit $bad
}
trap finish EXIT
take_port 7 && origin_port=$port
take_port 8 && tls_port=$port
take_port 9
pid=
# every record of the access log: jq expression over the array of them
log_has() { jq -es "$1" "$T/d/access.json" >/dev/null 2>&1; }
