# SPDX-License-Identifier: Apache-2.0
"""Origins whose answers are not what they say (RFC 9112, 6.3 and 8; RFC 9110, 15.3.7): whatever comes, a client gets answers to its own requests one by one,
each complete or cut, and what is honest is never mixed with it. Random, from seeds."""
import hashlib
import random
import threading

import cacheconfs
from cachetest import check, date, script

cacheconfs.CONFS['lies'] = cacheconfs.conf(cacheconfs.BOTH + 'collapsed_forwarding on\nmaximum_object_size 300 KB\n')

EVIL = b'HTTP/1.1 200 OK\r\nX-Path: /evil\r\nContent-Length: 4\r\n\r\nevil'
SIZES = (0, 1, 50, 1000, 9000, 70000, 350000)
CONTROLS = ('max-age=100', 'max-age=100', 'max-age=0', 'no-cache', 'no-store', 'max-age=0, stale-while-revalidate=50', 'private', 's-maxage=9')
CHUNKED = 'Transfer-Encoding: chunked'


def content(path, version):
    """What a version of a URL holds."""
    digest = hashlib.sha256(('%s|%d' % (path, version)).encode()).digest()
    size = SIZES[digest[0] % len(SIZES)]
    return (digest * (size // 32 + 1))[:size]


def chunks(data, step=7000):
    return b''.join(b'%x\r\n%s\r\n' % (len(data[i:i + step]), data[i:i + step]) for i in range(0, len(data), step)) + b'0\r\n\r\n'


# name: (status, more fields, the body as it stands on the wire, whether the connection ends there); x: some bytes, n: how many
LIES = {
    'a part with more': lambda x, n: (206, ['Content-Range: bytes 0-%d/%d' % (n - 1, n), CHUNKED], chunks(x + EVIL), False),
    'a part with more, to the end': lambda x, n: (206, ['Content-Range: bytes 0-%d/5000' % (n - 1)], x + EVIL, True),
    'a part with less': lambda x, n: (206, ['Content-Range: bytes 0-%d/5000' % (n - 1), CHUNKED], chunks(x[:-1]), False),
    'a part with less, to the end': lambda x, n: (206, ['Content-Range: bytes 0-%d/%d' % (n - 1, n)], x[:-1], True),
    'another part': lambda x, n: (206, ['Content-Range: bytes 5-%d/1000' % (n + 4), 'Content-Length: %d' % n], x, False),
    'a part of another length': lambda x, n: (206, ['Content-Range: bytes 5-9/10', 'Content-Length: %d' % n], x, False),
    'a part of nothing': lambda x, n: (206, ['Content-Length: %d' % n], x, False),
    'cut': lambda x, n: (200, ['Content-Length: %d' % (n + 10)], x, True),
    'more than its length': lambda x, n: (200, ['Content-Length: %d' % n], x + EVIL, True),
    'bad chunks': lambda x, n: (200, [CHUNKED], b'5\r\nhelloXX' + EVIL, True),
    'two framings': lambda x, n: (200, ['Content-Length: 3', CHUNKED], chunks(x), True),
    '204 with content': lambda x, n: (204, ['Content-Length: 5'], EVIL, True),
    '304 with content': lambda x, n: (304, ['Content-Length: 5'], EVIL, True),
    '205 with content': lambda x, n: (205, ['Content-Length: %d' % n], x, False),
    '416': lambda x, n: (416, ['Content-Range: bytes */%d' % n, 'Content-Length: 0'], b'', False),
    'no field': lambda x, n: (200, ['X Y: z'], EVIL, True),
}


class Liar:
    """The origin's side: versions of a few URLs, now and then a lie."""

    def __init__(self, c, seed):
        self.c, self.random, self.lock = c, random.Random(seed), threading.Lock()
        self.versions, self.lies = {}, 0

    def choose(self, request):
        with self.lock:
            r = self.random
            if request.method == 'POST' or r.random() < 0.02:
                self.versions[request.target] = self.versions.get(request.target, 0) + 1
            self.lies += 1
            return self.versions.get(request.target, 0), r.random() < 0.15, r.choice(sorted(LIES)), r.choice(CONTROLS), r.choice(('length', 'length', 'chunked', 'end')), r.random() < 0.1

    def answer(self, request):
        request.read_body()
        version, lie, kind, control, framing, lame = self.choose(request)
        data, tag = content(request.target, version), '%s"%d"' % ('W/' if '/w' in request.target else '', version)
        if lie:
            tag = '"lie%d"' % self.lies
            x = data[:200] or b'z'
            status, more, body, ends = LIES[kind](x, len(x))
            if request.method == 'HEAD':
                more, body, ends = ['Content-Length: %d' % len(x)], EVIL, True
        else:
            status, more, data = self.honest(request, data, tag)
            body, ends = data, framing == 'end'
            if framing == 'length' or request.method == 'HEAD':
                more.append('Content-Length: %d' % len(data))
            elif framing == 'chunked' and status != 304:
                more.append(CHUNKED)
                body = chunks(data)
            if request.method == 'HEAD' or status == 304:
                body, ends = b'', False
        fields = ['Date: ' + date(self.c.world.clock.now()), 'X-Path: ' + request.target, 'ETag: ' + tag, 'Cache-Control: ' + control] + ['Vary: Foo'] * ('/v' in request.target)
        out = ('HTTP/1.1 %d X\r\n%s\r\n' % (status, ''.join(f + '\r\n' for f in fields + more))).encode() + body
        if lame and not lie:        # what comes late, on a connection that is in use again, cannot be told from an answer
            request.drip(out, len(out) // 4 + 1, 0.003)
        else:
            request.send(out)
        if ends:
            request.close()

    @staticmethod
    def honest(request, data, tag):
        if tag in request.fields.tokens('If-None-Match'):
            return 304, [], b''
        asked = (request.fields.get('Range') or '').partition('bytes=')[2]
        if not asked or ',' in asked or not data or request.fields.get('If-Range') not in (None, tag):
            return 200, [], data
        first, _, last = asked.partition('-')
        first, last = (max(0, len(data) - int(last)), len(data) - 1) if not first else (int(first), min(int(last or len(data)), len(data) - 1))
        if first >= len(data):
            return 416, ['Content-Range: bytes */%d' % len(data)], b''
        return 206, ['Content-Range: bytes %d-%d/%d' % (first, last, len(data))], data[first:last + 1]


def question(r):
    """(method, rest of the URL, fields)"""
    method, rest, fields = r.choice(['GET'] * 8 + ['HEAD', 'POST']), '/%s%d' % (r.choice('abwv'), r.randrange(3)), ''
    at = r.choice((0, 3, 40, 900, 8000, 60000))
    if r.random() < 0.4:
        fields += 'Range: bytes=%s\r\n' % r.choice(['%d-' % at, '%d-%d' % (at, at + r.choice((0, 9, 3000, 100000))), '-%d' % (at + 1), '0-1,%d-%d' % (at + 5, at + 9)])
    for often, text in ((0.2, 'If-None-Match: "%d"\r\n' % r.randrange(3)), (0.1, 'If-Range: "%d"\r\n' % r.randrange(3)), (0.3, 'Foo: %d\r\n' % r.randrange(2)),
            (0.15, 'Cache-Control: %s\r\n' % r.choice(['no-cache', 'max-age=0', 'only-if-cached', 'no-store']))):
        fields += text if r.random() < often else ''
    return method, rest, fields


def judge(a, client, path, method):
    if not a.complete:
        check(client.ended and not client.rest, 'neither complete nor cut', a.raw_head, a.body[:60])
        return
    check(a.fields.get('X-Path') in (path, None), 'an answer to something else', a.raw_head)
    tag = (a.fields.get('ETag') or '"lie').strip('W/"')
    if 'lie' in tag or method != 'GET' or a.status not in (200, 206) or 'Content-Type' in a.fields:
        return
    data = content(path, int(tag))
    if a.status == 206:
        first, last, size = (int(n) for n in a.fields.get('Content-Range')[6:].replace('/', '-').split('-'))
        check(size == len(data), 'another size', a.raw_head)
        data = data[first:last + 1]
    check(a.body == data, 'other bytes', a.raw_head, len(a.body), len(data))


def ask_all(c, seed, wrong):
    r, client = random.Random(seed), None
    try:
        for _ in range(60):
            client = client or c.client()
            method, rest, fields = question(r)
            client.send(('%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n' % (method, c.url(rest), c.authority, fields + 'Content-Length: 2\r\n' * (method == 'POST'))).encode() + b'ok' * (method == 'POST'))
            a = client.answer(method)
            judge(a, client, '/%s%s' % (c.id, rest), method)
            if not a.complete or 'close' in a.fields.tokens('Connection'):
                client = None
    except Exception as e:
        wrong.append('seed %d: %s %s' % (seed, type(e).__name__, e))


def lies(seed):
    @script('9112 6.3 random lies %d' % seed, 'lies')
    def _(c):
        wrong = []
        c.script = Liar(c, seed).answer
        threads = [threading.Thread(target=ask_all, args=(c, seed * 100 + i, wrong)) for i in range(5)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        check(not wrong, '%d of 5 clients saw something else' % len(wrong), *wrong)


for n in range(6):
    lies(n)
