#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Reloads: under load without one failure, with errors without effect, with ports and workers that come and go.
. "${srcdir:-.}/test/proc/procs.sh"

set_conf shutdown_lifetime "60 seconds"
sepia || exit 99
"$HAMMER" "$PORT" 120000 6 1 > "$T/new" 2>&1 &
H1=$!
"$HAMMER" "$PORT" 120000 2 20 > "$T/kept" 2>&1 &
H2=$!
reloads=0
for w in 3 1 4 2 1 2; do
	set_conf workers $w
	sepia -k reconfigure && [ "$(sepia -k status | awk '/^master/ { print $7 }')" = $w ] && reloads=$((reloads + 1))
	sleep 0.3
done
kill -HUP "$(cat "$T/sepia.pid")"
sleep 0.5
kill $H1 $H2
wait $H1 $H2
is "six reloads, each with another number of workers" test $reloads = 6
is "new connections notice nothing" all_good "$(cat "$T/new")"
is "open connections notice nothing" all_good "$(cat "$T/kept")"
old_gone() { test "$(count worker)" = 2; }
is "the old workers are gone" till old_gone

echo "htp_access deny all" >> "$C"
is "a mistake is an error" not sepia -k reconfigure 2>"$T/err"
is "with file, line, column and the likely name" grep -q "sepia.conf:1[0-2]:1: error: .*htp_access.*http_access" "$T/err"
is "and without effect" all_good "$("$HAMMER" "$PORT" 100 2 1)"
sed '/^htp_/d' "$C" > "$C.new" && cat "$C.new" > "$C"

take_port 8 && P2=$port
echo "http_port 127.0.0.1:$P2" >> "$C"
is "a port is added" sepia -k reconfigure
is "and serves" all_good "$("$HAMMER" "$P2" 100 2 1)"
is "like the other" all_good "$("$HAMMER" "$PORT" 100 2 1)"
"$HAMMER" "$PORT" 60000 2 1 > "$T/out" 2>&1 &
H=$!
sed '$d' "$C" > "$C.new" && cat "$C.new" > "$C"
is "it is removed" sepia -k reconfigure
nobody_listens() { test "$("$HAMMER" "$P2" 1 1 1 | awk '{ print $4 }')" -gt 0; }
is "nobody listens there" till nobody_listens
kill $H
wait $H
is "the other one noticed nothing" all_good "$(cat "$T/out")"

"$HAMMER" tunnel "$PORT" > "$T/tunnel" 2>&1 &
H=$!
is "a tunnel is opened" till grep -q open "$T/tunnel"
is "a reload beside it" sepia -k reconfigure
sleep 0.2
is "leaves it alone" test "$(wc -l < "$T/tunnel")" = 1
is "its worker drains" grep -q . <<EOF
$(sepia -k status | grep draining)
EOF

# A list that takes a while: who is killed meanwhile is not kept waiting for its end.
seq -f "host%.0f.example.com" 1 2000000 > "$T/list"
sed "s|^http_access allow all|acl big dstdomain \"$T/list\"\nhttp_access deny big\nhttp_access allow all|" "$C" > "$C.new" && cat "$C.new" > "$C"
there() { W=$(pid_of worker 1); [ -n "$W" ]; }
big_reload() {
	till there
	G=$(sepia -k status | awk '/^master/ { print $5 }')
	sepia -k reconfigure &
	R=$!
	sleep 0.1
	kill -9 "$W"
	wait $R
}
order() { awk -v g="generation $((G + 1)))" -v w="(process $W)" 'index($0, w " was killed by signal 9") { dead = NR } index($0, g " was read") { read = NR } END { exit !(dead > 0 && dead < read) }' "$T/log/cache.log"; }
# On a busy machine the signal may come when the list is read already.
for i in 1 2 3 4 5 6 7 8; do
	is "a reload with two million names" big_reload
	order && break
done
is "who was killed meanwhile was replaced before it was read" order
is "all serve" all_good "$("$HAMMER" "$PORT" 200 2 1)"
done_testing
