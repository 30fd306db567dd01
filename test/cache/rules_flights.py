# SPDX-License-Identifier: Apache-2.0
"""Requests for what is being fetched: collapsed_forwarding, objects that grow, clients that leave (quick_abort_*), slow clients."""
import threading
import time

from cachetest import Failed, check, script, wire

MAX = 'Cache-Control: max-age=3600\r\n'
BIG = b''.join(b'%08d' % i for i in range(131072))      # 1 MB


def ask(c, fields='', method='GET', rest='', receive_buffer=None):
    """A client that has sent its request."""
    k = c.client(receive_buffer=receive_buffer)
    k.send(('%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n' % (method, c.url(rest), c.authority, fields)).encode('latin-1'))
    return k


def head_of(body, fields=MAX, status=200):
    return b'HTTP/1.1 %d OK\r\nContent-Length: %d\r\n%s\r\n' % (status, len(body), fields.encode('latin-1'))


def whole(k, body, method='GET'):
    a = k.answer(method)
    check(a.status == 200, 'status %s' % a.status, a.raw_head)
    check(a.complete, 'not complete: %d bytes' % len(a.body), a.raw_head)
    check(a.body == body, 'another body', a.body[:100], body[:100])
    return a


HOLD = 2 * wire.PATIENCE        # seconds that an origin holds an answer back at most: longer than anybody waits for it


def until(what, wait=60):
    end = time.monotonic() + wait
    while not what():
        if time.monotonic() > end:
            raise Failed('something that should happen does not')
        time.sleep(0.01)


class Held:
    """An origin that sends .first at once and the rest when it is told to; one that is asked again does the same."""

    def __init__(self, c, first, rest, after=None):
        self.go, self.started = threading.Event(), threading.Event()
        self.seen = []

        def answer(request):
            self.seen.append(request)
            request.read_body()
            request.send(first)
            self.started.set()
            self.go.wait(HOLD)
            if after:
                after(request)
            else:
                request.send(rest)
        c.script = answer


def has_head(k):
    """It has the head of its answer: whatever is put away of it is announced, and others find it."""
    while b'\r\n\r\n' not in k.rest:
        check(k.more(), 'no head comes', k.rest)


def has_bytes(k, n):
    """... and so many bytes of the answer, which nobody takes away any more."""
    while len(k.rest) < n:
        check(k.more(), 'only %d of %d bytes came' % (len(k.rest), n))


def in_five(attempt):
    """attempt(n) for n in 0..4 until it is true. For what is to be seen only if several requests come together, which a busy machine may keep them from."""
    check(any(attempt(n) for n in range(5)), 'not in five times')


# --- one fetch for many --------------------------------------------------------------------------------------------------

@script('collapsed_forwarding on: twenty requests, one fetch, before the head', 'collapse')
def _(c):
    o = Held(c, b'', head_of(BIG) + BIG)
    clients = [ask(c) for _ in range(20)]
    check(o.started.wait(HOLD), 'the origin was not asked')
    time.sleep(0.3)
    o.go.set()
    for k in clients:
        whole(k, BIG)
    check(len(o.seen) == 1, 'the origin was asked %d times' % len(o.seen))


@script('collapsed_forwarding on: followers in mid-body', 'collapse')
def _(c):
    o = Held(c, head_of(BIG) + BIG[:500000], BIG[500000:])
    first = ask(c)
    has_head(first)
    clients = [ask(c) for _ in range(10)]
    time.sleep(0.2)
    o.go.set()
    for k in [first] + clients:
        whole(k, BIG)
    check(len(o.seen) == 1, 'the origin was asked %d times' % len(o.seen))


@script('collapsed_forwarding on: what has arrived is sent at once', 'collapse')
def _(c):
    o = Held(c, head_of(BIG) + BIG[:500000], BIG[500000:])
    has_head(ask(c))
    k = ask(c)
    got = k.until(b'\r\n\r\n')
    check(got, 'no head before the object is complete')
    check(k.exactly(400000) == BIG[:400000], 'not what has arrived, before the object is complete')
    o.go.set()
    check(k.exactly(len(BIG) - 400000) == BIG[400000:], 'another rest')
    check(len(o.seen) == 1, 'the origin was asked %d times' % len(o.seen))


@script('collapsed_forwarding off, the default: each asks by itself', 'main')
def _(c):
    o = Held(c, b'', head_of(b'body') + b'body')
    clients = [ask(c) for _ in range(3)]
    until(lambda: len(o.seen) == 3)
    o.go.set()
    for k in clients:
        whole(k, b'body')


@script('collapsed_forwarding on: a chunked object', 'collapse')
def _(c):
    o = Held(c, b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n' + MAX.encode() + b'\r\n4\r\nabcd\r\n', b'4\r\nefgh\r\n0\r\n\r\n')
    clients = [ask(c)]
    check(o.started.wait(HOLD), 'the origin was not asked')
    time.sleep(0.1)
    clients += [ask(c) for _ in range(5)]
    time.sleep(0.1)
    o.go.set()
    for k in clients:
        whole(k, b'abcdefgh')
    check(len(o.seen) == 1, 'the origin was asked %d times' % len(o.seen))


for fields, name in (('Cache-Control: private\r\n', 'private'), ('Cache-Control: no-store\r\n', 'no-store'), ('Vary: *\r\n' + MAX, 'Vary: *')):
    @script('collapsed_forwarding on: it turns out %s, each asks by itself' % name, 'collapse')
    def _(c, fields=fields):
        seen, lock = [], threading.Lock()

        def answer(request):
            with lock:
                seen.append(request)
                n = len(seen)
            if n == 1:
                time.sleep(0.4)
            body = b'body number %04d' % n
            request.send(head_of(body, fields) + body)
        c.script = answer
        clients = [ask(c) for _ in range(6)]
        bodies = [k.answer() for k in clients]
        check(all(a.complete and a.status == 200 for a in bodies), 'not all complete', *[a.raw_head for a in bodies])
        check(len({a.body for a in bodies}) == 6, 'an answer that is for one went to two', *[a.body for a in bodies])


@script('collapsed_forwarding on: the origin closes without an answer', 'collapse')
def _(c):
    o = Held(c, b'', b'', lambda r: r.close())
    clients = [ask(c) for _ in range(5)]
    time.sleep(0.3)
    o.go.set()
    for k in clients:
        a = k.answer()
        check(a.status in (502, 503, 504), 'status %s' % a.status, a.raw_head)


@script('collapsed_forwarding on: the first fetch breaks, the others go on by themselves', 'collapse')
def _(c):
    seen = []

    def answer(request):
        seen.append(request)
        if len(seen) == 1:
            time.sleep(0.3)
            request.reset()
        else:
            request.send(head_of(b'good') + b'good')
    c.script = answer
    clients = [ask(c) for _ in range(5)]
    good = 0
    for k in clients:
        a = k.answer()
        check(a.status in (200, 502, 503, 504), 'status %s' % a.status, a.raw_head)
        good += a.status == 200 and a.body == b'good'
    check(good >= 4, 'only %d of 5 were answered' % good)


for framing, head, end in (('Content-Length', head_of(BIG), lambda r: r.reset()), ('Content-Length, orderly', head_of(BIG), lambda r: r.close()),
        ('chunked', b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n' + MAX.encode() + b'\r\n%x\r\n' % len(BIG), lambda r: r.close())):
    @script('collapsed_forwarding on: the origin breaks off in mid-body (%s): nobody takes it for complete' % framing, 'collapse')
    def _(c, head=head, end=end):
        o = Held(c, head + BIG[:300000], b'', end)
        clients = [ask(c)]
        check(o.started.wait(HOLD), 'the origin was not asked')
        time.sleep(0.1)
        clients += [ask(c) for _ in range(4)]
        time.sleep(0.2)
        o.go.set()
        for k in clients:
            a = k.answer()
            check(not a.complete or a.status >= 500, 'an answer cut short looks complete', a.raw_head, len(a.body))
            check(a.status is None or a.status >= 500 or BIG.startswith(a.body), 'wrong bytes')
        c.script = lambda r: r.send(head_of(b'whole') + b'whole')
        whole(ask(c), b'whole')


@script('collapsed_forwarding on: variants under way are not mixed', 'collapse')
def _(c):
    go = threading.Event()

    def answer(request):
        go.wait(0.3)
        body = b'for ' + request.fields.get('Foo').encode()
        request.send(head_of(body, MAX + 'Vary: Foo\r\n') + body)
    c.script = answer
    clients = [(n, ask(c, 'Foo: %d\r\n' % n)) for n in (1, 2, 1, 2, 3, 1)]
    for n, k in clients:
        whole(k, b'for %d' % n)

    def together(n):
        before = len(c.seen)
        told = [whole(k, b'for %d' % (4 + n)).fields.get('Cache-Status') for k in [ask(c, 'Foo: %d\r\n' % (4 + n)) for _ in range(3)]]
        check(len(c.seen) == before + 1, 'the origin was asked %d times' % (len(c.seen) - before), *told)
        return all('fwd=vary-miss' in s for s in told) and sum('; collapsed' in s for s in told) == 2
    in_five(together)


@script('collapsed_forwarding on: answers to Authorization are not shared', 'collapse')
def _(c):
    def answer(request):
        time.sleep(0.3)
        body = request.fields.get('Authorization').encode()
        request.send(head_of(body) + body)
    c.script = answer
    for name, k in [(n, ask(c, 'Authorization: Basic %s\r\n' % n)) for n in ('aa', 'bb', 'cc')]:
        whole(k, b'Basic ' + name.encode())


@script('collapsed_forwarding on: POST is never collapsed', 'collapse')
def _(c):
    o = Held(c, b'', head_of(b'ok') + b'ok')
    clients = []
    for _ in range(3):
        k = c.client()
        k.send(('POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 1\r\n\r\nx' % (c.url(), c.authority)).encode())
        clients.append(k)
    until(lambda: len(o.seen) == 3)
    o.go.set()
    for k in clients:
        whole(k, b'ok', 'POST')


@script('collapsed_forwarding on: a reload fetches by itself', 'collapse')
def _(c):
    o = Held(c, head_of(BIG) + BIG[:1000], BIG[1000:])
    first = ask(c)
    check(o.started.wait(HOLD), 'the origin was not asked')
    time.sleep(0.1)
    k = ask(c, 'Cache-Control: no-cache\r\n')
    until(lambda: len(o.seen) == 2)
    o.go.set()
    whole(first, BIG)
    whole(k, BIG)


@script('collapsed_forwarding on: one validation for many', 'collapse')
def _(c):
    stale = 'Cache-Control: max-age=100\r\nAge: 200\r\nETag: "a"\r\n'

    def together(n):
        c.script = lambda r: r.send(head_of(BIG, stale) + BIG)
        rest = '?%d' % n
        whole(ask(c, rest=rest), BIG)
        seen, go = [], threading.Event()

        def answer(request):
            seen.append(request)
            go.wait(4)
            request.send(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nCache-Control: max-age=100\r\nAge: 0\r\n\r\n')
        c.script = answer
        clients = [ask(c, rest=rest) for _ in range(10)]
        time.sleep(0.5)
        go.set()
        told = [whole(k, BIG).fields.get('Cache-Status') for k in clients]
        check(all('If-None-Match' in r.fields for r in seen), 'not conditional')
        check(len(seen) == 1, 'the origin was asked %d times' % len(seen))
        return all('fwd=stale' in s for s in told) and sum('; collapsed' in s for s in told) == 9
    in_five(together)


@script('collapsed_forwarding on: a hundred clients, a small object, ten rounds', 'collapse')
def _(c):
    for n in range(10):
        body = b'round %d' % n
        c.seen.clear()

        def answer(request, body=body):
            time.sleep(0.1)
            request.send(head_of(body) + body)
        c.script = answer
        clients = [ask(c, rest='?%d' % n) for _ in range(100)]
        for k in clients:
            whole(k, body)
            k.close()
        check(len(c.seen) == 1, 'round %d: the origin was asked %d times' % (n, len(c.seen)))


# --- ranges of what grows ------------------------------------------------------------------------------------------------

def ranged(k, first, last, total=len(BIG)):
    a = k.answer()
    check(a.status == 206, 'status %s' % a.status, a.raw_head)
    check(a.complete and a.body == BIG[first:last + 1], 'another part: %d bytes' % len(a.body), a.raw_head)
    check(a.fields.get('Content-Range') == 'bytes %d-%d/%d' % (first, last, total), 'Content-Range', a.raw_head)


@script('14 a range of the part that has arrived', 'collapse')
def _(c):
    o = Held(c, head_of(BIG) + BIG[:500000], BIG[500000:])
    first = ask(c)
    has_head(first)
    ranged(ask(c, 'Range: bytes=1000-1999\r\n'), 1000, 1999)
    check(len(o.seen) == 1, 'the origin was asked %d times' % len(o.seen))
    o.go.set()
    whole(first, BIG)
    ranged(ask(c, 'Range: bytes=-10\r\n'), len(BIG) - 10, len(BIG) - 1)
    check(len(o.seen) == 1, 'the origin was asked %d times in the end' % len(o.seen))


@script('14 a range over the edge of what has arrived', 'collapse')
def _(c):
    o = Held(c, head_of(BIG) + BIG[:500000], BIG[500000:])
    first = ask(c)
    has_head(first)
    k = ask(c, 'Range: bytes=400000-600000\r\n')
    time.sleep(0.2)
    o.go.set()
    a = k.answer()
    check(a.status in (200, 206) and a.complete, 'status %s' % a.status, a.raw_head)
    check(a.body == (BIG[400000:600001] if a.status == 206 else BIG), 'another part: %d bytes' % len(a.body), a.raw_head)
    whole(first, BIG)


# --- clients that leave --------------------------------------------------------------------------------------------------

def leaves(c, size, sent, stays):
    """The client goes when the origin has sent so much of size; does the fetch go on?"""
    body = BIG[:size]
    ended = threading.Event()

    def answer(request):
        request.send(head_of(body) + body[:sent])
        gone.wait(HOLD)
        time.sleep(0.3)
        try:
            for i in range(sent, size, 4096):
                request.stream.send(body[i:i + 4096])
            if request.stream.closed(0.3 if stays else wire.PATIENCE) and not stays:
                ended.set()
        except OSError:
            ended.set()
    gone = threading.Event()
    c.script = answer
    k = ask(c)
    k.until(b'\r\n\r\n')
    k.exactly(sent - 2000)
    time.sleep(0.2)
    k.reset()
    gone.set()
    c.left.wait(HOLD)
    time.sleep(0.2)
    n = len(c.seen)
    c.script = lambda r: r.send(head_of(body) + body)
    whole(ask(c), body)
    check((len(c.seen) == n) == stays, 'the fetch %s' % ('should have gone on' if stays else 'should have ended'))


@script('quick_abort_min: little is missing', 'quick-abort')
def _(c):
    leaves(c, 100000, 90000, True)


@script('quick_abort_max: much is missing', 'quick-abort')
def _(c):
    leaves(c, 1000000, 10000, False)


@script('quick_abort_pct: most of it is there', 'quick-abort')
def _(c):
    leaves(c, 1000000, 975000, True)


@script('quick_abort_pct: not enough of it is there', 'quick-abort')
def _(c):
    leaves(c, 100000, 75000, False)


@script('quick_abort_min -1: the fetch always goes on', 'quick-abort-never')
def _(c):
    leaves(c, 1000000, 10000, True)


@script('quick_abort 0 0: it never does', 'quick-abort-always')
def _(c):
    leaves(c, 1000000, 500000, False)


@script('the first client leaves in mid-body, a follower gets the whole', 'collapse')
def _(c):
    o = Held(c, head_of(BIG) + BIG[:500000], BIG[500000:])
    first = ask(c)
    has_head(first)
    k = ask(c)
    k.until(b'\r\n\r\n')
    first.reset()
    time.sleep(0.2)
    o.go.set()
    check(k.exactly(len(BIG)) == BIG, 'not the whole')
    check(len(o.seen) == 1, 'the origin was asked %d times' % len(o.seen))


@script('a follower leaves, the others get the whole', 'collapse')
def _(c):
    o = Held(c, head_of(BIG) + BIG[:500000], BIG[500000:])
    first = ask(c)
    has_head(first)
    one, two = ask(c), ask(c)
    one.until(b'\r\n\r\n')
    one.reset()
    time.sleep(0.1)
    o.go.set()
    whole(first, BIG)
    whole(two, BIG)


# --- slow clients --------------------------------------------------------------------------------------------------------

@script('a client that does not read holds up neither the others nor the storing', 'collapse')
def _(c):
    body = BIG * 20
    o = Held(c, head_of(body) + body[:100000], body[100000:])
    slow = ask(c, receive_buffer=4096)
    check(o.started.wait(HOLD), 'the origin was not asked')
    time.sleep(0.1)
    others = [ask(c) for _ in range(3)]
    time.sleep(0.1)
    o.go.set()
    began = time.monotonic()            # he reads nothing before they are done
    for k in others:
        whole(k, body)
    check(time.monotonic() - began < HOLD, 'the others took %.1f s' % (time.monotonic() - began))
    check(len(o.seen) == 1, 'the origin was asked %d times' % len(o.seen))
    whole(ask(c), body)
    check(len(o.seen) == 1, 'it was not stored')
    whole(slow, body)


@script('a slow client of a stored object holds up nobody', 'main')
def _(c):
    body = BIG * 4
    c.script = lambda r: r.send(head_of(body) + body)
    whole(ask(c), body)
    slow = ask(c, receive_buffer=4096)
    for _ in range(3):
        whole(ask(c), body)
    check(len(c.seen) == 1, 'the origin was asked %d times' % len(c.seen))
    whole(slow, body)


@script('clients that leave in the midst of a hit', 'main')
def _(c):
    c.script = lambda r: r.send(head_of(BIG) + BIG)
    whole(ask(c), BIG)
    for n in (0, 10, 1000, 70000):
        k = ask(c)
        k.exactly(n)
        k.reset()
    whole(ask(c), BIG)
    check(len(c.seen) == 1, 'the origin was asked %d times' % len(c.seen))


@script('pipelined hits and misses keep their order', 'main')
def _(c):
    def answer(request):
        body = request.target.encode()
        request.send(head_of(body) + body)
    c.script = answer
    for rest in ('?a', '?b'):
        whole(ask(c, rest=rest), ('/%s%s' % (c.id, rest)).encode())
    k = c.client()
    for rest in ('?a', '?x', '?b', '?y', '?a'):
        k.send(('GET %s HTTP/1.1\r\nHost: %s\r\n\r\n' % (c.url(rest), c.authority)).encode())
    for rest in ('?a', '?x', '?b', '?y', '?a'):
        whole(k, ('/%s%s' % (c.id, rest)).encode())


@script('many hits on one connection', 'main')
def _(c):
    c.script = lambda r: r.send(head_of(b'body') + b'body')
    k = c.client()
    for _ in range(300):
        k.send(('GET %s HTTP/1.1\r\nHost: %s\r\n\r\n' % (c.url(), c.authority)).encode())
        whole(k, b'body')
    check(len(c.seen) == 1, 'the origin was asked %d times' % len(c.seen))


# --- what the log says ---------------------------------------------------------------------------------------------------

def logged(c, step, want, wait=60):
    """A line of the log about X-Step."""
    end = time.monotonic() + wait
    words = []
    while time.monotonic() < end:
        words = c.world.proxy(c.conf).log_lines().get(step, [])
        if any(want(w) for w in words):
            return
        time.sleep(0.05)
    raise Failed('the log says %s' % (' '.join(words) or 'nothing'))


@script('result _ABORTED of a miss and of a hit', 'collapse')
def _(c):
    body = BIG * 20
    o = Held(c, head_of(body) + body[:100000], body[100000:])
    k = ask(c, 'X-Step: %s.miss\r\n' % c.id)
    k.exactly(1000)
    k.reset()
    time.sleep(0.3)
    o.go.set()
    logged(c, c.id + '.miss', lambda w: w == 'TCP_MISS_ABORTED')
    c.script = lambda r: r.send(head_of(body) + body)
    whole(ask(c), body)
    k = ask(c, 'X-Step: %s.hit\r\n' % c.id, receive_buffer=4096)
    k.exactly(1000)
    k.reset()
    logged(c, c.id + '.hit', lambda w: w in ('TCP_HIT_ABORTED', 'TCP_MEM_HIT_ABORTED'))


@script('result of those that share a fetch: TCP_MISS, TCP_CF_MISS or TCP_CF_HIT', 'collapse')
def _(c):
    def together(n):
        o = Held(c, b'', head_of(BIG) + BIG)
        clients = [ask(c, 'X-Step: %s.%d.%d\r\n' % (c.id, n, i), rest='?%d' % n) for i in range(5)]
        check(o.started.wait(HOLD), 'the origin was not asked')
        time.sleep(0.2)
        o.go.set()
        for k in clients:
            whole(k, BIG)
        for i in range(5):
            logged(c, '%s.%d.%d' % (c.id, n, i), lambda w: True)
        words = sorted(w for i in range(5) for w in c.world.proxy(c.conf).log_lines().get('%s.%d.%d' % (c.id, n, i)))
        check(words.count('TCP_MISS') == 1, 'one fetches', words)
        return all(w in ('TCP_CF_MISS', 'TCP_CF_HIT') for w in words if w != 'TCP_MISS')
    in_five(together)
