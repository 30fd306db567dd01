#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The clock is set forwards and backwards by an hour while the proxy runs (libfaketime): what was stored by a clock that was wrong is asked for anew and
# stored anew, what was stored before goes on as it was, and no connection, timer or log minds.
lib=$(ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null | head -1)
[ -n "$lib" ] || { echo "no libfaketime"; exit 77; }
grep -q __asan_init "$1/src/sepia" && { echo "libfaketime and sanitizers do not go together"; exit 77; }
. "$(dirname "$0")/clients_lib.sh"
echo hello >"$T/www/page"
cat >"$T/origin.py" <<END
import http.server
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        self.wfile.write(b'HTTP/1.1 200 OK\r\nCache-Control: max-age=600\r\nContent-Length: 5\r\n\r\nhello')
    def log_message(self, *a):
        pass
http.server.ThreadingHTTPServer(('127.0.0.1', $origin_port), H).serve_forever()
END
python3 "$T/origin.py" &
own="$own $!"
till curl -s -o /dev/null "http://127.0.0.1:$origin_port/"
shared() { ls /dev/shm 2>/dev/null | grep faketime | sort; }
shared >"$T/shared"
set_clock() { echo "$1" >"$T/clock"; }
set_clock +0
chmod 644 "$T/clock"
export LD_PRELOAD=$lib FAKETIME_TIMESTAMP_FILE=$T/clock FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1
store </dev/null
unset LD_PRELOAD
# says WORDS PATH: how it was answered
says() { local got; got=$(curl -sS -m 10 -x "http://127.0.0.1:$port" -o /dev/null -D- "$site/$2" | tr -d '\r' | sed -n 's/^Cache-Status: [^;]*; //p'); case $got in $1*) ;; *) echo "$got"; return 1 ;; esac; }
# a worker reads the clock a few times a second
steps() { set_clock "$1"; sleep 1; }
check "stored at the right time" says "fwd=uri-miss; stored" before
check "and served" says hit before
steps +1h
check "an hour ahead it is stale" says "fwd=stale; stored" before
check "stored an hour ahead" says "fwd=uri-miss; stored" ahead
check "and served" says hit ahead
steps +0
check "set back: what came from the future is asked for anew, and stored" says "fwd=stale; stored" ahead
check "and served" says hit ahead
check "what was asked for anew in the future, too" says "fwd=stale; stored" before
steps +30s
check "half a minute is no step" says hit ahead
steps -20s
check "nor is it backwards" says hit ahead
check "the log" till log_has 'map(select(.url | test("before|ahead"))) | length == 10 and all(.status == 200)'
# what the library leaves behind of processes that are killed
shared | comm -13 "$T/shared" - | sed 's,^,/dev/shm/,' | xargs -r rm -f
