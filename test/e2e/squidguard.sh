#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# squidGuard behind url_rewrite_program, with the lines that its manual has for squid.conf. It comes from Debian's package, unpacked: nothing is
# installed. Its processes die under way, and the configuration is loaded anew.
. "$(dirname "$0")/lib.sh"
unpacked=${SQUIDGUARD_UNPACKED:-$build/squidguard-unpacked}
guard=$unpacked/usr/bin/squidGuard
if [ ! -x "$guard" ]; then
	mkdir -p "$unpacked" && cd "$unpacked" && (apt-get -q download squidguard && dpkg -x squidguard_*.deb .) >"$T/download" 2>&1
	[ -x "$guard" ] || { tail -3 "$T/download"; echo "no squidGuard"; exit 77; }
fi
ldd "$guard" | grep -q 'not found' && { ldd "$guard"; echo "squidGuard misses libraries"; exit 77; }
mkdir -p "$T/db/ads" "$T/db/games" "$T/www/inside"
mkdir -m 777 "$T/guardlog"
cp "$guard" "$T/squidGuard"
chmod 755 "$T/squidGuard"
echo ads.test >"$T/db/ads/domains"
echo "127.0.0.1:$origin_port/banner" >"$T/db/ads/urls"
echo games.test >"$T/db/games/domains"
echo wanted >"$T/www/page"
echo "not here" >"$T/www/stop"
echo "inside" >"$T/www/inside/index.html"
cat >"$T/squidGuard.conf" <<END
dbhome $T/db
logdir $T/guardlog
dest ads {
	domainlist ads/domains
	urllist ads/urls
	redirect 302:http://block.test/ad.gif?from=%u
}
dest games {
	domainlist games/domains
	redirect http://127.0.0.1:$origin_port/stop?%t
}
acl {
	default {
		pass !ads !games all
	}
}
END
chmod -R a+rX "$T/db" "$T/squidGuard.conf" "$T/www"
python3 -m http.server --bind 127.0.0.1 --directory "$T/www" "$origin_port" >"$T/asked" 2>&1 &
own=$!
till curl -s -o /dev/null "http://127.0.0.1:$origin_port/"

proxy <<END
workers 2
destination_access allow all
acl mine url_regex /untouched\$
url_rewrite_program $T/squidGuard -c $T/squidGuard.conf
url_rewrite_children 4 startup=1 idle=1
url_rewrite_access deny mine
acl unwanted urlpath_regex ^/inside
adapted_http_access deny unwanted
http_access allow all
END

via() { curl -sS -m 20 -x "http://127.0.0.1:$port" "$@"; }
says() { local want=$1; shift; local got; got=$(via "$@"); [ "$got" = "$want" ] || { echo "got $got"; return 1; }; }
code='%{http_code} %{redirect_url}'
here() { echo "http://127.0.0.1:$origin_port$1"; }
check "what no list has is fetched" says wanted "$(here /page)"
check "a listed domain is fetched from elsewhere" says "not here" http://games.test/some/game
check "a listed domain below another is, too" says "not here" http://www.games.test:8080/
check "a client is sent away" says "302 http://block.test/ad.gif?from=http://ads.test/x" -o /dev/null -w "$code" http://ads.test/x
check "by a URL" says "302 http://block.test/ad.gif?from=$(here /banner/1)" -o /dev/null -w "$code" "$(here /banner/1)"
check "a POST is, too" says 302 -o /dev/null -w '%{http_code}' -d x=y http://ads.test/x
check "a tunnel to a listed domain is refused" says 500 -o /dev/null -w '%{http_connect}' -S https://games.test/ 2>"$T/err"
check "what is not asked about is not rewritten" says 404 -o /dev/null -w '%{http_code}' "$(here /untouched)"
check "adapted_http_access" says 403 -o /dev/null -w '%{http_code}' "$(here /inside/)"
check "the log has what was asked for and what became of it" till log_has \
    'any(.[]; .url_asked == "http://games.test/some/game" and (.url | endswith("/stop?games")) and .result == "TCP_MISS")'
check "the log has redirects" till log_has 'any(.[]; .result == "TCP_REDIRECT" and .status == 302 and .url == "http://ads.test/x")'

for i in $(seq 60); do via -o /dev/null -w '%{http_code}\n' "http://games.test/$i"; done >"$T/many" 2>&1 &
many=$!
for i in 1 2 3; do
	sleep 0.1
	victims=$(pgrep -f "^$T/squidGuard")
	[ -n "$victims" ] && kill -KILL $victims
done
wait "$many"
# 200: the page instead; 500: a request that lost two of them. What was let through would be 503, as there is no games.test
check "killed under way it lets nothing through" sh -c "grep -q '^200' '$T/many' && ! grep -vx '[25]00' '$T/many'"
check "then it works again" till says "not here" http://games.test/again
echo more.test >>"$T/db/games/domains"
check "a list is read anew with the configuration" "$sepia" -f "$T/sepia.conf" -k reconfigure
check "and holds" till says "not here" http://more.test/
