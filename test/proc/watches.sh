#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The kernel can watch no more descriptors: connections are turned away and the proxy lives; then it goes on as before.
. "${srcdir:-.}/test/proc/procs.sh"

PLAYED=${PLAYED:-$PWD/test/proc/nowatches.so}
[ -e "$PLAYED" ] || { echo "no $PLAYED"; exit 77; }
NOWATCHES=$T/full ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" LD_PRELOAD=$PLAYED "$SEPIA" -f "$C" || exit 99
is "it serves" all_good "$("$HAMMER" "$PORT" 200 2 1)"
W1=$(pid_of worker 1) W2=$(pid_of worker 2)
: > "$T/full"
out=$("$HAMMER" "$PORT" 400 2 1)
echo "     $out"
is "then nobody is served" test "$(echo "$out" | awk '{ print $2 }')" = 0
is "it is said" grep -q "connections wait to be accepted: fs.epoll.max_user_watches is reached" "$T/log/cache.log"
turned_away() { sepia -k status | grep -q "^[1-9][0-9]*	connections closed at once"; }
is "and counted" turned_away
rm "$T/full"
sleep 0.1
is "with room again it serves" all_good "$("$HAMMER" "$PORT" 200 2 1)"
is "by the same worker 1" test "$(pid_of worker 1)" = "$W1"
is "by the same worker 2" test "$(pid_of worker 2)" = "$W2"
is "and no panic" not grep -q "panic\|killed by signal" "$T/log/cache.log"
done_testing
