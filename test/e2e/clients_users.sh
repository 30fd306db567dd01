#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What people have on their machines, through a proxy that wants a name and a password for everything: http, https (CONNECT), an upload of each; the log
# names the user for every request but those that asked without.
. "$(dirname "$0")/clients_lib.sh"
command -v openssl >/dev/null || { echo "no openssl"; exit 77; }
head -c 3000000 /dev/urandom >"$T/www/file"
head -c 700000 /dev/urandom >"$T/up"
origin
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=site.test -addext subjectAltName=DNS:site.test -keyout "$T/key" -out "$T/cert" 2>/dev/null
cat >"$T/tls.py" <<'END'
import asyncio, ssl, sys
async def copy(r, w):
    try:
        while (data := await r.read(65536)):
            w.write(data)
            await w.drain()
        w.write_eof() if w.can_write_eof() else w.close()
    except (OSError, ssl.SSLError):
        w.close()
async def serve(r, w):
    r2, w2 = await asyncio.open_connection('127.0.0.1', int(sys.argv[2]))
    await asyncio.gather(copy(r, w2), copy(r2, w))
async def main():
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(sys.argv[3], sys.argv[4])
    await (await asyncio.start_server(serve, '127.0.0.1', int(sys.argv[1]), ssl=c)).serve_forever()
asyncio.run(main())
END
python3 "$T/tls.py" "$tls_port" "$origin_port" "$T/cert" "$T/key" 2>/dev/null &
own="$own $!"
proxy <<END
workers 2
hosts_file $T/hosts
destination_access allow all
auth_param basic file $here/../scenario/users.htpasswd
auth_param basic realm office
acl known proxy_auth REQUIRED
http_access deny !known
http_access allow all
END
through=http://ann:secret@127.0.0.1:$port
secure=https://site.test:$tls_port
export SSL_CERT_FILE=$T/cert GIT_SSL_CAINFO=$T/cert REQUESTS_CA_BUNDLE=$T/cert NODE_EXTRA_CA_CERTS=$T/cert
till curl -s -o /dev/null --resolve "site.test:$tls_port:127.0.0.1" --cacert "$T/cert" "$secure/none"

good=$(sha256sum <"$T/www/file" | cut -c1-64)
sent=$(sha256sum <"$T/up" | cut -c1-64)
# fetches COMMAND...: gets URL... and prints the digest of each
fetches() { timeout 60 "$@" "$site/f/file" "$secure/f/file" >"$T/digests" && [ "$(tr '\n' ' ' <"$T/digests")" = "$good $good " ] || { cat "$T/digests"; return 1; }; }
# sends COMMAND...: gets URL... and posts $T/up to each; the server's answer has its digest
sends() { timeout 60 "$@" "$site/echo" "$secure/echo" >"$T/answers" && [ "$(grep -o "$sent" "$T/answers" | wc -l)" = 2 ] || { head -c 600 "$T/answers"; return 1; }; }
# For programs that take one URL at a time and write what it has to standard output.
cat >"$T/each" <<'END'
#!/bin/bash
for u in "${@: -2}"; do
	if [ "$1" = digest ]; then
		"${@:2:$#-3}" "$u" | sha256sum | cut -c1-64
	else
		"${@:2:$#-3}" "$u" || exit
	fi
done
END
chmod +x "$T/each"

curl_() { local what=$1; shift; "$what" "$T/each" "$1" curl -sS -m 20 --cacert "$T/cert" -x "$through" "${@:2}"; }
check "curl" curl_ fetches digest
check "curl: a name only when asked for it" curl_ fetches digest --proxy-anyauth
check "curl, HTTP/1.0" curl_ fetches digest -0
check "curl: http in a tunnel too" curl_ fetches digest -p
check "curl posts" curl_ sends "" --data-binary "@$T/up"
check "curl posts, asked for its name in between" curl_ sends "" --proxy-anyauth --data-binary "@$T/up"
refused() { [ "$(curl -s -o /dev/null -w "%{$1}" --cacert "$T/cert" -x "http://ann:wrong@127.0.0.1:$port" "$2")" = 407 ]; }
check "a wrong password: http" refused http_code "$site/f/file"
check "a wrong password: https" refused http_connect "$secure/f/file"

if has wget; then
	wget_() { local what=$1; shift; "$what" env http_proxy="$through" https_proxy="$through" "$T/each" "$1" wget -q -O - --ca-certificate "$T/cert" "${@:2}"; }
	check "wget" wget_ fetches digest
	check "wget posts" wget_ sends "" --post-file "$T/up"
fi
if has aria2c; then
	cat >"$T/aria" <<-END
	for u in "\$@"; do
		rm -f "$T/seg"
		aria2c -q --no-conf -x 8 -s 8 -k 1M --ca-certificate="$T/cert" --all-proxy="$through" -d "$T" -o seg "\$u" || exit
		sha256sum <"$T/seg" | cut -c1-64
	done
	END
	check "aria2c, in segments" fetches bash "$T/aria"
fi

cat >"$T/u.py" <<'END'
import hashlib, sys, urllib.request
o = urllib.request.build_opener(urllib.request.ProxyHandler({'http': sys.argv[1], 'https': sys.argv[1]}))
for u in sys.argv[3:]:
    if sys.argv[2] == '-':
        print(hashlib.sha256(o.open(u, timeout=20).read()).hexdigest())
    else:
        print(o.open(u, open(sys.argv[2], 'rb').read(), timeout=20).read().decode())
END
check "Python's urllib" fetches python3 "$T/u.py" "$through" -
check "Python's urllib posts" sends python3 "$T/u.py" "$through" "$T/up"
cat >"$T/r.py" <<'END'
import hashlib, sys, requests
o = requests.Session()
o.proxies = {'http': sys.argv[1], 'https': sys.argv[1]}
for u in sys.argv[3:]:
    if sys.argv[2] == '-':
        print(hashlib.sha256(o.get(u, timeout=20).content).hexdigest())
    else:
        with open(sys.argv[2], 'rb') as f:
            print(o.post(u, data=f, timeout=20).text)
END
if has requests $python -c 'import requests'; then
	check "Python's requests" fetches $python "$T/r.py" "$through" -
	check "Python's requests posts" sends $python "$T/r.py" "$through" "$T/up"
fi
cat >"$T/aio.py" <<'END'
import aiohttp, asyncio, hashlib, ssl, sys
async def main():
    c = ssl.create_default_context(cafile=sys.argv[2])
    async with aiohttp.ClientSession() as s:
        for u in sys.argv[3:]:
            async with s.get(u, proxy=sys.argv[1], ssl=c) as r:
                print(hashlib.sha256(await r.read()).hexdigest())
asyncio.run(main())
END
if has aiohttp $python -c 'import aiohttp'; then
	check "Python's aiohttp" fetches $python "$T/aio.py" "$through" "$T/cert"
fi

cat >"$T/lwp.pl" <<'END'
use LWP::UserAgent; use Digest::SHA 'sha256_hex';
my $ua = LWP::UserAgent->new(timeout => 20, keep_alive => 4);
my ($proxy, $up, @urls) = @ARGV;
$ua->proxy(['http', 'https'], $proxy);
for (@urls) {
	my $r = $up eq '-' ? $ua->get($_) : $ua->post($_, Content => do { local (@ARGV, $/) = $up; <> });
	die $r->status_line unless $r->is_success;
	print $up eq '-' ? sha256_hex($r->content) : $r->content, "\n";
}
END
export PERL_LWP_SSL_CA_FILE=$T/cert
if has LWP perl -MLWP::Protocol::https -e 1; then
	check "Perl's LWP" fetches perl "$T/lwp.pl" "$through" -
	check "Perl's LWP posts" sends perl "$T/lwp.pl" "$through" "$T/up"
fi

cat >"$T/all.rb" <<'END'
require 'net/http'; require 'digest'; require 'uri'
proxy = URI(ARGV[0])
ARGV[2..].each do |u|
	u = URI(u)
	Net::HTTP.start(u.host, u.port, proxy.host, proxy.port, proxy.user, proxy.password, use_ssl: u.scheme == 'https') do |h|
		puts ARGV[1] == '-' ? Digest::SHA256.hexdigest(h.get(u.path).body) : h.post(u.path, File.binread(ARGV[1])).body
	end
end
END
if has ruby; then
	check "Ruby's Net::HTTP" fetches ruby "$T/all.rb" "$through" -
	check "Ruby's Net::HTTP posts" sends ruby "$T/all.rb" "$through" "$T/up"
fi

cat >"$T/all.php" <<'END'
<?php
[$self, $proxy, $cert, $up] = $argv;
$h = curl_init();
foreach (array_slice($argv, 4) as $u) {
	curl_setopt_array($h, [CURLOPT_URL => $u, CURLOPT_PROXY => $proxy, CURLOPT_CAINFO => $cert, CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 20]);
	if ($up != '-')
		curl_setopt($h, CURLOPT_POSTFIELDS, file_get_contents($up));
	$got = curl_exec($h);
	echo $up == '-' ? hash('sha256', $got) : $got, "\n";
}
END
if has php php -r 'exit(function_exists("curl_init") ? 0 : 1);'; then
	check "PHP's curl" fetches php "$T/all.php" "$through" "$T/cert" -
	check "PHP's curl posts" sends php "$T/all.php" "$through" "$T/cert" "$T/up"
fi

cat >"$T/all.js" <<'END'
const http = require('http'), https = require('https'), fs = require('fs'), crypto = require('crypto'), [proxy, up, ...urls] = process.argv.slice(2);
const p = new URL(proxy), auth = { 'Proxy-Authorization': 'Basic ' + Buffer.from(p.username + ':' + p.password).toString('base64') };
const tunnel = u => new Promise((good, bad) =>
	http.request({ host: p.hostname, port: p.port, method: 'CONNECT', path: u.host, headers: { ...auth, Host: u.host } })
		.on('connect', (r, socket) => r.statusCode == 200 ? good(socket) : bad(r.statusCode)).on('error', bad).end());
const way = async u => u.protocol == 'http:' ? [http, { host: p.hostname, port: p.port, path: u.href, headers: { ...auth, Host: u.host } }] :
	[https, { socket: await tunnel(u), agent: false, servername: u.hostname, host: u.hostname, path: u.pathname }];
(async () => {
	for (const u of urls.map(u => new URL(u))) {
		const [lib, how] = await way(u);
		console.log(await new Promise((good, bad) => {
			const q = lib.request({ ...how, method: up == '-' ? 'GET' : 'POST' }, r => {
				const parts = [], all = () => Buffer.concat(parts);
				r.on('data', d => parts.push(d)).on('end', () => good(up == '-' ? crypto.createHash('sha256').update(all()).digest('hex') : all().toString()));
			}).on('error', bad);
			up == '-' ? q.end() : fs.createReadStream(up).pipe(q);
		}));
	}
})();
END
if has node; then
	check "Node" fetches node "$T/all.js" "$through" -
	check "Node posts, chunked" sends node "$T/all.js" "$through" "$T/up"
fi

cat >"$T/Old.java" <<'END'
import java.net.*; import java.nio.file.*; import java.security.*; import java.util.*;
public class Old {
	public static void main(String[] a) throws Exception {
		URI p = URI.create(a[0]);
		String[] who = p.getUserInfo().split(":");
		Authenticator.setDefault(new Authenticator() { protected PasswordAuthentication getPasswordAuthentication() { return new PasswordAuthentication(who[0], who[1].toCharArray()); } });
		for (String u : Arrays.asList(a).subList(2, a.length)) {
			HttpURLConnection c = (HttpURLConnection)new URL(u).openConnection(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(p.getHost(), p.getPort())));
			if (!a[1].equals("-")) {
				c.setDoOutput(true);
				c.getOutputStream().write(Files.readAllBytes(Path.of(a[1])));
			}
			byte[] got = c.getInputStream().readAllBytes();
			System.out.println(a[1].equals("-") ? HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(got)) : new String(got));
		}
	}
}
END
if has javac && has keytool; then
	keytool -importcert -noprompt -file "$T/cert" -keystore "$T/trust" -storepass changeit >/dev/null 2>&1
	old="java -Djavax.net.ssl.trustStore=$T/trust -Djavax.net.ssl.trustStorePassword=changeit -Djdk.http.auth.tunneling.disabledSchemes= $T/Old.java $through"
	check "Java's HttpURLConnection, asked for its name" fetches $old -
	check "Java's HttpURLConnection posts" sends $old "$T/up"
fi

if has git; then
	mkdir -p "$T/www/git" "$T/w"
	git init -q --bare "$T/www/git/r.git"
	made() {
		cd "$T/w" && git init -q && cp "$T/up" up && git add up && git -c user.name=a -c user.email=a@b commit -qm one &&
		git push -q "$T/www/git/r.git" HEAD:refs/heads/main && git -C "$T/www/git/r.git" symbolic-ref HEAD refs/heads/main
	}
	(made)
	clone() { rm -rf "$T/c"; git -c http.proxy="$through" clone -q ${2-} "$1" "$T/c" && cmp "$T/c/up" "$T/up"; }
	pushes() { cd "$T/c" && date >new && git add new && git -c user.name=a -c user.email=a@b commit -qm two && git -c http.proxy="$through" push -q origin HEAD:main; }
	check "git clone, http" clone "$site/git/r.git"
	check "git clone, https, shallow" clone "$secure/git/r.git" --depth=1
	check "git push, https" eval '(pushes)'
fi

named() { jq -es 'map(select(.status < 400)) | length > 20 and all(.user == "ann")' "$T/d/access.json"; }
check "every request that was answered is the user's" till named
check "the others were asked for a name" jq -es 'map(select(.status >= 400)) | length > 2 and all(.status == 407)' "$T/d/access.json"
check "neither name nor password reached the server" sh -c "! grep -ri 'YW5uOnNlY3JldA\|proxy-auth' '$T/asked' '$T/answers'"
