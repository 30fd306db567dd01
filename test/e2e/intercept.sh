#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Connections that netfilter redirects to an intercepting port, in a network namespace of their own: needs root and nft.
if [ -z "${SEPIA_NETNS-}" ]; then
	[ "$(id -u)" = 0 ] && command -v nft >/dev/null && unshare -n true 2>/dev/null || { echo "no root, nft or namespaces"; exit 77; }
	SEPIA_NETNS=1 exec unshare -n "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
ip link set lo up
other=$origin_port
nft -f - 2>"$T/nft" <<END || { cat "$T/nft"; echo "no NAT"; exit 77; }
table ip t {
	chain out {
		type nat hook output priority -100;
		ip daddr { 127.0.0.2, 127.0.0.3 } tcp dport 8081 meta skuid 0 redirect to :$other
	}
}
END
for i in 2 4; do
	mkdir -m 755 "$T/w$i"
	echo "server $i" >"$T/w$i/index.html"
	python3 -m http.server -p HTTP/1.1 --bind 127.0.0.$i --directory "$T/w$i" 8081 >/dev/null 2>&1 &
	own="$own $!"
done
echo "127.0.0.4 www.example" >"$T/hosts"
proxy <<END
http_port 127.0.0.1:$other intercept
workers 1
hosts_file $T/hosts
destination_access allow all
acl third dst 127.0.0.3
acl bad dstdomain bad.example
http_access deny third
http_access deny bad
http_access allow all
END
say() { local want=$1; shift; local got; got=$(curl -sS -m 10 "$@"); [ "$got" = "$want" ] || { echo "said: $got"; return 1; }; }
code() { local want=$1; shift; local got; got=$(curl -sS -m 10 -o /dev/null -w '%{http_code}' "$@"); [ "$got" = "$want" ] || { echo "status $got"; return 1; }; }
till curl -s -o /dev/null http://127.0.0.4:8081/
till grep -q '0200007F:1F91 00000000:0000 0A' /proc/net/tcp		# the other one listens, too: asking it would go through the proxy
check "a redirected request goes where it was sent to, whatever its Host says" say "server 2" -H "Host: www.example" http://127.0.0.2:8081/
check "its connection serves nobody who asks for that name" say "server 4" -x "http://127.0.0.1:$port" http://www.example:8081/
check "and the other way round" say "server 2" -H "Host: www.example:8081" http://127.0.0.2:8081/
check "Host is an address, and another one" say "server 2" -H "Host: 127.0.0.4" http://127.0.0.2:8081/
check "without Host" say "server 2" --http1.0 -H "Host:" http://127.0.0.2:8081/
check "dst judges the address that it was sent to" code 403 -H "Host: www.example" http://127.0.0.3:8081/
check "dstdomain judges the Host" code 403 -H "Host: bad.example" http://127.0.0.2:8081/
check "who comes straight to the port goes where Host says" say "server 4" -H "Host: www.example:8081" "http://127.0.0.1:$other/"
check "and is told of" grep -q "not known where 127.0.0.1 wanted to go (it was not redirected)" "$T/messages"
check "the log" till log_has '.[0] | .host == "www.example" and .target_port == 8081 and .route == "ORIGINAL_DST" and
    (.origin | startswith("127.0.0.2")) and (.local | startswith("127.0.0.2"))'
check "an absolute target is no other place" say "server 2" --request-target http://www.example:8081/ http://127.0.0.2:8081/
check "its name is judged" code 403 --request-target http://bad.example/ http://127.0.0.2:8081/
check "and no tunnel begins there" code 405 -X CONNECT --request-target 127.0.0.4:8081 http://127.0.0.2:8081/
check "the log of a wrong address" till log_has '.[3].url == "http://127.0.0.2:8081/"'
