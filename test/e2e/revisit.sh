#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A browser visits a site twice through two workers that share a cache. In between every process of the proxy is killed with SIGKILL and the site
# is gone: the second visit, by a browser without a memory of the first, is served from the store alone.
. "$(dirname "$0")/lib.sh"
command -v chromium >/dev/null || { echo "no chromium"; exit 77; }
export HOME=$T LC_ALL=C

cat >"$T/origin.py" <<'END'
import http.server, sys
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        page = b'<!DOCTYPE html><title>site</title><link rel=stylesheet href=/s.css><h1>plain site</h1><p id=x></p><p id=image></p>' \
            b'<img src=/large.svg onload="image.textContent = \'image of \' + this.naturalWidth"><script src=/s.js></script><script src=/chunked.js></script>'
        kind, chunked = 'text/html', False
        if self.path == '/s.js':
            page, kind = b'x.textContent = "script " + "ran"', 'text/javascript'
        elif self.path == '/chunked.js':
            page, kind, chunked = b'/*' + b'-' * 300000 + b'*/ x.textContent += ", both of them"', 'text/javascript', True
        elif self.path == '/s.css':
            page, kind = b'h1 { color: green }', 'text/css'
        elif self.path == '/large.svg':
            page = b'<svg xmlns="http://www.w3.org/2000/svg" width="77" height="5"><!--' + b'x' * 2000000 + b'--></svg>'
            kind = 'image/svg+xml'
        self.send_response(200)
        self.send_header('Content-Type', kind)
        self.send_header('Cache-Control', 'max-age=3600')
        self.send_header('Vary', 'Accept-Encoding')
        self.send_header(*(('Transfer-Encoding', 'chunked') if chunked else ('Content-Length', str(len(page)))))
        self.end_headers()
        if chunked:
            page = b''.join(b'%x\r\n%s\r\n' % (len(page[i:i + 50000]), page[i:i + 50000]) for i in range(0, len(page), 50000)) + b'0\r\n\r\n'
        self.wfile.write(page)
    def log_message(self, *a):
        pass
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), H).serve_forever()
END
python3 "$T/origin.py" "$origin_port" &
origin=$!
own=$origin
echo "127.0.0.1 site.test" >"$T/hosts"
chmod 644 "$T/hosts"
mkdir -m 777 "$T/d/cache"

start() {
	proxy <<-END
	workers 2
	hosts_file $T/hosts
	destination_access allow all
	http_access allow all
	cache_dir sepia $T/d/cache 64
	pac_proxy 127.0.0.1:$port
	END
}

# Everything at once: the master first, so that nothing is started anew.
kill_all() {
	local kids
	kids=$(pgrep -P "$pid")
	kill -KILL "$pid" $kids
	wait "$pid" 2>/dev/null
	till sh -c "! kill -0 $(echo $kids | sed 's/ / 2>\/dev\/null || kill -0 /g') 2>/dev/null"
}

visit() { python3 "$here/browser.py" "http://127.0.0.1:$port/proxy.pac" "$T/profile$1" "http://site.test:$origin_port/" >"$T/page" 2>&1; }
shows() { grep -q "$1" "$T/page" || { cat "$T/page"; return 1; }; }

start
check "the browser loads the site" visit 1
check "all of it" shows 'script ran, both of them'
check "the image too" shows 'image of 77'
check "the log has five answers that were fetched" till log_has '[.[] | select(.host == "site.test" and .status == 200 and .result == "TCP_MISS") | .url] | unique | length >= 5'
kill "$origin"
wait "$origin" 2>/dev/null
check "every process is killed" kill_all
records=$(wc -l <"$T/d/access.json")
start
check "another browser loads the site, which is gone" visit 2
check "all of it" shows 'script ran, both of them'
check "the image too" shows 'image of 77'
check "the log of the second visit has hits" till log_has ".[$records:] | [.[] | select(.host == \"site.test\" and (.result | endswith(\"_HIT\")) and .status == 200) | .url] | unique | length >= 5"
check "no answer of the site was anything else" log_has ".[$records:] | map(select(.host == \"site.test\" and (.url | contains(\"favicon\") | not) and .status != 200)) | length == 0"
