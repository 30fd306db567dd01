# SPDX-License-Identifier: Apache-2.0
"""What the table cannot say: objects replaced or purged while they are read, invalidation seen by all workers, processes that die, a reload,
a damaged store."""
import mmap
import os
import random
import re
import signal
import subprocess
import threading
import time

from cachetest import A, Proxy, check, script
from rules_flights import BIG, HOLD, MAX, Held, ask, has_head, head_of, until, whole


def raw(c, target, host=None, fields='', method='GET', body=b''):
    k = c.client()
    k.send(('%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n' % (method, target, host or c.authority, fields)).encode('latin-1') + body)
    return k.answer(method)


# --- what is read while it changes ---------------------------------------------------------------------------------------

OLD, NEW = b'old data' * 500000, b'new data' * 500000    # 4 MB each


def slow_reader(c):
    """One that has read a piece of the stored OLD."""
    c.script = lambda r: r.send(head_of(OLD) + OLD)
    whole(ask(c), OLD)
    k = ask(c, receive_buffer=4096)
    check(k.until(b'\r\n\r\n'), 'no head')
    check(k.exactly(1000) == OLD[:1000], 'another beginning')
    c.script = lambda r: (r.read_body(), r.send(head_of(NEW) + NEW))
    return k


def rest_of(k):
    rest = k.exactly(len(OLD) - 1000)
    check(rest == OLD[1000:] or (len(rest) < len(OLD) - 1000 and OLD[1000:].startswith(rest)), 'bytes of another object', len(rest))
    return len(rest) == len(OLD) - 1000


@script('an object that is replaced while it is read', 'collapse')
def _(c):
    k = slow_reader(c)
    whole(ask(c, 'Cache-Control: no-cache\r\n'), NEW)
    whole(ask(c), NEW)
    check(rest_of(k), 'it was cut')


@script('an object that is purged while it is read')
def _(c):
    own_proxy(c)            # no other URL's mark meets this one's
    k = slow_reader(c)
    check(raw(c, c.url(), method='PURGE').status == 200, 'PURGE')
    whole(ask(c), NEW)
    check(rest_of(k), 'it was cut')


@script('an object that is invalidated while it is read')
def _(c):
    own_proxy(c)
    k = slow_reader(c)
    raw(c, c.url(), method='POST', fields='Content-Length: 1\r\n', body=b'x')
    whole(ask(c), NEW)
    check(rest_of(k), 'it was cut')


def write_over(c, times):
    """Other objects, as fast as they can be stored, each once, until what the store held was reclaimed: so many times."""
    other, n, over, end = BIG * 3, 0, 0, time.monotonic() + 300
    c.script = lambda r: r.send(head_of(other) + other)
    while over < times:
        check(time.monotonic() < end, '%d MB fetched, the store was written over %d times' % (3 * n, over))
        stored = []
        while len(stored) < 24 and time.monotonic() < end:      # no more is stored at a time than the disk takes
            if 'stored' in (whole(ask(c, rest='?over%d' % n), other).fields.get('Cache-Status') or ''):
                stored.append(n)
            n += 1
        over += stored != [] and raw(c, c.url('?over%d' % stored[0]), fields='Cache-Control: only-if-cached\r\n').status == 504


@script('an object whose place is wanted while it is read')
def _(c):
    own_proxy(c)            # nobody else takes what room there is
    k = slow_reader(c)
    time.sleep(2.5)         # by then nothing is pinned for it
    write_over(c, 5)
    check(rest_of(k), 'it was cut')


@script('an object that is replaced, and whose place is wanted, while it is read')
def _(c):
    own_proxy(c)            # nobody else takes what room there is
    k = slow_reader(c)
    whole(ask(c, 'Cache-Control: no-cache\r\n'), NEW)
    write_over(c, 3)
    check(rest_of(k), 'it was cut')


@script('an object that is purged, and whose place is wanted, while it is read')
def _(c):
    own_proxy(c)            # nobody else takes what room there is
    k = slow_reader(c)
    check(raw(c, c.url(), method='PURGE').status == 200, 'PURGE')
    write_over(c, 3)
    check(rest_of(k), 'it was cut')


@script('readers of ten objects whose places are wanted')
def _(c):
    own_proxy(c)            # nobody else takes what room there is
    bodies = [(b'%07d ' % i) * 250000 for i in range(10)]
    c.script = lambda r: r.send(head_of(bodies[int(r.target[-1])]) + bodies[int(r.target[-1])])
    for i, body in enumerate(bodies):
        whole(ask(c, rest='?%d' % i), body)
    readers = [ask(c, rest='?%d' % i, receive_buffer=4096) for i in range(10)]
    for k, body in zip(readers, bodies):
        check(k.until(b'\r\n\r\n') and k.exactly(1000) == body[:1000], 'another beginning')
    write_over(c, 3)
    for k, body in zip(readers, bodies):
        check(k.exactly(len(body) - 1000) == body[1000:], 'it was cut')


@script('a slow reader of what is being fetched, whose place is wanted')
def _(c):
    own_proxy(c)            # nobody else takes what room there is
    o = Held(c, head_of(OLD) + OLD[:2000000], OLD[2000000:])
    k = ask(c, receive_buffer=4096)
    check(k.until(b'\r\n\r\n') and k.exactly(1000) == OLD[:1000], 'another beginning')
    other = ask(c, receive_buffer=4096)
    check(other.until(b'\r\n\r\n') and other.exactly(1000) == OLD[:1000], 'another beginning')
    o.go.set()
    until(lambda: b'hit' in raw(c, c.url(), fields='Cache-Control: only-if-cached\r\nRange: bytes=0-0\r\n').raw_head)
    check(raw(c, c.url(), method='PURGE').status == 200, 'PURGE')
    write_over(c, 3)
    check(rest_of(k) and rest_of(other), 'it was cut')


@script('far more than the store holds: what is answered is right', 'small')
def _(c):
    def answer(request):
        n = int(request.target.rsplit('?', 1)[1])
        body = (b'%08d' % n) * (1000 + 977 * (n % 100))
        request.send(head_of(body) + body)
    c.script = answer
    generator = random.Random(1)
    for i in range(400):
        n = generator.choice((i, generator.randrange(i + 1)))
        whole(ask(c, rest='?%d' % n), (b'%08d' % n) * (1000 + 977 * (n % 100)))


# --- invalidation, seen by everybody -------------------------------------------------------------------------------------

def versions(c, readers):
    """GETs started after a POST was answered see what it made. readers: GETs of the same URL all the time."""
    lock, now, stop, wrong = threading.Lock(), {}, threading.Event(), []

    def answer(request):
        name = request.target
        request.read_body()
        with lock:
            if request.method == 'POST':
                now[name] = now.get(name, 0) + 1
            body = b'%d' % now.get(name, 0)
        if request.method == 'GET':
            time.sleep(0.003)
        request.send(head_of(body) + body)
    c.script = answer

    def reader(rest):
        while not stop.is_set():
            floor = seen.get(rest, 0)
            k = c.client()
            k.send(('GET %s HTTP/1.1\r\nHost: %s\r\n\r\n' % (c.url(rest), c.authority)).encode())
            got = k.answer()
            k.close()
            if got.status != 200 or int(got.body) < floor:
                wrong.append('%s of version %d gave %s %r' % (rest, floor, got.status, got.body))

    def writer(rest):
        for _ in range(15):
            got = raw(c, c.url(rest), method='POST', fields='Content-Length: 1\r\n', body=b'x')
            seen[rest] = int(got.body)
            for _ in range(4):
                floor = seen[rest]
                got = raw(c, c.url(rest))
                if got.status != 200 or int(got.body) < floor:
                    wrong.append('%s of version %d gave %s %r' % (rest, floor, got.status, got.body))
    seen = {}
    urls = ['?%d' % i for i in range(6)]
    threads = [threading.Thread(target=writer, args=(u,)) for u in urls]
    others = [threading.Thread(target=reader, args=(u,)) for u in urls for _ in range(readers)]
    for t in threads + others:
        t.start()
    for t in threads:
        t.join()
    stop.set()
    for t in others:
        t.join()
    check(not wrong, '%d answers from before an invalidation' % len(wrong), *wrong[:4])


@script('4.4 after an invalidation no worker sends the old answer')
def _(c):
    own_proxy(c)
    versions(c, 0)


@script('4.4 nor one whose fetch began before it')
def _(c):
    own_proxy(c)
    versions(c, 2)


@script('4.4 nor where fetches are shared')
def _(c):
    own_proxy(c, 'collapsed_forwarding on\n')
    versions(c, 2)


@script('4.4 what was under way when its URL was invalidated is not stored')
def _(c):
    own_proxy(c)
    o = Held(c, head_of(OLD) + OLD[:1000], OLD[1000:])
    k = ask(c)
    has_head(k)
    c.script = lambda r: (r.read_body(), r.send(head_of(b'done') + b'done'))
    check(raw(c, c.url(), method='POST', fields='Content-Length: 1\r\n', body=b'x').status == 200, 'POST')
    o.go.set()
    whole(k, OLD)
    c.script = lambda r: r.send(head_of(NEW) + NEW)
    whole(ask(c), NEW)


# --- behind the client's back --------------------------------------------------------------------------------------------

STALE = 'Cache-Control: max-age=100, stale-while-revalidate=1000\r\nAge: 200\r\nETag: "a"\r\n'


@script('5861 3 one validation behind for many requests', 'collapse')
def _(c):
    c.script = lambda r: r.send(head_of(BIG, STALE) + BIG)
    whole(ask(c), BIG)
    seen, go = [], threading.Event()

    def answer(request):
        seen.append(request)
        go.wait(HOLD)
        request.send(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nCache-Control: max-age=100\r\nAge: 0\r\n\r\n')
    c.script = answer
    for _ in range(20):
        whole(ask(c), BIG)
    until(lambda: seen)
    go.set()
    check(len(seen) == 1, 'the origin was asked %d times' % len(seen))
    check('If-None-Match' in seen[0].fields, 'not conditional', seen[0].head)


@script('5861 3 a stale range is sent at once, the validation behind asks for no range')
def _(c):
    c.script = lambda r: r.send(head_of(BIG, STALE) + BIG)
    whole(ask(c), BIG)
    seen = []

    def answer(request):
        seen.append(request)
        request.send(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nCache-Control: max-age=100\r\nAge: 0\r\n\r\n')
    c.script = answer
    got = raw(c, c.url(), fields='Range: bytes=8-15\r\nIf-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n')
    check(got.status == 206 and got.body == BIG[8:16], 'status %s' % got.status, got.raw_head)
    until(lambda: seen)
    check('Range' not in seen[0].fields and 'If-Modified-Since' not in seen[0].fields and seen[0].fields.get('If-None-Match') == '"a"', 'another request behind', seen[0].head)


@script('5861 3 the client goes, the validation behind is done', 'main')
def _(c):
    c.script = lambda r: r.send(head_of(BIG, STALE) + BIG)
    whole(ask(c), BIG)
    seen = []

    def answer(request):
        seen.append(request)
        time.sleep(0.2)
        request.send(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nCache-Control: max-age=100\r\nAge: 0\r\n\r\n')
    c.script = answer
    k = ask(c)
    k.until(b'\r\n\r\n')
    k.reset()
    until(lambda: seen)
    time.sleep(0.4)
    whole(ask(c), BIG)
    check(len(seen) == 1, 'the origin was asked %d times' % len(seen))


# --- processes that die, reloads, damage ---------------------------------------------------------------------------------

def own_proxy(c, extra='', megabytes=64):
    """A proxy for this case alone, which it may hurt."""
    text = c.world.confs['main']['text'].replace('{workers}', '2').replace('/store 256', '/store %d' % megabytes) + extra
    p = Proxy(c.world, 'own-%s' % c.id, text)
    p.deaths = True
    c.world.proxies[p.name] = p
    c.conf = p.name
    c.world.await_store(p)
    return p


def numbered(c, n):
    return (b'%s %06d ' % (c.id.encode(), n)) * (1 + 37 * (n % 200))


def many(c, count=300):
    def answer(request):
        body = numbered(c, int(request.target.rsplit('?', 1)[1]))
        request.send(head_of(body) + body)
    c.script = answer
    for n in range(count):
        whole(ask(c, rest='?%d' % n), numbered(c, n))


def all_right(c, count=300, at_least=0, cut=0):
    """Every answer is right; so many come from the store. cut: so many may break off, with right bytes until then."""
    before = len(c.seen)
    for n in range(count):
        got = ask(c, rest='?%d' % n).answer()
        right = numbered(c, n)
        check(got.status == 200 and right.startswith(got.body), 'another answer', got.raw_head, got.body[:100])
        check(not got.complete or got.body == right, 'a truncated body as complete', got.raw_head)
        cut -= not got.complete
    check(cut >= 0, '%d answers too many were cut' % -cut)
    stored = count - (len(c.seen) - before)
    check(stored >= at_least, 'only %d of %d came from the store' % (stored, count))


@script('kill -9 of everything: all that was stored is there at once')
def _(c):
    p = own_proxy(c)
    many(c)
    for _ in range(3):
        p.kill_all()
        p.start()
        all_right(c, at_least=300)


def hurt(c, harm):
    p = own_proxy(c)
    many(c)
    p.kill_all()
    files = [os.path.join(top, f) for top, _, names in os.walk(os.path.join(p.folder, 'store')) for f in names]
    check(files, 'no store')
    harm(files, random.Random(c.number))
    p.start()
    cut = sum(len(numbered(c, n)) > 65536 for n in range(300))
    all_right(c, cut=cut)       # what is larger than is verified before it is sent is cut where the damage is,
    all_right(c)                # once


@script('a store with flipped bits: never a wrong byte')
def _(c):
    def harm(files, generator):
        for path in files:
            with open(path, 'r+b') as f:
                size = os.path.getsize(path)
                for _ in range(2000):
                    at = generator.randrange(min(size, 24 << 20))
                    f.seek(at)
                    b = f.read(1)
                    f.seek(at)
                    f.write(bytes([b[0] ^ 1 << generator.randrange(8)]))
    hurt(c, harm)


@script('a store with zeroed pages: never a wrong byte')
def _(c):
    def harm(files, generator):
        for path in files:
            with open(path, 'r+b') as f:
                for _ in range(500):
                    f.seek(generator.randrange(max(1, min(os.path.getsize(path), 16 << 20) // 512)) * 512)
                    f.write(bytes(512))
    hurt(c, harm)


@script('a truncated store: never a wrong byte')
def _(c):
    hurt(c, lambda files, generator: [os.truncate(f, os.path.getsize(f) // 3) for f in files])


@script('pages of the store that changed places: never a wrong byte')
def _(c):
    def harm(files, generator):
        for path in files:
            with open(path, 'r+b') as f:
                for _ in range(300):
                    one, two = (generator.randrange(max(1, min(os.path.getsize(path), 16 << 20) // 4096)) * 4096 for _ in range(2))
                    f.seek(one)
                    page = f.read(4096)
                    f.seek(two)
                    f.write(page)
    hurt(c, harm)


@script('damage in the middle of a long body: what is missing is asked for')
def _(c):
    seen, body = [], b''.join(b'%08d' % i for i in range(400000))

    def answer(request):
        seen.append(request.fields.get('Range'))
        A(MAX.strip(), 'ETag: "a"', ranges=body).send(request, c.world.clock.now(), '')
    c.script = answer
    p = own_proxy(c)
    whole(ask(c), body)
    for first in (1500000, 2500000):
        with open(os.path.join(p.folder, 'store', 'sepia-segments'), 'r+b') as f, mmap.mmap(f.fileno(), 0) as m:
            at = [n.start() for n in re.finditer(body[first:first + 8000], m)]
            check(at, 'it is not stored')
            for n in at:
                m[n:n + 8] = b'damaged!'
        n = len(seen)
        whole(ask(c), body)
        check(len(seen) > n and all(r and r.startswith('bytes=') for r in seen[1:]), 'asked otherwise', seen)
        until(lambda: ask(c, 'Range: bytes=3000000-\r\nCache-Control: only-if-cached\r\n').answer().status == 206)
        whole(ask(c), body)


@script('an index that is gone: never a wrong byte, and it comes back')
def _(c):
    hurt(c, lambda files, generator: [os.truncate(f, 0) for f in files if 'index' in os.path.basename(f)])


@script('an index of noise: never a wrong byte')
def _(c):
    def harm(files, generator):
        for path in files:
            if 'index' in os.path.basename(path):
                with open(path, 'r+b') as f:
                    f.write(os.urandom(os.path.getsize(path)))
    hurt(c, harm)


@script('a reload keeps the cache')
def _(c):
    p = own_proxy(c)
    many(c, 100)
    for _ in range(2):
        done = subprocess.run([c.world.sepia, '-f', p.conf, '-k', 'reconfigure'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=dict(os.environ, ASAN_OPTIONS='detect_leaks=0'))
        check(done.returncode == 0, 'the reload was refused', done.stdout)
        all_right(c, 100, 100)


def children(p, name):
    """Processes of a proxy whose name has that word."""
    out = []
    for pid in p.descendants():
        try:
            with open('/proc/%d/cmdline' % pid) as f:
                title = f.read()
            with open('/proc/%d/stat' % pid) as f:
                comm, _, state = f.read().rpartition(')')
        except OSError:
            continue
        if name in title + comm and state.split()[0] not in 'ZX':
            out.append(pid)
    return out


@script('the keeper is killed: hits and storing go on')
def _(c):
    p = own_proxy(c)
    many(c, 50)
    for _ in range(3):
        until(lambda: children(p, 'keeper'))
        for pid in children(p, 'keeper'):
            os.kill(pid, signal.SIGKILL)
        all_right(c, 50, 50)
        time.sleep(0.1)
    many(c, 100)
    all_right(c, 100, 100)


@script('a fetching worker dies: followers in the other are cut or go on, never wrong')
def _(c):
    p = own_proxy(c, 'collapsed_forwarding on\n')
    body = BIG * 3
    for round in range(6):
        c.seen.clear()
        o = Held(c, head_of(body) + body[:1000000], body[1000000:])
        rest = '?%d' % round
        until(lambda: len(children(p, 'worker')) == 2)
        workers = children(p, 'worker')
        clients = [ask(c, rest=rest) for _ in range(6)]
        check(o.started.wait(HOLD), 'the origin was not asked')
        time.sleep(0.2)
        os.kill(workers[round % 2], signal.SIGKILL)
        time.sleep(0.1)
        o.go.set()
        for k in clients:
            got = k.answer()
            check(got.status in (None, 200, 502, 503, 504), 'status %s' % got.status, got.raw_head)
            check(got.status != 200 or body.startswith(got.body), 'wrong bytes')
            check(got.status != 200 or not got.complete or got.body == body, 'a truncated body as complete')
        c.script = lambda r: r.send(head_of(body) + body)
        whole(ask(c, rest=rest), body)


@script('PURGE and misses while a worker dies again and again')
def _(c):
    p = own_proxy(c, 'collapsed_forwarding on\n')
    stop = threading.Event()

    def killer():
        while not stop.wait(0.25):
            workers = children(p, 'worker')
            if workers:
                try:
                    os.kill(random.choice(workers), signal.SIGKILL)
                except OSError:
                    pass

    def answer(request):
        body = numbered(c, int(request.target.rsplit('?', 1)[1]))
        request.send(head_of(body) + body)
    c.script = answer
    t = threading.Thread(target=killer)
    t.start()
    done = 0
    try:
        began = time.monotonic()
        generator = random.Random(7)
        while time.monotonic() - began < (3 if done > 20 else 60):
            n = generator.randrange(50)
            try:
                got = raw(c, c.url('?%d' % n), method=generator.choice(('GET', 'GET', 'GET', 'PURGE')))
            except OSError:
                continue
            if got.status == 200 and got.complete and got.body:
                check(got.body == numbered(c, n), 'another body', n, got.body[:60])
                done += 1
    finally:
        stop.set()
        t.join()
    check(done > 20, 'only %d answers' % done)
    all_right(c, 50)
