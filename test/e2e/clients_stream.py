#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Answers that come a little at a time, through a proxy:  clients_stream.py PROXY-PORT SITE-PORT
# Every chunk has the time of its making in it; each has to be there at once (LATE seconds at most), also while the answer is being stored and for who
# reads along. Server-sent events, long polling, WebSocket, readers that stop reading. Prints "ok WHAT" or "not ok WHAT".
import http.client, os, socket, struct, sys, threading, time

proxy, port = int(sys.argv[1]), int(sys.argv[2])
site = 'http://site.test:%d' % port
LATE = 0.5
bad = 0

def tell(good, what):
    global bad
    bad |= not good
    print('ok' if good else 'not ok', what, flush=True)

def ask(target, method='GET', body=None, **fields):
    h = http.client.HTTPConnection('127.0.0.1', proxy, timeout=30)
    h.request(method, site + target, body, {k.replace('_', '-'): v for k, v in fields.items()})
    return h.getresponse()

def late(target, **fields):
    """fields of the answer, how late its latest chunk was, its chunks"""
    r = ask(target, **fields)
    worst, got, text = 0.0, 0, b''
    while (part := r.read1(65536)):
        now = time.time()
        text += part
        for line in part.decode().split('\n'):
            words = line.removeprefix('data: ').split()
            if words and '.' in words[-1]:
                worst, got = max(worst, now - float(words[-1])), got + 1
    return r, worst, got, text

def count(target):
    r = ask(target)
    r.read()
    return r.headers.get('X-Cache', '')

def in_time(what, target, n, **fields):
    r, worst, got, _ = late(target, **fields)
    if worst >= LATE or got != n:
        print('%d chunks, the latest %.2f s late, %s' % (got, worst, r.headers.get('Cache-Status')))
    tell(got == n and worst < LATE, what)

in_time('small chunks, not stored', '/trickle?n=5&gap=0.3&cc=no-store', 5)
in_time('small chunks, while they are stored', '/trickle?n=5&gap=0.3&cc=max-age=60', 5)
r, _, got, _ = late('/trickle?n=5&gap=0.3&cc=max-age=60')
tell(got == 5 and '; hit' in r.headers['Cache-Status'], 'they are stored')
in_time('small chunks to HTTP/1.0 like clients: close', '/trickle?n=4&gap=0.3&cc=no-store&close', 4, Connection='close')

# several at once: one fetch, each of them in time
several = []
def one():
    several.append(late('/trickle?n=12&gap=0.3&cc=max-age=60&several')[:3])
crowd = [threading.Thread(target=one) for _ in range(8)]
for t in crowd:
    t.start()
    time.sleep(0.1)
for t in crowd:
    t.join()
# what was made before one came is late by nature: whoever came last came 0.8 s after the first
if not all(got == 12 for _, _, got in several) or max(w for _, w, _ in several) >= LATE + 0.8:
    print([(got, round(w, 2)) for _, w, got in several])
tell(all(got == 12 for _, _, got in several) and max(w for _, w, _ in several) < LATE + 0.8, 'eight that read along get each chunk in time')
tell(sum('fwd=' in r.headers['Cache-Status'] and 'collapsed' not in r.headers['Cache-Status'] for r, _, _ in several) == 1, 'the server was asked once for them')

for cc in ('no-cache', 'no-store', 'max-age=60', ''):
    in_time('server-sent events, Cache-Control: %s' % (cc or 'none'), '/sse?n=5&gap=0.3' + ('&cc=' + cc if cc else ''), 5, Accept='text/event-stream')
r, _, got, _ = late('/sse?n=5&gap=0.3')
tell('; hit' not in r.headers['Cache-Status'], 'events with no-cache come from the server each time')

# two readers of the same events: each gets his own from the start, neither waits for the end of the other
begin = time.time()
both = []
crowd = [threading.Thread(target=lambda: both.append((late('/sse?n=6&gap=0.4&both'), time.time() - begin))) for _ in range(2)]
for t in crowd:
    t.start()
for t in crowd:
    t.join()
if not all(b[0][2] == 6 and b[0][1] < LATE and b[1] < 4 for b in both):
    print([(b[0][2], b[0][1], b[1]) for b in both])
tell(all(b[0][2] == 6 and b[0][1] < LATE and b[1] < 4 for b in both), 'two readers of the same events do not wait for one another')

# a reader that does not read, beside one that does
def stopped():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect(('127.0.0.1', proxy))
    s.sendall(('GET %s/f/half HTTP/1.1\r\nHost: x\r\n\r\n' % site).encode())
    s.recv(1000)
    return s
s = stopped()
begin = time.time()
r = ask('/f/half')
whole = r.read()
tell(len(whole) == 30000000 and time.time() - begin < 20, 'who reads is not held up by who fetched and does not')
s.close()

# long polling: each of an address of his own, then all of the same one, which may wait for one another's answer once
def polled(target):
    waiting = []
    def wait(i):
        waiting.append(ask(target % i).read())
    crowd = [threading.Thread(target=wait, args=(i,)) for i in range(20)]
    for t in crowd:
        t.start()
    time.sleep(1)
    n = 0
    while any(t.is_alive() for t in crowd) and n < 20:
        ask('/release', 'POST', b'').read()
        n += 1
        time.sleep(0.5)
    for t in crowd:
        t.join()
    return n if waiting == [b'released\n'] * 20 else 99
tell(polled('/poll?%d') == 1, 'twenty that poll are released at once')
tell(polled('/poll?same&not=%.0d') <= 3, 'twenty that poll the same are not released one after another')

# WebSocket by Upgrade, and in a tunnel
def websocket(tunnel):
    s = socket.create_connection(('127.0.0.1', proxy), timeout=20)
    f = s.makefile('rb')
    def head():
        status = int(f.readline().split()[1])
        while f.readline().strip():
            pass
        return status
    where = site
    if tunnel:
        s.sendall(('CONNECT site.test:%d HTTP/1.1\r\nHost: site.test:%d\r\n\r\n' % (port, port)).encode())
        if head() != 200:
            return False
        where = ''
    s.sendall(('GET %s/ws HTTP/1.1\r\nHost: site.test:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n' % (where, port)).encode())
    if head() != 101:
        return False
    for n in (5, 200, 70000, 0, 1):
        data = os.urandom(n)
        mask = os.urandom(4)
        size = bytes([128 | n]) if n < 126 else b'\xfe' + struct.pack('>H', n) if n < 65536 else b'\xff' + struct.pack('>Q', n)
        s.sendall(b'\x82' + size + mask + bytes(c ^ mask[i & 3] for i, c in enumerate(data)))
        h = f.read(2)
        n2 = h[1]
        n2 = struct.unpack('>H', f.read(2))[0] if n2 == 126 else struct.unpack('>Q', f.read(8))[0] if n2 == 127 else n2
        begin = time.time()
        if f.read(n2) != data or time.time() - begin > LATE:
            return False
        time.sleep(0.2)
    s.sendall(b'\x88\x80\0\0\0\0')
    return f.read() == b'\x88\0'
tell(websocket(False), 'WebSocket by Upgrade')
tell(websocket(True), 'WebSocket in a tunnel')
sys.exit(bad)
