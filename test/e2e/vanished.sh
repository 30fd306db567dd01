#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An origin's machine, or a firewall on the way, forgets a connection without a word while it is idle: the next request asks again on another one. Packets
# are lost by netfilter, in a network namespace of this test's own: needs root and nft. And an address of our own that is none.
if [ -z "${SEPIA_NETNS-}" ]; then
	[ "$(id -u)" = 0 ] && command -v nft >/dev/null && command -v ss >/dev/null && unshare -n true 2>/dev/null || { echo "no root, nft, ss or namespaces"; exit 77; }
	SEPIA_NETNS=1 exec unshare -n "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
ip link set lo up
nft -f - 2>"$T/nft" <<END || { cat "$T/nft"; echo "no filter"; exit 77; }
table ip t {
	set gone { type inet_service; }
	chain in {
		type filter hook input priority 0;
		tcp dport 8081 tcp sport @gone drop
	}
}
END
cat >"$T/origin.py" <<END
import http.server
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        self.rfile.read(int(self.headers.get('Content-Length', 0)))
        self.send_response(200)
        self.send_header('Content-Length', '4')
        self.end_headers()
        self.wfile.write(b'well')
    do_POST = do_GET
    def log_message(self, *a):
        pass
http.server.ThreadingHTTPServer(('127.0.0.2', 8081), H).serve_forever()
END
python3 "$T/origin.py" &
own="$own $!"
till curl -s -o /dev/null http://127.0.0.2:8081/
proxy <<END
workers 1
destination_access allow all
http_access allow all
acl elsewhere urlpath_regex ^/elsewhere
tcp_outgoing_address 192.0.2.1 elsewhere
END
kept() { ss -Htn state established dst 127.0.0.2:8081 | awk '{ n = split($3, a, ":"); print a[n] }'; }
# vanish: what is open to the origin is forgotten
vanish() { local p n=0; for p in $(kept); do nft add element ip t gone "{ $p }" && n=$((n + 1)); done; [ $n -gt 0 ]; }
say() { local got; got=$(curl -sS -m 20 -x "http://127.0.0.1:$port" "$@" http://127.0.0.2:8081/); [ "$got" = well ] || { echo "said: $got"; return 1; }; }
check "it answers" say
check "its connection is kept, and forgotten by the other side" vanish
check "the next request is answered nevertheless" say
check "again" vanish
check "a request that cannot be repeated goes out on a new one" say -d "a=b"
code() { local want=$1 got; got=$(curl -sS -m 20 -x "http://127.0.0.1:$port" -o /dev/null -w '%{http_code}' "$2"); [ "$got" = "$want" ] || { echo "status $got"; return 1; }; }
check "the log" till log_has 'length == 3 and all(.status == 200) and (.[1] | .end - .time > 2 and .end - .time < 12) and (.[2] | .end - .time < 2)'
check "from an address that is not this machine's nobody is reached" code 503 http://127.0.0.2:8081/elsewhere
check "and it is said" grep -q "WARNING: cannot connect from 192.0.2.1: no address of this machine" "$T/messages"
