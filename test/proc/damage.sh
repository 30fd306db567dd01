#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A process of the proxy's user does to the files in the run directory what it may: the master lives, and what was killed by it comes back.
. "${srcdir:-.}/test/proc/procs.sh"

sepia || exit 99
M=$(cat "$T/sepia.pid")
alive() { kill -0 "$M" && test "$(cat "$T/sepia.pid")" = "$M"; }
good() { all_good "$("$HAMMER" "$PORT" 300 2 1)"; }
lines() { cat "$T"/log/access.log* 2>/dev/null | wc -l; }
cut() {
	for f in "$T"/run/ring.* "$T/run/destinations"; do
		: > "$f"
	done
}
# kills ROLE NUMBER: and waits for the next one
kills() {
	till there "$1" "$2"
	kill -9 "$was"
	till another "$1" "$2"
}
there() { was=$(pid_of "$1" "$2"); [ -n "$was" ]; }
another() { n=$(pid_of "$1" "$2"); [ -n "$n" ] && [ "$n" != "$was" ]; }
grows() { test "$(lines)" -gt "$before"; }
serves() { before=$(lines); good && till grows; }
all_there() { test -n "$(pid_of logger 0)" -a -n "$(pid_of worker 1)" -a -n "$(pid_of worker 2)"; }

is "it serves" serves

cut
kills logger 0
kills worker 1
kills worker 2
is "killed processes come back although all files were cut off" till all_there
is "the master lives" alive
is "it is said" grep -q "somebody damaged" "$T/log/cache.log"
is "it serves and writes its log" serves

cut
is "a rotation" sepia -k rotate
is "a reload" sepia -k reconfigure
is "leave the master alive" alive
cut
"$HAMMER" "$PORT" 300 2 1 > /dev/null		# those who touch what is gone are killed
is "and again it serves and writes its log" till serves
is "with the same master" alive

rm -r "$T"/run/ring.*
for i in 0 1 2 3; do
	mkdir "$T/run/ring.$i"
done
is "a reload without files" sepia -k reconfigure
is "the master still lives" alive
is "and it serves" good
is "-k shutdown" sepia -k shutdown
is "ends in order" till gone
done_testing
