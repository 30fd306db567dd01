#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Chromium at work through a proxy that stores (clients_browser.py): a second browser, without the memory of the first, gets it from the store.
. "$(dirname "$0")/clients_lib.sh"
command -v chromium >/dev/null || { echo "no chromium"; exit 77; }
w=$T/www
{
	echo '<!DOCTYPE html><script>window.ran = 0</script>'
	for i in $(seq 10); do echo "<link rel=stylesheet href=s$i.css>"; echo ".c$i { width: 3px }" >"$w/s$i.css"; done
	echo 'body { color: rgb(1, 2, 3) }' >>"$w/s10.css"
	for i in $(seq 60); do echo "<img src=i$i.svg>"; echo "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"16\" height=\"$i\"><!-- $(head -c $((i * 300)) /dev/zero | tr '\0' x) --></svg>" >"$w/i$i.svg"; done
	for i in $(seq 20); do echo "<script src=j$i.js></script>"; echo "window.ran++ // $(head -c $((i * 3000)) /dev/zero | tr '\0' y)" >"$w/j$i.js"; done
	echo '<p>end'
} >"$w/page.html"
echo '<!DOCTYPE html><title>other</title><p>another page' >"$w/other.html"
cat >"$w/worker.js" <<'END'
addEventListener('install', e => skipWaiting());
addEventListener('activate', e => e.waitUntil(clients.claim()));
addEventListener('fetch', e => { if (e.request.url.endsWith('/made-by-the-worker')) e.respondWith(new Response('from the worker')) });
END
# A WAV file of 20 MB: two channels of 16 bits, 44,100 a second, 118 s of noise.
python3 - "$w/sound.wav" <<'END'
import os, sys, wave
f = wave.open(sys.argv[1], 'wb')
f.setnchannels(2)
f.setsampwidth(2)
f.setframerate(44100)
f.writeframes(os.urandom(44100 * 4 * 118))
f.close()
END
head -c 8000000 /dev/urandom >"$w/save.bin"
origin
store </dev/null
for turn in first second; do
	mkdir -p "$T/saved$turn"
	python3 "$here/clients_browser.py" "$through/proxy.pac" "$T/profile$turn" "$site" "$T/saved$turn" >"$T/out" 2>&1 || bad=1
	sed "s/^\(not \)\?ok .*/&, $turn browser/" "$T/out"
	check "what was saved is the file, $turn browser" same "$T/saved$turn/save.bin" "$w/save.bin"
	[ $turn = second ] || check "every worker is killed" kill_workers
done
check "a picture was fetched for the first visit and for the reload past the caches only" sh -c "[ \$(grep -c '^GET /f/i7.svg - 200' '$T/asked') -le 3 ]"
check "the saved file was fetched once" asked_is 1 '^GET /f/save.bin'
check "the log has hits" till log_has 'map(select(.host == "site.test" and .status == 200 and (.result | endswith("HIT")))) | length > 80'
