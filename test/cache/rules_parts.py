# SPDX-License-Identifier: Apache-2.0
"""RFC 9111, 3.3 and 3.4: random ranges of an object that now and then changes, from an origin that is honest but may break off. Whatever comes back is a
part, or the whole, of the one version whose entity-tag it carries."""
import random
import re
import threading

from cachetest import check, script
from rules_storms import own_proxy

SIZE = 300000


def version(c, n, g):
    """The bytes of version n."""
    word = ('%s.%d ' % (c.id, n)).encode()
    return (word * (SIZE // len(word) + 1))[:g.randrange(SIZE // 2, SIZE)]


class Honest:
    """An origin with versions, that answers ranges, conditions and If-Range as RFC 9110 says."""

    def __init__(self, c, seed, cuts, framing, strong=True):
        self.c, self.g, self.cuts, self.framing = c, random.Random(seed), cuts, framing
        self.prefix = '' if strong else 'W/'
        self.versions = []
        self.lock = threading.Lock()
        self.change()
        c.script = self.answer

    def change(self):
        self.versions.append(version(self.c, len(self.versions), self.g))

    def answer(self, r):
        r.read_body()
        with self.lock:
            n, cut = len(self.versions) - 1, self.g.random() < self.cuts
        body, tag = self.versions[n], '%s"v%d"' % (self.prefix, n)
        fields = 'ETag: %s\r\nCache-Control: max-age=3600\r\nAccept-Ranges: bytes\r\n' % tag
        if tag in (r.fields.get('If-None-Match') or ''):
            r.send(('HTTP/1.1 304 Not Modified\r\n%s\r\n' % fields).encode())
            return
        status, m = '200 OK', re.fullmatch(r'bytes=(\d*)-(\d*)', r.fields.get('Range') or '')
        if m and r.fields.get('If-Range') in (None, tag):
            first = int(m.group(1)) if m.group(1) else max(0, len(body) - int(m.group(2)))
            last = min(int(m.group(2)) if m.group(1) and m.group(2) else len(body) - 1, len(body) - 1)
            if first >= len(body):
                r.send(('HTTP/1.1 416 No\r\nContent-Range: bytes */%d\r\nContent-Length: 0\r\n\r\n' % len(body)).encode())
                return
            status, fields = '206 Partial Content', fields + 'Content-Range: bytes %d-%d/%d\r\n' % (first, last, len(body))
            body = body[first:last + 1]
        if self.framing == 'chunked':
            out = ('HTTP/1.1 %s\r\n%sTransfer-Encoding: chunked\r\n\r\n' % (status, fields)).encode()
            out += b''.join(b'%x\r\n%s\r\n' % (len(body[i:i + 9000]), body[i:i + 9000]) for i in range(0, len(body), 9000)) + b'0\r\n\r\n'
        else:
            out = ('HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n' % (status, fields, len(body))).encode() + body
        if cut:
            r.send(out[:max(200, len(out) * 2 // 3)])
            r.close()
        else:
            r.send(out)


def judge(o, got, asked):
    """One answer to a request for the range asked (a text), or None for the whole."""
    if got.status in (502, 503, 504) or got.status is None:
        return 0
    check(got.status in (200, 206, 416), 'status %s' % got.status, got.raw_head)
    if got.status == 416:
        return 0
    m = re.fullmatch(r'(?:W/)?"v(\d+)"', got.fields.get('ETag') or '')
    check(m, 'no entity-tag', got.raw_head)
    whole = o.versions[int(m.group(1))]
    if got.status == 200:
        right = whole
    else:
        r = re.fullmatch(r'bytes (\d+)-(\d+)/(\d+)', got.fields.get('Content-Range') or '')
        check(r and int(r.group(3)) == len(whole), 'Content-Range', got.raw_head)
        right = whole[int(r.group(1)):int(r.group(2)) + 1]
        a = re.fullmatch(r'bytes=(\d*)-(\d*)', asked)
        first = int(a.group(1)) if a.group(1) else max(0, len(whole) - int(a.group(2)))
        check(int(r.group(1)) == first, 'another range than asked for', asked, got.raw_head)
    check(right.startswith(got.body), 'bytes of another version, or another place', asked, got.raw_head, got.body[:60])
    check(not got.complete or got.body == right, 'a truncated part as complete', asked, got.raw_head, len(got.body))
    return got.complete


def a_range(g):
    kind, first = g.random(), g.randrange(SIZE)
    if kind < 0.15:
        return None
    if kind < 0.3:
        return 'bytes=-%d' % g.choice((1, 100, 5000, 70000))
    if kind < 0.45:
        return 'bytes=%d-' % (first // 2)
    first = g.choice((first // 3, 0, 4096 * g.randrange(20), 65536 * g.randrange(4)))
    return 'bytes=%d-%d' % (first, first + g.choice((0, 99, 4095, 20000, 100000)))


def wander(c, o, seed, count, changes=True):
    g, good = random.Random(seed), 0
    for _ in range(count):
        if changes and g.random() < 0.04:
            o.change()
            if g.random() < 0.7:
                fields = 'Cache-Control: no-cache\r\n'
                good += judge(o, one(c, fields, None), None)
        asked, fields = a_range(g), ''
        if asked:
            fields = 'Range: %s\r\n' % asked
            if g.random() < 0.2:
                fields += 'If-Range: %s"v%d"\r\n' % (o.prefix, g.randrange(len(o.versions)))
        if g.random() < 0.05:
            fields += 'Cache-Control: max-age=0\r\n'
        good += judge(o, one(c, fields, asked), asked)
    return good


def one(c, fields, asked):
    k = c.client()
    k.send(('GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n' % (c.url(), c.authority, fields)).encode())
    got = k.answer()
    k.close()
    return got


for seed in range(8):
    for name, cuts, framing, strong in (('', 0, 'length', True), ('an origin that breaks off', 0.15, 'length', True), ('chunked', 0.05, 'chunked', True), ('weak tags', 0.05, 'length', False)):
        @script('3.4 random ranges %d %s' % (seed, name), 'parts' if seed % 2 else 'collapse')
        def _(c, seed=seed, cuts=cuts, framing=framing, strong=strong):
            o = Honest(c, seed, cuts, framing, strong)
            good = wander(c, o, seed, 60)
            check(good > 20, 'only %d of 60 requests were answered' % good)

for seed in range(4):
    @script('3.4 random ranges by six clients at once %d' % seed, 'collapse' if seed % 2 else 'parts')
    def _(c, seed=seed):
        o, wrong = Honest(c, seed, 0.1 if seed > 1 else 0, 'length'), []

        def work(n):
            try:
                wander(c, o, 100 * seed + n, 30, n == 0)
            except Exception as e:
                wrong.append(str(e))
        threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        check(not wrong, wrong[0] if wrong else '')


@script('3.4 what was gathered in parts is complete in the end', 'parts')
def _(c):
    o = Honest(c, 99, 0, 'length')
    body = o.versions[0]
    for first in range(0, len(body), 20000):
        judge(o, one(c, 'Range: bytes=%d-%d\r\n' % (first, first + 19999), None), 'bytes=%d-%d' % (first, first + 19999))
    before = len(c.seen)
    got = one(c, 'Range: bytes=10000-100000\r\n', None)
    check(got.status == 206 and got.body == body[10000:100001], 'status %s' % got.status, got.raw_head)
    check(len(c.seen) == before, 'the origin was asked for what was there')
    got = one(c, '', None)
    check(got.status == 200 and got.body == body, 'status %s' % got.status, got.raw_head)
    check(len(c.seen) <= before + 1, 'the origin was asked %d times' % (len(c.seen) - before))


@script('3.4 parts outlive kill -9 of everything')
def _(c):
    p = own_proxy(c)
    o = Honest(c, 98, 0, 'length')
    for first in (0, 50000, 100000):
        judge(o, one(c, 'Range: bytes=%d-%d\r\n' % (first, first + 9999), None), 'bytes=%d-%d' % (first, first + 9999))
    p.kill_all()
    p.start()
    before = len(c.seen)
    for first in (0, 50000, 100000):
        asked = 'bytes=%d-%d' % (first + 5, first + 9000)
        check(judge(o, one(c, 'Range: %s\r\n' % asked, asked), asked), 'no answer')
    check(len(c.seen) == before, 'the origin was asked for what was there')
    wander(c, o, 5, 40)


# --- how much is copied to put parts together ----------------------------------------------------------------------------

def plain_origin(c, size):
    """One version of so many bytes; ranges are answered."""
    body = (b'%07d ' * 1000 % tuple(range(1000))) * (size // 8000 + 1)
    body = body[:size]

    def answer(r):
        r.read_body()
        m = re.fullmatch(r'bytes=(\d+)-(\d+)', r.fields.get('Range') or '')
        fields = 'ETag: "v"\r\nCache-Control: max-age=3600\r\n'
        first, last = (int(m.group(1)), min(int(m.group(2)), size - 1)) if m else (0, size - 1)
        status = '206 Partial Content\r\nContent-Range: bytes %d-%d/%d' % (first, last, size) if m else '200 OK'
        r.send(('HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n' % (status, fields, last - first + 1)).encode() + body[first:last + 1])
    c.script = answer
    return body


def part(c, body, first, last, asked):
    """The range is answered right; asked: what the origin was asked for meanwhile, a text for each request."""
    before = len(c.seen)
    got = one(c, 'Range: bytes=%d-%d\r\n' % (first, last), None)
    check(got.status == 206 and got.complete and got.body == body[first:last + 1], 'status %s, %d bytes' % (got.status, len(got.body)), got.raw_head)
    seen = [r.fields.get('Range') for r in c.seen[before:]]
    check(seen == asked, 'the origin was asked for %s, not %s' % (seen, asked))


MB = 1 << 20


@script('3.4 a byte behind much that is stored is not put to it', 'parts')
def _(c):
    body = plain_origin(c, 2 * MB)
    part(c, body, 0, MB - 1, ['bytes=0-%d' % (MB - 1)])
    for _ in range(2):
        part(c, body, MB, MB, ['bytes=%d-%d' % (MB, MB)])
    part(c, body, MB - 1, MB, ['bytes=%d-%d' % (MB, MB)])
    part(c, body, 0, MB - 1, [])                # what was stored is what it was


@script('3.4 a sixteenth is', 'parts')
def _(c):
    body = plain_origin(c, 2 * MB)
    part(c, body, 0, MB - 1, ['bytes=0-%d' % (MB - 1)])
    last = MB + MB // 16 - 1
    part(c, body, MB, last, ['bytes=%d-%d' % (MB, last)])
    part(c, body, 0, last, [])


@script('3.4 so is a byte behind little', 'parts')
def _(c):
    body = plain_origin(c, 2 * MB)
    part(c, body, 0, 262142, ['bytes=0-262142'])
    part(c, body, 262143, 262143, ['bytes=262143-262143'])
    part(c, body, 0, 262143, [])


@script('3.4 and one that makes it whole', 'parts')
def _(c):
    body = plain_origin(c, 2 * MB)
    part(c, body, 0, 2 * MB - 2, ['bytes=0-%d' % (2 * MB - 2)])
    part(c, body, 2 * MB - 1, 2 * MB - 1, ['bytes=%d-' % (2 * MB - 1)])
    got = one(c, '', None)
    check(got.status == 200 and got.body == body and len(c.seen) == 2, 'the whole: status %s, %d requests' % (got.status, len(c.seen)), got.raw_head)


def two_parts(c, body, size, more, joined, text):
    """A part of `size`, and one of `more` behind it: both are in one object, or the second was not stored, or the first was not (no room at that moment)."""
    rest = '?%d' % size
    for first, last in ((0, size - 1), (size, size + more), (size + 1, size + more)):
        before = len(c.seen)
        got = ranged(c, rest, first, last)
        check(got.status == 206 and got.body == body[first:last + 1], 'status %s' % got.status, got.raw_head)
    together = len(c.seen) == before
    if together and not joined:
        before = len(c.seen)
        ranged(c, rest, 0, 0)
        together = len(c.seen) == before
    check(together == joined, '%s: %s' % (text, 'not put together' if joined else 'put together'))


@script('3.4 parts that fill half of the cache are not copied')
def _(c):
    own_proxy(c, 'maximum_object_size 60 MB\n', 64)
    body = plain_origin(c, 40 * MB)
    for mb, joined in ((10, True), (20, False)):
        two_parts(c, body, mb * MB, 2 * MB, joined, '%d MB stored' % mb)


@script('3.4 nobody waits for 64 MB in front of his range')
def _(c):
    own_proxy(c, 'maximum_object_size 200 MB\n', 512)
    body = plain_origin(c, 80 * MB)
    for mb, joined in ((60, True), (65, False)):
        two_parts(c, body, mb * MB, 5 * MB, joined, '%d MB in front' % mb)


@script('3.4 what may not be stored: an origin does not wait while more than 1 MB is sent that is stored')
def _(c):
    own_proxy(c, 'maximum_object_size 2 MB\n')
    body = plain_origin(c, 4 * MB)
    part(c, body, 0, 2 * MB - 1, ['bytes=0-%d' % (2 * MB - 1)])
    part(c, body, MB + 4096, 3 * MB, ['bytes=%d-%d' % (2 * MB, 3 * MB)])
    part(c, body, MB - 4096, 3 * MB, ['bytes=%d-%d' % (MB - 4096, 3 * MB)])
    part(c, body, 0, 2 * MB - 1, [])


def ranged(c, rest, first, last):
    k = c.client()
    k.send(('GET %s HTTP/1.1\r\nHost: %s\r\nRange: bytes=%d-%d\r\n\r\n' % (c.url(rest), c.authority, first, last)).encode())
    got = k.answer()
    k.close()
    return got
