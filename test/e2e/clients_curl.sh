#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# curl and wget through a proxy that stores: resumed, partial, conditional, coded, large, up and down; each first from the server, then from the store,
# and once more after every process but the master was killed.
. "$(dirname "$0")/clients_lib.sh"
head -c 100000000 /dev/urandom >"$T/www/large"
head -c 3000000 /dev/urandom >"$T/www/middle"
seq 200000 >"$T/www/text"
mkdir -p "$T/www/tree/a/b"
for i in 1 2 3; do seq $((i * 3000)) >"$T/www/tree/file$i"; seq $i 9999 >"$T/www/tree/a/b/deep$i"; done
origin
store </dev/null

part() { tail -c "+$(($1 + 1))" "$3" | head -c $(($2 - $1 + 1)); }
get() { c -o "$T/got" "$site/f/$1" && same "$T/got" "$T/www/${1%%\?*}"; }
code() { local want=$1 got; shift; got=$(c -o "$T/got" -w '%{http_code}' "$@"); [ "$got" = "$want" ] || { echo "status $got"; return 1; }; }
range() { code 206 -r "$2" "$site/f/$1" && part "${2%-*}" "${2#*-}" "$T/www/$1" | cmp - "$T/got"; }
suffix() { code 206 -r "-$2" "$site/f/$1" && tail -c "$2" "$T/www/$1" | cmp - "$T/got"; }

check "100 MB" get large
check "100 MB again" get large
check "it was fetched once" asked_is 1 '^GET /f/large - 200'
check "100 MB: the log has a miss and a hit" till log_is 2 '.result | sub("MEM_"; "")' "TCP_MISS TCP_HIT"
check "a range of it" range large 50000000-60000000
check "one byte of it" range large 99999999-99999999
check "its last bytes" suffix large 12345
check "a range behind its end" code 416 -r 100000000- "$site/f/large"
check "ranges of it were answered from the store" asked_is 1 '^GET /f/large'
head -c 33333333 "$T/www/large" >"$T/got"
check "resumed, from the store" sh -c "curl -sS -x $through -C - -o '$T/got' $site/f/large"
check "resumed: the very bytes" same "$T/got" "$T/www/large"
check "every worker is killed" kill_workers
check "100 MB after that" get large
check "it was not fetched again" asked_is 1 '^GET /f/large'

check "a client that goes away" sh -c "! curl -s -m 1 -x $through --limit-rate 1M -o '$T/got' '$site/f/large?second'"
check "resumes" sh -c "curl -sS -x $through -C - -o '$T/got' '$site/f/large?second'"
check "the very bytes" same "$T/got" "$T/www/large"

check "a range first" range middle 1000-1999
check "the whole then" get middle
check "a range then" range middle 2000000-2999999
check "resume of nothing" sh -c "rm '$T/got'; curl -sS -x $through -C - -o '$T/got' $site/f/middle && cmp '$T/got' '$T/www/middle'"

check "-z: not newer" sh -c "[ \$(curl -sS -x $through -o /dev/null -w '%{http_code}' -z '$T/www/middle' $site/f/middle) = 304 ]"
touch -d '2 days ago' "$T/old"
check "-z: newer" sh -c "[ \$(curl -sS -x $through -o /dev/null -w '%{http_code}' -z '$T/old' $site/f/middle) = 200 ]"
tag=$(c -o /dev/null -w '%header{etag}' "$site/f/middle")
check "If-None-Match" code 304 -H "If-None-Match: $tag" "$site/f/middle"
check "If-Range that holds" code 206 -r 5-9 -H "If-Range: $tag" "$site/f/middle"
check "If-Range that does not" code 200 -r 5-9 -H 'If-Range: "other"' "$site/f/middle"
check "HEAD" code 200 -I "$site/f/middle"
check "HTTP/1.0" code 200 -0 "$site/f/middle"
check "HTTP/1.0: the very bytes" same "$T/got" "$T/www/middle"
check "none of it asked the server again" asked_is 1 '^(GET|HEAD) /f/middle - '

for turn in first second; do
	check "gzip, $turn" sh -c "curl -sS -x $through --compressed $site/gz/text | cmp - '$T/www/text'"
	check "as it is, $turn" sh -c "curl -sS -x $through $site/gz/text | cmp - '$T/www/text'"
done
check "a range of what is gzip coded" sh -c "curl -sS -x $through -H 'Accept-Encoding: gzip' $site/gz/text >'$T/coded' && curl -sS -x $through -H 'Accept-Encoding: gzip' -r 100-50000 $site/gz/text >'$T/piece' && tail -c +101 '$T/coded' | head -c 49901 | cmp - '$T/piece'"
check "each wish was fetched once" asked_is 3 '^GET /gz/text'

check "no-cache fetches again" code 200 -H 'Cache-Control: no-cache' "$site/f/middle"
check "the server was asked" asked_is 2 '^GET /f/middle - '
check "what has changed comes by validation" get "tree/file1?cc=no-cache"
check "unchanged: validated" get "tree/file1?cc=no-cache"
check "the server answered 304" asked_is 1 '^GET /f/tree/file1.cc=no-cache - 304'
seq 5 >"$T/www/tree/file1"
check "changed: the new one" get "tree/file1?cc=no-cache"

sent() { jq -e --arg s "$(sha256sum <"$1" | cut -c1-64)" --argjson n "$(stat -c %s "$1")" '.sha256 == $s and .length == $n' "$T/got"; }
check "POST of 100 MB" code 200 --data-binary "@$T/www/large" "$site/echo"
check "arrived" sent "$T/www/large"
check "POST without Expect" code 200 -H Expect: --data-binary "@$T/www/large" "$site/echo"
check "arrived" sent "$T/www/large"
check "PUT, chunked" code 200 -T - "$site/echo" <"$T/www/large"
check "arrived" sent "$T/www/large"
check "PUT with 100-continue" code 200 -T "$T/www/middle" -H 'Expect: 100-continue' "$site/echo"
check "arrived" sent "$T/www/middle"
check "form upload" code 200 -F "file=@$T/www/middle" "$site/echo"
check "a PUT makes what is stored invalid" sh -c "curl -sS -x $through -o /dev/null $site/f/text && curl -sS -x $through -o /dev/null -T '$T/www/tree/file2' $site/f/text && curl -sS -x $through -D - -o /dev/null $site/f/text | grep -q 'X-Cache: MISS'"

trailer() { c --raw -H 'TE: trailers' -H 'Connection: TE' "$site/trailer?$1" | tr -d '\r' | grep -qx 'X-Sum: 1234'; }
check "a trailer section passes" trailer cc=no-store
check "a trailer section of what is stored: the body at least" sh -c "for i in 1 2; do curl -sS -x $through $site/trailer | grep -qx 'with a trailer' || exit 1; done"
check "POST with a trailer section arrives" sh -c "printf 'POST $site/echo HTTP/1.1\r\nHost: site.test\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\nX-T: yes\r\n\r\n' | timeout 10 curl -sS --max-time 5 telnet://127.0.0.1:$port | grep -q '\"length\": 5'"

if has wget; then
	w() { (cd "$T/w" && http_proxy=$through wget -nv -e robots=off "$@"); }
	mkdir "$T/w"
	check "wget" w "$site/f/large"
	check "wget: the very bytes" same "$T/w/large" "$T/www/large"
	truncate -s 12345678 "$T/w/large"
	check "wget -c" w -c "$site/f/large"
	check "wget -c: the very bytes" same "$T/w/large" "$T/www/large"
	check "wget -c of what is complete" w -c "$site/f/large"
	check "wget -N: nothing new" w -N "$site/f/large"
	touch -d '3 days ago' "$T/w/large"
	check "wget -N: newer" w -N "$site/f/large"
	check "the very bytes" same "$T/w/large" "$T/www/large"
	for turn in first second; do
		rm -rf "$T/w"/*
		check "wget -r, $turn" w -r -np -nH --cut-dirs=1 "$site/f/tree/"
		check "wget -r: all of it" diff -r -x 'index.html*' "$T/w/tree" "$T/www/tree"
	done
	check "each file was fetched once" asked_is 1 '^GET /f/tree/a/b/deep2'
fi
check "the log has a word for each" sh -c "! jq -r .result '$T/d/access.json' | grep -vE '^(TCP_(MISS|HIT|MEM_HIT|INM_HIT|IMS_HIT|REFRESH_UNMODIFIED|REFRESH_MODIFIED|CLIENT_REFRESH_MISS|TUNNEL)(_ABORTED)?|NONE_NONE)$' | grep ."
