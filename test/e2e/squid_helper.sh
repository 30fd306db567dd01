#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Squid's own basic_ncsa_auth judges the passwords. It comes from Debian's squid package, unpacked: nothing is installed, no service started.
. "$(dirname "$0")/lib.sh"
unpacked=${SQUID_UNPACKED:-$build/squid-unpacked}
helper=$unpacked/usr/lib/squid/basic_ncsa_auth
if [ ! -x "$helper" ]; then
	mkdir -p "$unpacked" && cd "$unpacked" && (apt-get -q download squid && dpkg -x squid_*.deb .) >"$T/download" 2>&1
	[ -x "$helper" ] || { tail -3 "$T/download"; echo "no basic_ncsa_auth"; exit 77; }
fi
ldd "$helper" | grep -q 'not found' && { ldd "$helper"; echo "basic_ncsa_auth misses libraries"; exit 77; }
sed 's/:\$2y.*/:x/' "$here/../scenario/users.htpasswd" >"$T/passwd"
chmod 644 "$T/passwd"
# A folder that anybody may enter: the helper runs as the proxy's user.
cp "$helper" "$T/basic_ncsa_auth"
chmod 755 "$T/basic_ncsa_auth"

proxy <<END
workers 2
destination_access allow all
auth_param basic program $T/basic_ncsa_auth $T/passwd
auth_param basic children 2 startup=1 idle=1
auth_param basic realm office
auth_param basic credentialsttl 1 minute
acl users proxy_auth REQUIRED
http_access allow users
http_access deny all
END

code() { local want=$1; shift; local got; got=$(curl -sS -m 20 -x "http://127.0.0.1:$port" -o /dev/null -w '%{http_code}' "$@" http://127.0.0.1:1/); [ "$got" = "$want" ] || { echo "status $got"; return 1; }; }
check "apr1" code 503 -U joe:secret
check "SHA-crypt" code 503 -U ann:secret
check "a wrong password" code 407 -U joe:wrong
check "an unknown user" code 407 -U nobody:secret
check "no user" code 407
check "a password with blanks, percent signs and bytes above 127 is no danger" code 407 -U "joe:se cr%20et $(printf '\344')"
for i in 1 2 3 4 5 6 7 8; do code 503 -U joe:secret & done >"$T/many"
wait $(jobs -p | grep -vx "$pid")
check "many at once" sh -c "! grep . '$T/many'"
check "the log names the users" till log_has '[.[] | select(.user != null) | .user] | unique == ["ann", "joe"]'
helpers() { pgrep -P "$(pgrep -d, -P "$pid")" -f basic_ncsa || pgrep -P "$pid" -f basic_ncsa; }
victims=$(helpers)
[ -n "$victims" ] && kill -KILL $victims
check "after its helpers were killed the proxy starts others" till code 503 -U ann:secret
