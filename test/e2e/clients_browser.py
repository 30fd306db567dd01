#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A browser at work behind a proxy: clients_browser.py PAC-URL PROFILE-DIRECTORY SITE DOWNLOADS
A page of many parts, reloaded, reloaded past the caches, left and come back to; sound that is jumped about in; a file saved; a service worker; events;
fetch() with ranges and a body. The browser's own cache is off where the proxy's is to be tried. Prints "ok WHAT" or "not ok WHAT"."""
import json
import os
import signal
import sys
import time

import browser

bad = 0


def tell(good, what, said=''):
    global bad
    bad |= not good
    print('ok' if good else 'not ok', what, flush=True)
    if not good and said != '':
        print(said, flush=True)


class Work(browser.Browser):
    def __init__(self, *a):
        super().__init__(*a)
        self.loads = 0
        self.saved = {}

    def event(self, message):
        method, params = message.get('method'), message.get('params', {})
        if method == 'Page.loadEventFired':
            self.loads += 1
        elif method in ('Browser.downloadProgress', 'Page.downloadProgress'):
            self.saved[params['guid']] = params['state']

    def open(self):
        target = self.ask('Target.createTarget', url='about:blank')['targetId']
        self.session = self.ask('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        self.ask('Page.enable')
        self.ask('Network.enable', maxPostDataSize=1000)

    def load(self, method, **params):
        before = self.loads
        self.ask(method, **params)
        while self.loads == before:
            self.event(self.receive())

    def run(self, script):
        """what the body of an async function answers"""
        r = self.ask('Runtime.evaluate', expression='(async () => { %s })()' % script, awaitPromise=True, returnByValue=True)
        if 'exceptionDetails' in r:
            return 'exception: ' + json.dumps(r['exceptionDetails'])[:400]
        return r['result'].get('value')


def whole(b, what):
    said = b.run('''for (let i = 0; i < 50 && ![...document.images].every(i => i.complete); i++) await new Promise(r => setTimeout(r, 100));
        return [[...document.images].filter(i => i.naturalWidth == 16).length, window.ran, getComputedStyle(document.body).color].join()''')
    tell(said == '60,20,rgb(1, 2, 3)', what, said)


SOUND = '''const a = new Audio('/f/sound.wav'); a.preload = 'metadata'; a.muted = true;
    await new Promise((good, bad) => { a.onloadedmetadata = good; a.onerror = bad });
    const at = [];
    for (const t of [100, 5, a.duration - 3, 60]) { a.currentTime = t; await new Promise(r => a.onseeked = r); at.push(Math.round(a.currentTime)); }
    a.removeAttribute('src'); a.load();
    return at.join()'''


def work(b, site, downloads):
    b.open()
    b.load('Page.navigate', url=site + '/f/page.html')
    whole(b, 'a page of eighty parts')
    b.load('Page.reload')
    whole(b, 'reloaded')
    b.load('Page.reload', ignoreCache=True)
    whole(b, 'reloaded past the caches')
    b.load('Page.navigate', url=site + '/f/other.html')
    b.run('history.back()')
    time.sleep(1)
    whole(b, 'come back to')
    b.ask('Network.setCacheDisabled', cacheDisabled=True)
    for turn in 'first', 'second':
        said = b.run(SOUND)
        tell(said in ('100,5,115,60', '100,5,116,60'), 'sound of 20 MB is jumped about in, ' + turn, said)
    b.ask('Network.setCacheDisabled', cacheDisabled=False)
    said = b.run('''const r = await fetch('/f/sound.wav', { headers: { Range: 'bytes=1000-1999' } }); return [r.status, (await r.arrayBuffer()).byteLength].join()''')
    tell(said == '206,1000', 'fetch() of a range', said)
    said = b.run('''const r = await fetch('/echo', { method: 'POST', body: new Uint8Array(5000000) }); return (await r.json()).length''')
    tell(said == 5000000, 'fetch() with a body of 5 MB', said)
    said = b.run('''const e = new EventSource('/sse?n=4&gap=0.3'); let n = 0, late = 0;
        await new Promise((good, bad) => e.onmessage = m => { late = Math.max(late, Date.now() / 1000 - m.data); if (++n == 4) good() }); e.close(); return [n, late < 0.5].join()''')
    tell(said == '4,true', 'server-sent events, each at once', said)
    said = b.run('''const w = new WebSocket(location.origin.replace('http', 'ws') + '/ws'); let got = ''; w.onopen = () => w.send('x'.repeat(70000));
        await new Promise((good, bad) => { w.onmessage = m => { got = m.data; good() }; w.onerror = bad }); w.close(); return got.length''')
    tell(said == 70000, 'WebSocket', said)
    said = b.run('''const r = await navigator.serviceWorker.register('/f/worker.js', { scope: '/f/' }); await navigator.serviceWorker.ready;
        for (let i = 0; i < 50 && !navigator.serviceWorker.controller; i++) await new Promise(r => setTimeout(r, 100));
        return [await (await fetch('/f/made-by-the-worker')).text(), (await (await fetch('/f/other.html')).text()).length > 20].join()''')
    tell(said == 'from the worker,true', 'a service worker', said)
    b.ask('Browser.setDownloadBehavior', behavior='allow', downloadPath=downloads, eventsEnabled=True)
    b.run('''const a = document.createElement('a'); a.href = '/f/save.bin'; a.download = 'save.bin'; document.body.append(a); a.click()''')
    end = time.time() + 20
    while 'completed' not in b.saved.values() and time.time() < end:
        b.ask('Page.enable')
        time.sleep(0.1)
    tell('completed' in b.saved.values(), 'a file is saved', b.saved)


def main():
    pac, profile, site, downloads = sys.argv[1:5]
    b = Work(pac, profile, '--unsafely-treat-insecure-origin-as-secure=' + site, '--autoplay-policy=no-user-gesture-required')

    def too_long(*_):
        print('not ok the browser comes to an end')
        sys.stdout.flush()
        b.end()
        os._exit(3)
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(120)
    try:
        work(b, site, downloads)
    finally:
        b.end()
    sys.exit(bad)


main()
