#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Faults under load: for SECONDS (20) four workers serve while every second one of them is killed, the logger is killed, and the settings are
# reloaded. No wrong or truncated body may look complete, no request may fail but on a connection of a killed worker, and no finished request
# may miss its line in the log.
. "$(dirname "$0")/lib.sh"
seconds=${2:-20}
origin_port=$(free_port)
command -v ss >/dev/null || { echo "no ss"; exit 77; }
[ -x "$build/test/load/faults" ] && [ -x "$build/test/load/origin" ] || make -s -C "$build" test/load/faults test/load/origin || { echo "not ok the load builds"; exit 1; }

"$build/test/load/origin" -h "$origin_port" >"$T/origin" &
own=$!
proxy <<END
workers 4
destination_access allow all
http_access allow all
cache_log $T/d/cache.log
END

status() { "$sepia" -f "$T/sepia.conf" -k status; }

# Stops a worker, notes the ports of the clients it has, kills it.
kill_worker() {
	local victim
	victim=$(status | awk '$1 == "worker" && / serving / { print $4 }' | shuf -n 1)
	[ -n "$victim" ] || return
	kill -STOP "$victim" || return
	ss -tnpH state all "sport = :$port" | grep "pid=$victim," | awk '{ for (i = 1; i <= NF; i++) if ($i ~ /:[0-9]+$/) last = $i; sub(/.*:/, "", last); print last }' >>"$T/victims"
	kill -KILL "$victim" && echo "worker $victim" >>"$T/killed"
}

kill_logger() {
	local victim
	victim=$(status | awk '$1 == "logger" && / serving / { print $4 }')
	[ -n "$victim" ] && kill -KILL "$victim" && echo "logger $victim" >>"$T/killed"
}

: >"$T/victims"
: >"$T/killed"
"$build/test/load/faults" "$port" "$origin_port" "$seconds" 24 >"$T/outcomes" &
load=$!
# every WHAT: once a second while there is load
every() {
	while kill -0 $load 2>/dev/null; do
		"$@"
		sleep 1
	done
}
reload() {
	if "$sepia" -f "$T/sepia.conf" -k reconfigure >"$T/reload" 2>&1; then
		echo accepted
	else
		echo refused
		cat "$T/reload" >&2
	fi >>"$T/reloads"
}
: >"$T/reloads"
every kill_worker &
killers=$!
sleep 0.3
every kill_logger &
killers="$killers $!"
sleep 0.3
every reload
wait $load $killers
reloads=$(grep -c accepted "$T/reloads") refused=$(grep -c refused "$T/reloads")

n() { grep -c "^$1 " "$T/outcomes"; }
echo "   $(n done) done, $(n cut) cut, $(n again) kept connections ended, $(n refused) refused, $(n wrong) wrong;" \
    "$(grep -c worker "$T/killed") workers and $(grep -c logger "$T/killed") loggers killed, $reloads reloads"

check "many requests were answered" test "$(n done)" -gt 500
check "workers and loggers were killed, settings reloaded" test "$(grep -c worker "$T/killed")" -ge 3 -a "$(grep -c logger "$T/killed")" -ge 3 -a $reloads -ge 3
check "every reload was accepted" test $refused = 0
check "no answer was wrong, or truncated and yet complete" sh -c "! grep '^wrong ' '$T/outcomes'"
check "no connection was refused" sh -c "! grep '^refused ' '$T/outcomes'"
sort -u "$T/victims" >"$T/victims.sorted"
awk '$1 == "cut" { print $3 }' "$T/outcomes" | sort -u | comm -23 - "$T/victims.sorted" >"$T/unexplained"
check "only connections of killed workers were cut" sh -c "! grep . '$T/unexplained'"

# The lines are in the rings; the last of them may still be on their way.
awk '$1 == "done" { print $2 }' "$T/outcomes" | sort >"$T/finished"
missing() {
	grep -o '?r[0-9]*-[0-9]*"' "$T/d/access.json" | tr -d '?"' | sort >"$T/lines"
	sort -u "$T/lines" | comm -23 "$T/finished" - >"$T/missing"
	[ ! -s "$T/missing" ]
}
till 5 missing
check "no finished request misses its line in the log" sh -c "! head -5 '$T/missing' | grep ."
check "every line of the log is a JSON object" sh -c "jq -e . '$T/d/access.json' >/dev/null"
twice=$(uniq -d "$T/lines" | wc -l)
check "no request has two lines" test "$twice" = 0
