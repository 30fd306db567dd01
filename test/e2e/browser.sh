#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A real browser: it finds the proxy by its PAC file, logs in, fetches by HTTP and CONNECT, and shows the page of a denied site with its rule.
. "$(dirname "$0")/lib.sh"
command -v chromium >/dev/null || { echo "no chromium"; exit 77; }
export HOME=$T LC_ALL=C

cat >"$T/origin.py" <<'END'
import http.server, sys
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        page = b'<!DOCTYPE html><title>site</title><h1>plain site</h1><p id=x></p><img src="/a.gif"><script src="/s.js"></script>'
        kind = 'text/html'
        if self.path == '/s.js':
            page, kind = b'document.getElementById("x").textContent = "script " + "ran"', 'text/javascript'
        self.send_response(200)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(page)))
        self.end_headers()
        self.wfile.write(page)
    def log_message(self, *a):
        pass
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), H).serve_forever()
END
python3 "$T/origin.py" "$origin_port" &
own=$!
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=secure.test -keyout "$T/key" -out "$T/cert" 2>/dev/null
openssl s_server -accept "127.0.0.1:$tls_port" -key "$T/key" -cert "$T/cert" -www -quiet >"$T/tls" 2>&1 &
own="$own $!"
echo "127.0.0.1 site.test secure.test denied.test" >"$T/hosts"
chmod 644 "$T/hosts"

proxy <<END
hosts_file $T/hosts
destination_access allow all
auth_param basic file $here/../scenario/users.htpasswd
auth_param basic realm office
acl users proxy_auth REQUIRED
acl denied dstdomain denied.test
http_access deny denied
http_access allow users
http_access deny all
pac_proxy 127.0.0.1:$port
END

visit() { python3 "$here/browser.py" "http://127.0.0.1:$port/proxy.pac" "$T/profile" "$@" >"$T/page" 2>&1; }
shows() { grep -q "$1" "$T/page" || { cat "$T/page"; return 1; }; }

check "the browser loads a page with credentials" visit "http://site.test:$origin_port/" joe:secret
check "the page is the site's, its script ran" shows 'script ran'
check "the log has the user's requests" till log_has "map(select(.user == \"joe\" and .status == 200 and .host == \"site.test\")) | length >= 2"
check "the log has the question before" log_has 'any(.status == 407 and .user == null)'
check "the PAC file was fetched from the proxy" log_has 'any(.url == "/proxy.pac" and .status == 200)'
check "the browser loads a page by CONNECT" visit "https://secure.test:$tls_port/" joe:secret
check "the page came through the tunnel" shows 'Cipher'
check "the log has the tunnel and its user" till log_has "any(.method == \"CONNECT\" and .url == \"secure.test:$tls_port\" and .user == \"joe\" and .tunnel == 1)"
check "the browser loads the page of a denied site" visit "http://denied.test:$origin_port/" joe:secret
check "it shows the rule" shows 'http_access deny denied'
number=$(jq -rs 'map(select(.host == "denied.test"))[0].request' "$T/d/access.json")
check "it shows the request's number" shows "$number"
check "without credentials there is no page of the site" visit "http://site.test:$origin_port/"
check "the answer is the proxy's" sh -c "! grep 'plain site' '$T/page'"
check "no password is in the log or the messages" sh -c "! grep -E 'secret|am9lOnNl' '$T/d/access.json' '$T/messages'"
