#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What programs are written with, through a proxy that stores: Python's urllib and requests, Perl's HTTP::Tiny, Node's http, Java's HttpClient, with kept
# connections; and the load generators ab and wrk. Each fetches a list of files three times and compares them.
. "$(dirname "$0")/clients_lib.sh"
mkdir -p "$T/www/set"
for i in $(seq 40); do head -c $((i * i * 701)) /dev/urandom >"$T/www/set/$i"; done
origin
store </dev/null
list=$(for i in $(seq 40); do echo "$site/f/set/$i"; done)
for turn in 1 2 3; do for i in $(seq 40); do sha256sum <"$T/www/set/$i" | cut -c1-64; done; done >"$T/expected"

# fetches COMMAND...: the command gets PROXY-HOST PROXY-PORT URL... and prints the digest of each, three times over
fetches() { timeout 60 "$@" 127.0.0.1 "$port" $list >"$T/digests" && cmp "$T/expected" "$T/digests"; }

cat >"$T/with_urllib.py" <<'END'
import hashlib, sys, urllib.request
o = urllib.request.build_opener(urllib.request.ProxyHandler({'http': 'http://%s:%s' % tuple(sys.argv[1:3])}))
for _ in range(3):
    for u in sys.argv[3:]:
        print(hashlib.sha256(o.open(u, timeout=20).read()).hexdigest())
END
check "Python's urllib" fetches python3 "$T/with_urllib.py"

cat >"$T/with_requests.py" <<'END'
import hashlib, sys, requests
s = requests.Session()
s.proxies = {'http': 'http://%s:%s' % tuple(sys.argv[1:3])}
for _ in range(3):
    for u in sys.argv[3:]:
        r = s.get(u, timeout=20)
        r.raise_for_status()
        print(hashlib.sha256(r.content).hexdigest())
END
has requests $python -c 'import requests' && check "Python's requests" fetches $python "$T/with_requests.py"

cat >"$T/tiny.pl" <<'END'
use HTTP::Tiny; use Digest::SHA 'sha256_hex';
my ($host, $port, @urls) = @ARGV;
my $h = HTTP::Tiny->new(http_proxy => "http://$host:$port", timeout => 20);
for (1 .. 3) { for (@urls) { my $r = $h->get($_); die $r->{content} unless $r->{success}; print sha256_hex($r->{content}), "\n" } }
END
has HTTP::Tiny perl -MHTTP::Tiny -MDigest::SHA -e 1 && check "Perl's HTTP::Tiny" fetches perl "$T/tiny.pl"

cat >"$T/all.js" <<'END'
const http = require('http'), crypto = require('crypto'), [host, port, ...urls] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 6 });
const get = url => new Promise((good, bad) => http.get({ host, port, agent, path: url, headers: { Host: new URL(url).host } }, r => {
	const h = crypto.createHash('sha256');
	r.on('data', d => h.update(d)).on('end', () => good(h.digest('hex'))).on('error', bad).on('aborted', bad);
}).on('error', bad));
(async () => {
	for (let i = 0; i < 3; i++)
		for (const d of await Promise.all(urls.map(get)))
			console.log(d);
	agent.destroy();
})();
END
has node && check "Node's http, six connections" fetches node "$T/all.js"

cat >"$T/All.java" <<'END'
import java.net.*; import java.net.http.*; import java.security.*; import java.util.*; import java.util.concurrent.*;
public class All {
	public static void main(String[] a) throws Exception {
		HttpClient c = HttpClient.newBuilder().proxy(ProxySelector.of(new InetSocketAddress(a[0], Integer.parseInt(a[1])))).build();
		for (int i = 0; i < 3; i++) {
			List<CompletableFuture<HttpResponse<byte[]>>> all = new ArrayList<>();
			for (int j = 2; j < a.length; j++)
				all.add(c.sendAsync(HttpRequest.newBuilder(URI.create(a[j])).build(), HttpResponse.BodyHandlers.ofByteArray()));
			for (CompletableFuture<HttpResponse<byte[]>> f : all)
				System.out.println(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(f.get().body())));
		}
		System.exit(0);
	}
}
END
has javac && check "Java's HttpClient, all at once, with an upgrade to HTTP/2 offered" fetches java "$T/All.java"

check "each file was fetched once" asked_is 40 '^GET /f/set/'

if has ab; then
	load() { ab -q -n 4000 -c 40 "$@" -X "127.0.0.1:$port" "$site/f/set/5" >"$T/ab" 2>&1 && grep -q '^Failed requests: *0$' "$T/ab" && ! grep '^Non-2xx' "$T/ab" || { cat "$T/ab"; return 1; }; }
	check "ab" load
	check "ab -k" load -k
fi
if has wrk; then
	cat >"$T/wrk.lua" <<-END
	local i = 0
	wrk.headers["Host"] = "site.test:$origin_port"
	request = function() i = i % 40 + 1 return wrk.format("GET", "$site/f/set/" .. i) end
	END
	wrk_run() { wrk -t 2 -c 30 -d 2 -s "$T/wrk.lua" "$through" >"$T/wrk" 2>&1 && ! grep -E "Non-2xx${1-}" "$T/wrk" || { cat "$T/wrk"; return 1; }; }
	check "wrk" wrk_run "|Socket errors"
	{ sleep 1; kill_workers; } >/dev/null 2>&1 &
	check "wrk, while every worker is killed: no answer is wrong" wrk_run
	wait $!
	check "all of the files are still the same" fetches python3 "$T/with_urllib.py"
fi
check "the server was asked for little else" sh -c "[ \$(grep -c '^GET /f/set/' '$T/asked') -le 80 ]"
