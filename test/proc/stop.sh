#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stopping: at once, or when what is under way is finished; rotation on the way.
. "${srcdir:-.}/test/proc/procs.sh"

open_tunnel() {
	rm -f "$T/tunnel"		# what the last one said must not be taken for this one's
	"$HAMMER" tunnel "$PORT" > "$T/tunnel" 2>&1 &
	H=$!
	till grep -qs open "$T/tunnel"
}
# stops HOW: at once, which is long before shutdown_lifetime is over
stops() {
	began=$(ms)
	sepia -k "$1" && till gone
	took=$(($(ms) - began))
	echo "     $took ms"
	wait $H
	[ $took -lt 15000 ]
}
set_conf shutdown_lifetime "30 seconds"
nobody_listens() { test "$("$HAMMER" "$PORT" 1 1 1 | awk '{ print $4 }')" -gt 0; }

sepia || exit 99
is "idle, it shuts down at once" stops shutdown

sepia || exit 99
is "a tunnel" open_tunnel
is "-k interrupt does not wait for it" stops interrupt

set_conf shutdown_lifetime "6 seconds"
sepia || exit 99
is "a tunnel" open_tunnel
sepia -k shutdown
is "no new connection is taken" till nobody_listens
is "-k shutdown waits for it" sepia -k check
is "until shutdown_lifetime is over" till gone
wait $H
is "the tunnel had its time" test "$(tail -1 "$T/tunnel")" -ge 5900
set_conf shutdown_lifetime "30 seconds"

sepia || exit 99
is "a tunnel" open_tunnel
sepia -k shutdown
till nobody_listens
sleep 0.3			# two signals that nobody has looked at yet are one, and so are two in a moment
is "a second -k shutdown does not wait" stops shutdown

sepia || exit 99
before=$(wc -l < "$T/log/access.log")
out=$("$HAMMER" "$PORT" 300 2 1)
is "requests" all_good "$out"
is "-k rotate" sepia -k rotate
is "makes access.log.0" till test -e "$T/log/access.log.0"
is "and cache.log.0" till test -e "$T/log/cache.log.0"
out2=$("$HAMMER" "$PORT" 300 2 1)
is "requests" all_good "$out2"
is "stop" stops shutdown
is "no line is lost" test "$(cat "$T"/log/access.log* | wc -l)" = $((before + $(echo "$out" | awk '{ print $2 }') + $(echo "$out2" | awk '{ print $2 }')))

# A PID file that another user owns and locks: root signals in his name, and he could not signal this one.
if [ "$(id -u)" = 0 ]; then
	sleep 60 &
	V=$!
	echo $V > "$T/his.pid"
	chown nobody "$T/his.pid"
	exec 7< "$T/his.pid"
	flock 7
	sed "s|^pid_filename.*|pid_filename $T/his.pid|; s|^run_dir.*|run_dir $T/none|" "$C" > "$T/his.conf"
	is "root does not signal for others" not "$SEPIA" -f "$T/his.conf" -k shutdown 2> "$T/out"
	is "nor kills" not "$SEPIA" -f "$T/his.conf" -k kill 2>> "$T/out"
	is "and says so" grep -q "cannot signal process $V" "$T/out"
	is "the process lives" kill -0 $V
	kill $V
	exec 7<&-
fi
done_testing
