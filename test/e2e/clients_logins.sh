#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# NTLM with a server, through a proxy that stores and keeps connections for everybody: whoever logged in on a connection to the server has it for himself,
# nobody else gets it, nor from the store what came over it (RFC 4559, 6).
. "$(dirname "$0")/clients_lib.sh"
curl -V | grep -qw NTLM || { echo "curl has no NTLM"; exit 77; }
origin
store <<END
workers 1
END
as() { [ "$(c --ntlm -u "$1:x" "${@:3}" "$site/login/$2")" = "hello $1" ]; }
stranger() { [ "$(c -o "$T/got" -w '%{http_code}' "$site/login/$1")" = 401 ]; }

check "curl logs in" as ann a
check "nobody else is logged in by that" stranger a
check "curl posts" as ann a -d x=y
check "another user" as bob a
check "what may be stored for a while is not, for others" as ann 'b?cc=max-age=60'
check "... a stranger is asked" stranger 'b?cc=max-age=60'
check "... another user is greeted by his own name" as bob 'b?cc=max-age=60'
check "public is for all" as ann 'c?cc=public,max-age=60'
check "... it is in the store" sh -c "[ \"\$(curl -sS -x $through '$site/login/c?cc=public,max-age=60')\" = 'hello ann' ]"
check "the challenge says that the proxy knows of it" sh -c "curl -sS -o /dev/null -D - -x $through '$site/login/d' | grep -qi '^Proxy-Support: Session-Based-Authentication'"

# Connections that stay open: two clients in turn, the logged-in one idle in between.
cat >"$T/turns.py" <<'END'
import base64, http.client, struct, sys
proxy, url = int(sys.argv[1]), sys.argv[2]
def third(user):
    name = user.encode('utf-16-le')
    return b'NTLMSSP\0' + struct.pack('<IHHIHHIHHIHHI', 3, 0, 0, 64, 0, 0, 64, 0, 0, 64, len(name), len(name), 64) + bytes(20) + name
FIRST = b'NTLMSSP\0\1\0\0\0' + bytes(20)
class Client:
    def __init__(self):
        self.h = http.client.HTTPConnection('127.0.0.1', proxy, timeout=20)
    def ask(self, message=None, method='GET'):
        self.h.request(method, url, None if method == 'GET' else b'body', {'Authorization': 'NTLM ' + base64.b64encode(message).decode()} if message else {})
        return self.h.getresponse().read().decode().strip()
def is_(what, got, want):
    if got != want:
        sys.exit('%s: %r, not %r' % (what, got, want))
ann, bob, eve = Client(), Client(), Client()
for turn in range(3):
    ann.ask(FIRST)
    is_('between', eve.ask(), '')
    is_('ann', ann.ask(third('ann')), 'hello ann')
    is_('eve', eve.ask(), '')
    bob.ask(FIRST, 'POST')
    is_('bob', bob.ask(third('bob'), 'POST'), 'hello bob')
    is_('eve', eve.ask(), '')
    is_('ann again', ann.ask(), 'hello ann')
    is_('bob again', bob.ask(None, 'POST'), 'hello bob')
    is_('eve posts', eve.ask(None, 'POST'), '')
ann.h.close()
for i in range(5):
    is_('a newcomer', Client().ask(), '')
    is_('eve', eve.ask(), '')
END
check "two who stay logged in, and one who is not" python3 "$T/turns.py" "$port" "$site/login/e"
