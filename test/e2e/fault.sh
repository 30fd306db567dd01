#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Faults under load: for SECONDS (20) four workers serve, half of it through the cache, while every second one of them is killed, the logger
# and the keeper are killed, and the settings are reloaded. No wrong or truncated body may look complete, no request may fail but on a
# connection of a killed worker (or where its fetch was followed), and no finished request may miss its line in the log. Then every process
# is killed at once, and started again over the same store: it answers from it, rightly.
. "$(dirname "$0")/lib.sh"
seconds=${2:-20}
command -v ss >/dev/null || { echo "no ss"; exit 77; }
[ -x "$build/test/load/faults" ] && [ -x "$build/test/load/origin" ] || make -s -C "$build" test/load/faults test/load/origin || { echo "not ok the load builds"; exit 1; }

"$build/test/load/origin" -h "$origin_port" >"$T/origin" &
own=$!
proxy <<END
workers 4
destination_access allow all
http_access allow all
cache_log $T/d/cache.log
cache_dir sepia $T/d/store 256
collapsed_forwarding on
logformat names %{X-Name}>h
access_log stdio:$T/d/names logformat=names
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

# kill_one logger|keeper
kill_one() {
	local victim
	victim=$(status | awk -v what="$1" '$1 == what && / serving / { print $4 }')
	[ -n "$victim" ] && kill -KILL "$victim" && echo "$1 $victim" >>"$T/killed"
}

: >"$T/victims"
: >"$T/killed"
"$build/test/load/faults" "$port" "$origin_port" "$seconds" 24 keep >"$T/outcomes" &
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
every kill_one logger &
killers="$killers $!"
sleep 0.2
every kill_one keeper &
killers="$killers $!"
sleep 0.2
every reload
wait $load $killers
reloads=$(grep -c accepted "$T/reloads") refused=$(grep -c refused "$T/reloads")

n() { grep -c "^$1 " "$T/outcomes"; }
hits() { grep -c '^done .* hit$' "$T/outcomes"; }
echo "   $(n done) done ($(hits) from the store), $(n cut) cut, $(n again) kept connections ended, $(n refused) refused, $(n wrong) wrong;" \
    "$(grep -c worker "$T/killed") workers, $(grep -c logger "$T/killed") loggers and $(grep -c keeper "$T/killed") keepers killed, $reloads reloads"

check "many requests were answered" test "$(n done)" -gt 500
for what in worker logger keeper; do
	check "${what}s were killed" test "$(grep -c $what "$T/killed")" -ge 3
done
check "settings were reloaded" test $reloads -ge 3
check "many answers came from the store" test "$(hits)" -gt 200
check "every reload was accepted" test $refused = 0
check "no answer was wrong, or truncated and yet complete" sh -c "! grep '^wrong ' '$T/outcomes'"
check "no connection was refused" sh -c "! grep '^refused ' '$T/outcomes'"
sort -u "$T/victims" >"$T/victims.sorted"
# cut KIND...: ports of connections that were cut though their worker lived
cut_alive() { awk -v kinds=" $* " '$1 == "cut" && index(kinds, " " $4 " ") { print $3 }' "$T/outcomes" | sort -u | comm -23 - "$T/victims.sorted"; }
cut_alive plain hit >"$T/unexplained"
check "only connections of killed workers were cut" sh -c "! grep . '$T/unexplained'"
check "hardly any that followed a killed worker's fetch" test "$(cut_alive kept | wc -l)" -le "$(grep -c worker "$T/killed")"

# The lines are in the rings; the last of them may still be on their way.
awk '$1 == "done" { print $2 }' "$T/outcomes" | sort >"$T/finished"
missing() {
	sort "$T/d/names" >"$T/lines"
	sort -u "$T/lines" | comm -23 "$T/finished" - >"$T/missing"
	[ ! -s "$T/missing" ]
}
till missing
check "no finished request misses its line in the log" sh -c "! head -5 '$T/missing' | grep ."
check "every line of the log is a JSON object" sh -c "jq -e . '$T/d/access.json' >/dev/null"
twice=$(uniq -d "$T/lines" | wc -l)
check "no request has two lines" test "$twice" = 0

# kill -9 of every process at once
family() { echo "$1"; for p in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do family "$p"; done; }
all=$(family "$pid")
disown "$pid"
kill -STOP $all 2>/dev/null
kill -KILL $all $(family "$pid") 2>/dev/null
while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
before=$(grep -c serving: "$T/messages")
"$sepia" -N -f "$T/sepia.conf" >>"$T/messages" 2>&1 &
pid=$!
again() { [ "$(grep -c serving: "$T/messages")" -gt "$before" ]; }
check "it starts after kill -9 of everything" till again
"$build/test/load/faults" "$port" "$origin_port" 3 24 keep >"$T/outcomes"
echo "   after kill -9 of everything: $(n done) done ($(hits) from the store), $(n cut) cut, $(n refused) refused, $(n wrong) wrong"
check "after kill -9 of everything it answers from the store" test "$(head -200 "$T/outcomes" | grep -c 'hit$')" -ge 50
check "after kill -9 of everything every answer is right" sh -c "! grep -E '^(wrong|cut|refused) ' '$T/outcomes'"
