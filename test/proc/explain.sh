#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What needs no running proxy: -k parse, -k explain, -k check without one, a reload command without an answer.
. "${srcdir:-.}/test/proc/procs.sh"

sed '/^http_access/d; /^destination_access/d' "$C" > "$C.new" && cat "$C.new" > "$C"
cat >> "$C" <<EOF
acl bad dstdomain .bad.example
acl staff proxy_auth REQUIRED
acl office src 10.0.0.0/8
auth_param basic file $T/users
http_access deny bad
http_access allow office
http_access allow staff
http_access deny all
EOF
: > "$T/users"
explain() {
	wanted=$1
	shift
	sepia -k explain "$@" > "$T/out" 2>&1
	[ $? = "$wanted" ] || { cat "$T/out"; return 1; }
}

is "-k parse accepts it" sepia -k parse 2>/dev/null
is "allowed" explain 0 --src 10.1.2.3 http://192.0.2.7/
is "with the rule" grep -q "^verdict: allowed by $C:[0-9]*: http_access allow office" "$T/out"
is "refused" explain 2 --src 10.1.2.3 http://www.bad.example/x
is "with the rule" grep -q "^verdict: refused by $C:[0-9]*: http_access deny bad" "$T/out"
is "a login is asked for" explain 3 --src 192.0.2.1 http://192.0.2.7/
is "not with a user" explain 0 --user mary --src 192.0.2.1 http://192.0.2.7/
is "a loopback destination is refused by default" explain 2 --src 10.1.2.3 127.0.0.1:443
is "by the guard" grep -q "destination_access deny to_" "$T/out"
is "nonsense is an error" explain 1 "http://[/"
is "no -k check without a proxy" not sepia -k check 2>/dev/null
is "no -k rotate" not sepia -k rotate 2>/dev/null

cat "$C" - > "$T/rewrite.conf" <<EOF
url_rewrite_program /bin/cat
url_rewrite_access deny bad
acl secret urlpath_regex ^/secret
adapted_http_access deny secret
EOF
rewriting() { "$SEPIA" -f "$T/rewrite.conf" -k explain --src 10.1.2.3 "$1" > "$T/out" 2>&1; }
is "a rewriter is not asked, but told of" rewriting http://192.0.2.7/
is "by name" grep -q "^url_rewrite_program is asked" "$T/out"
is "adapted_http_access refuses" not rewriting http://192.0.2.7/secret
is "with its rule" grep -q "^verdict: refused by $T/rewrite.conf:[0-9]*: adapted_http_access deny secret" "$T/out"

if [ "$(id -u)" = 0 ]; then
	for wrong in "cache_effective_user sepia-nobody" "cache_effective_user root" "cache_effective_group sepia-nobody"; do
		(cat "$C"; echo "$wrong") > "$T/wrong.conf"
		is "-k parse finds what root could not start: $wrong" not "$SEPIA" -f "$T/wrong.conf" -k parse 2> "$T/err"
		is "with its place" grep -q "^$T/wrong.conf:$(wc -l < "$T/wrong.conf"):1: error: ${wrong%% *}" "$T/err"
	done
fi

echo "acl broken dstdomian x" >> "$C"
is "-k parse finds a mistake" not sepia -k parse 2>"$T/err"
is "with its place" grep -q "^$C:[0-9]*:[0-9]*: error: " "$T/err"
is "-k reconfigure without a proxy, too" not sepia -k reconfigure 2>"$T/err"
is "with its place" grep -q "^$C:[0-9]*:[0-9]*: error: " "$T/err"
is "the proxy does not start with it" not sepia 2>/dev/null
done_testing
