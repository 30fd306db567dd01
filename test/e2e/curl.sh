#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# curl through the proxy: HTTP and HTTPS, up and down, with and without a user; PAC files as pacparser reads them.
. "$(dirname "$0")/lib.sh"
[ -x "$build/test/load/origin" ] || make -s -C "$build" test/load/origin || { echo "not ok the origin builds"; exit 1; }
"$build/test/load/origin" -h "$origin_port" >"$T/origin" &
own=$!
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=secure.test -addext subjectAltName=DNS:secure.test -keyout "$T/key" -out "$T/cert" 2>/dev/null
(cd "$T" && mkdir www && head -c 3000000 /dev/urandom >www/file && cd www && exec openssl s_server -accept "127.0.0.1:$tls_port" -key "$T/key" -cert "$T/cert" -WWW -quiet) >"$T/tls" 2>&1 &
own="$own $!"
echo "127.0.0.1 site.test secure.test" >"$T/hosts"
chmod 644 "$T/hosts"
head -c 5000000 /dev/urandom >"$T/upload"

proxy <<END
workers 2
hosts_file $T/hosts
destination_access allow all
auth_param basic file $here/../scenario/users.htpasswd
auth_param basic realm office
acl users proxy_auth REQUIRED
acl private urlpath_regex ^/bytes/77
acl denied dstdomain denied.test
http_access deny denied
http_access deny private !users
http_access allow all
pac_proxy 127.0.0.1:$port
pac_direct .intranet.test 10.0.0.0/8
END

c() { curl -sS -m 20 -x "http://127.0.0.1:$port" "$@"; }
code() { local want=$1; shift; local got; got=$(c -o /dev/null -w '%{http_code}' "$@"); [ "$got" = "$want" ] || { echo "status $got"; return 1; }; }
same() { [ "$(sha256sum <"$1")" = "$(sha256sum <"$2")" ]; }
direct() { curl -sS "http://127.0.0.1:$origin_port$1" >"$T/direct" && c "http://site.test:$origin_port$1" >"$T/through" && same "$T/direct" "$T/through"; }

check "GET" direct /bytes/100000
check "GET, chunked" direct /chunked/1000000
check "GET, ended by close" direct /close/300000
check "GET, nothing" direct /bytes/0
check "a broken answer is an error" sh -c "! curl -s -m 20 -x http://127.0.0.1:$port http://site.test:$origin_port/short/100000 -o /dev/null"
check "HEAD" code 200 -I "http://site.test:$origin_port/1k"
check "HTTP/1.0" code 200 -0 "http://site.test:$origin_port/1k"
check "POST with a length, 100-continue" code 200 --data-binary "@$T/upload" -H 'Expect: 100-continue' "http://site.test:$origin_port/1k"
check "several requests on a connection" sh -c "[ \$(curl -sS -m 20 -x http://127.0.0.1:$port -w '%{num_connects}' -o /dev/null -o /dev/null -o /dev/null http://site.test:$origin_port/bytes/1[1-3]) = 100 ]"
check "HTTPS by CONNECT" c --cacert "$T/cert" -o "$T/file" "https://secure.test:$tls_port/file"
check "HTTPS: the very bytes" same "$T/file" "$T/www/file"
check "CONNECT for plain HTTP" sh -c "curl -sS -m 20 -p -x http://127.0.0.1:$port http://site.test:$origin_port/bytes/26 | grep -qx abcdefghijklmnopqrstuvwxyz"
check "a denied site" code 403 http://denied.test/
check "no user: 407" code 407 "http://site.test:$origin_port/bytes/77"
check "a user: 200" code 200 -U joe:secret "http://site.test:$origin_port/bytes/77"
check "any scheme: curl is asked, and answers on the same connection" code 200 --proxy-anyauth -U ann:secret "http://site.test:$origin_port/bytes/77"
check "a wrong password: 407" code 407 -U joe:wrong "http://site.test:$origin_port/bytes/77"
check "a name that does not exist: 503" code 503 http://nowhere.invalid/
check "the log names the users" till log_has '[.[] | select(.user != null) | .user] | unique == ["ann", "joe"]'
check "the log names the denied site and its rule" log_has 'any(.host == "denied.test" and .rule == "http_access deny denied" and .status == 403)'

check "the PAC file" curl -sS -m 10 -o "$T/proxy.pac" "http://127.0.0.1:$port/proxy.pac"
if has pactester; then
	pac() { local got; got=$(pactester -p "$T/proxy.pac" -u "$1" 2>&1); [[ $got == $2 ]] || { echo "$got"; return 1; }; }
	check "PAC: a site of the world goes through the proxy" pac http://www.example.com/ "PROXY 127.0.0.1:$port*"
	check "PAC: https too" pac https://www.example.com/ "PROXY 127.0.0.1:$port*"
	check "PAC: a direct domain" pac http://www.intranet.test/ DIRECT
	check "PAC: a direct network" pac http://10.1.2.3/ DIRECT
	check "PAC: a host without a dot" pac http://printer/ DIRECT
fi
