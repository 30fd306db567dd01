# SPDX-License-Identifier: Apache-2.0
"""Keys that must not meet, and messages at the edges of the framing: each gets what is its own."""
from cachetest import check, script
from rules_flights import BIG, MAX, ask, head_of, whole
from rules_storms import raw


def echo(c):
    """An origin whose body is the request's target and Host."""
    def answer(request):
        body = ('%s %s' % (request.fields.get('Host'), request.target)).encode('latin-1')
        request.read_body()
        request.send(head_of(body) + body)
    c.script = answer


@script('2 keys: targets that differ are answered with what is theirs')
def _(c):
    echo(c)
    paths = ['/a/b', '/a%2fb', '/a%2Fb', '/a//b', '/a/./b', '/a/b/', '/a/b?', '/a/b?x', '/a/b?x=1&y=2', '/a/b?x=1%26y=2', '/a/b;x', '/A/b', '/a/b%00', '/a/b%20', '/a/b+', '/a/b%252f', '/a/c/../b', '/~x', '/%7Ex', '/a|b', "/a'b"]
    for _ in range(2):
        for p in paths:
            got = raw(c, c.url(p))
            sent = got.body.decode('latin-1').split(' ', 1)[-1]
            # what is answered is what the same request would get from the origin
            asked = raw(c, c.url(p), fields='Cache-Control: no-cache\r\n').body.decode('latin-1').split(' ', 1)[-1]
            check(got.status == 200 and sent == asked, 'the answer for another target', p, sent, asked)


@script('2 keys: other hosts and ports are other objects')
def _(c):
    echo(c)
    port = c.world.origin.port
    for host in ('c%d.test:%d' % (c.number, port), 'origin.test:%d' % port, '127.0.0.1:%d' % port):
        for _ in range(2):
            got = raw(c, 'http://%s/%s' % (host, c.id), host)
            check(got.body.decode() == '%s /%s' % (host, c.id), 'the answer of another host', host, got.body)
    check(len(c.seen) == 3, 'the origin was asked %d times' % len(c.seen))


@script('2 keys: the host in capitals, Host is not believed')
def _(c):
    echo(c)
    first = raw(c, c.url())
    check(raw(c, c.url().replace('http://c', 'HTTP://C')).body == first.body, 'another answer')
    check(raw(c, c.url(), 'evil.test').body == first.body, 'Host chose the answer')
    check(raw(c, c.url(), fields='X-Forwarded-Host: evil.test\r\nX-Original-URL: /x\r\nForwarded: host=evil.test\r\n').body == first.body, 'another field chose the answer')
    check(len(c.seen) == 1, 'the origin was asked %d times' % len(c.seen))


@script('3 what a Host that lies brings is not stored for others')
def _(c):
    echo(c)
    raw(c, c.url(), 'evil.test')
    check(raw(c, c.url()).body == ('%s /%s' % (c.authority, c.id)).encode(), 'the poisoned answer')


@script('9110 9.3.1 GET with a body: what follows it is the next request')
def _(c):
    echo(c)
    whole(ask(c), ('%s /%s' % (c.authority, c.id)).encode())
    k = c.client()
    inner = 'GET http://%s/%s/hidden HTTP/1.1\r\nHost: x\r\n\r\n' % (c.authority, c.id)
    for framing in ('Content-Length: %d\r\n\r\n%s' % (len(inner), inner), 'Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n' % (len(inner), inner)):
        k.send(('GET %s HTTP/1.1\r\nHost: %s\r\n%s' % (c.url(), c.authority, framing)).encode())
        got = k.answer()
        check(got.status == 200 and b'hidden' not in got.body, 'another answer', got.raw_head)
        if k.ended or 'close' in got.fields.tokens('Connection'):
            k = c.client()
            continue
        k.send(('GET %s HTTP/1.1\r\nHost: %s\r\n\r\n' % (c.url('?2'), c.authority)).encode())
        check(k.answer().body.endswith(b'?2'), 'the next answer is not that of the next request')


@script('3 HEAD requests are never stored as empty objects')
def _(c):
    echo(c)
    for fields in ('', 'Range: bytes=0-1\r\n', 'Cache-Control: no-cache\r\n'):
        check(raw(c, c.url(), fields=fields, method='HEAD').status in (200, 206), 'no answer')
    check(len(raw(c, c.url()).body) > 5, 'an empty body')


@script('9112 7.1 very many small chunks')
def _(c):
    body = BIG[:30000]
    chunks = b''.join(b'1\r\n%c\r\n' % b for b in body) + b'0\r\n\r\n'
    c.script = lambda r: r.send(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n' + MAX.encode() + b'\r\n' + chunks)
    for _ in range(3):
        whole(ask(c), body)
    check(len(c.seen) == 1, 'the origin was asked %d times' % len(c.seen))


for size in (1, 4095, 4096, 4097, 16383, 16384, 65535, 65536, 65537, 131072, 262143, 262144, 262145, 1048575, 1048577, 3000001):
    @script('3 a body of %d bytes is the same from the store' % size)
    def _(c, size=size):
        body = (BIG * 4)[:size]
        c.script = lambda r: r.send(head_of(body) + body)
        for _ in range(3):
            whole(ask(c), body)
        got = raw(c, c.url(), fields='Range: bytes=%d-\r\n' % (size - 1))
        check(got.status == 206 and got.body == body[-1:], 'another last byte', got.raw_head)
        check(len(c.seen) == 1, 'the origin was asked %d times' % len(c.seen))


@script('3 a very long head is stored or passed on')
def _(c):
    for n in (10000, 30000, 50000):
        line = ''.join('X-%d: %s\r\n' % (i, 'v' * 1000) for i in range(n // 1000))
        c.script = lambda r: r.send(head_of(b'body', MAX + line) + b'body')
        for _ in range(2):
            got = raw(c, c.url('?%d' % n))
            check(got.status == 200 and got.body == b'body' and len(got.fields.all('X-1')) == 1, 'status %s' % got.status, got.raw_head[:300])
