# SPDX-License-Identifier: Apache-2.0
"""Bodies of requests in both framings, Expect, answers that come early, limits, trailers both ways, backpressure."""
import hashlib
import threading
import time

from wire import OK, PATIENCE, case, check, table

CHUNKED = 'Transfer-Encoding: chunked\r\n'


def chunks(data, step):
    return b''.join(b'%x\r\n%s\r\n' % (len(data[i:i + step]), data[i:i + step]) for i in range(0, len(data), step)) + b'0\r\n\r\n'


def pattern(n):
    return (bytes(i * 13 % 255 for i in range(997)) * (n // 997 + 1))[:n]


@table('upload', [(str(n), n) for n in (0, 1, 100, 4000, 4096, 5000, 16384, 40000, 65536, 70000, 500000, 3000000)])
def upload(c, n):
    data = pattern(n)
    for fields, body in (('Content-Length: %d\r\n' % n, data), (CHUNKED, chunks(data, max(1, n // 7)))):
        c.seen.clear()
        a = c.ask(c.get(fields, 'POST', body=body), method='POST')
        check(a.status == 200, 'answered %s' % a.status, a.raw_head)
        r = c.one()
        check(r.complete and r.body == data, 'the body was changed', len(r.body), n, r.head)
        check(bool(r.fields.all('Content-Length')) != bool(r.fields.all('Transfer-Encoding')), 'not one framing', r.head)


@table('upload, head and body apart', [('length', 'Content-Length: 5\r\n', b'hello'), ('chunked', CHUNKED, b'5\r\nhello\r\n0\r\n\r\n')])
def apart(c, fields, body):
    client = c.client()
    client.send(c.get(fields, 'POST'))
    time.sleep(0.05)
    client.drip(body, 1, 0.002)
    check(client.answer('POST').status == 200 and c.one().body == b'hello' and c.one().complete, 'not the body that was sent')


@case('chunks reach the origin as they come')
def prompt(c):
    came = []

    def script(r):
        came.append(r.stream.until(b'first'))
        r.stream.until(b'0\r\n\r\n')
        r.send(OK)
    c.origin(script)
    client = c.client()
    client.send(c.get(CHUNKED, 'POST') + b'5\r\nfirst\r\n')
    end = time.monotonic() + PATIENCE
    while not came and time.monotonic() < end:
        time.sleep(0.01)
    check(came and came[0], 'the first chunk waits for the second')
    client.send(b'6\r\nsecond\r\n0\r\n\r\n')
    check(client.answer('POST').status == 200, 'not answered')


@case('chunks reach the client as they come')
def prompt_answer(c):
    go = threading.Event()

    def script(r):
        r.send(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n')
        go.wait(2 * PATIENCE)
        r.send(b'6\r\nsecond\r\n0\r\n\r\n')
    c.origin(script)
    client = c.client()
    client.send(c.get())
    check(client.until(b'first\r\n'), 'the first chunk waits for the second')
    go.set()
    check(client.until(b'0\r\n\r\n'), 'the rest did not come')


@table('upload cut short', [
    ('length', 'Content-Length: 10\r\n', b'12345'), ('length, nothing', 'Content-Length: 10\r\n', b''), ('chunked', CHUNKED, b'5\r\nhello\r\n'),
    ('chunked, in a chunk', CHUNKED, b'9\r\nhello'), ('chunked, in the trailers', CHUNKED, b'5\r\nhello\r\n0\r\nX: y\r\n'),
    ('length, large', 'Content-Length: 3000000\r\n', b'x' * 1000000), ('chunked, large', CHUNKED, b'2dc6c0\r\n' + b'x' * 1000000),
])
def cut(c, fields, body):
    for way in ('finish', 'close', 'reset'):
        c.seen.clear()
        c.left.clear()
        client = c.client()
        client.send(c.get(fields, 'POST', body=body))
        time.sleep(0.05)
        getattr(client, way)()
        if way == 'finish':
            a = client.answer('POST')
            check(a.status in (400, None), 'answered %s' % a.status)
        end = time.monotonic() + PATIENCE
        while not c.left.wait(4) and c.seen and time.monotonic() < end:
            pass
        check(c.left.is_set() or not c.seen, 'the origin\'s connection stays open')
        check(all(not r.complete for r in c.seen), 'the cut body looks complete at the origin')


@case('upload cut short while the answer comes')
def cut_in_answer(c):
    ended = threading.Event()

    def script(r):
        r.send(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
        r.stream.to_end()
        if r.stream.ended:
            ended.set()
        r.keep = False
    c.origin(script)
    client = c.client()
    client.send(c.get('Content-Length: 10\r\n', 'POST', body=b'12345'))
    check(client.until(b'hello\r\n'), 'no answer')
    client.close()
    check(ended.wait(PATIENCE), 'the fetch goes on without a client')


# Expect
@case('Expect: 100-continue is passed on, and so is the 100')
def expect(c):
    def script(r):
        check(r.fields.get('Expect').lower() == '100-continue', 'Expect was lost', r.head)
        r.send(b'HTTP/1.1 100 Continue\r\n\r\n')
        r.read_body()
        r.send(OK)
    c.origin(script)
    client = c.client()
    client.send(c.get('Expect: 100-continue\r\nContent-Length: 5\r\n', 'POST'))
    check(client.head()[2] == 100, 'no 100')
    client.send(b'hello')
    check(client.answer('POST').status == 200 and c.one().body == b'hello', 'not answered')


@table('Expect answered at once', [('417', 417), ('401', 401), ('413', 413), ('200', 200)])
def expect_refused(c, status):
    c.origin(b'HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\nno' % status)

    def script(r):
        r.send(b'HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\nno' % status)
        r.stream.to_end()
        r.keep = False
    c.origin(script)
    a = c.ask(c.get('Expect: 100-continue\r\nContent-Length: 500\r\n', 'POST'), method='POST')
    check(a.status == status and a.body == b'no', 'answered %s' % a.status)
    check('close' in a.fields.tokens('Connection') and a.client.gone(), 'the connection stays open though the body may or may not come')


@case('Expect without waiting')
def expect_impatient(c):
    a = c.ask(c.get('Expect: 100-continue\r\nContent-Length: 5\r\n', 'POST', body=b'hello'), method='POST')
    check(a.status == 200 and c.one().body == b'hello', 'answered %s' % a.status)
    a.client.send(c.get(rest='/next'))
    check(a.client.answer().status == 200, 'the connection does not go on')


@case('Expect from HTTP/1.0 is ignored')
def expect_old(c):
    a = c.ask(c.get('Expect: 100-continue\r\nContent-Length: 5\r\n', 'POST', '1.0', body=b'hello'), method='POST')
    check(a.status == 200 and not a.interim and c.one().body == b'hello' and 'Expect' not in c.one().fields, 'answered %s' % a.status)


# an answer before the request is whole
@table('early answer', [('length', 'Content-Length: 1000000\r\n', b''), ('chunked', CHUNKED, b'f4240\r\n')])
def early(c, fields, start):
    def script(r):
        r.send(b'HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno')
        r.stream.to_end()
        r.keep = False
    c.origin(script)
    client = c.client()
    client.send(c.get(fields, 'POST', body=start + b'x' * 1000))
    a = client.answer('POST')
    check(a.status == 413 and a.complete, 'answered %s' % a.status)
    check('close' in a.fields.tokens('Connection'), 'the connection stays open in the middle of a body', a.raw_head)


@case('early answer and close while much is uploaded')
def early_close(c):
    def script(r):
        r.send(b'HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno')
        r.half_close()
        r.stream.to_end(0.3)
        r.keep = False
    c.origin(script)
    client = c.client()
    client.send(c.get('Content-Length: 50000000\r\n', 'POST'))
    sent = threading.Thread(target=lambda: client.send(b'x' * 3000000), daemon=True)
    sent.start()
    a = client.answer('POST')
    check(a.status in (413, 502), 'answered %s' % a.status)


@case('answer while the request still goes out')
def both_ways(c):
    def script(r):
        r.send(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        for _ in range(5):
            line = r.stream.exactly(10)
            r.send(b'a\r\n' + line + b'\r\n')
        r.send(b'0\r\n\r\n')
    c.origin(script)
    client = c.client()
    client.send(c.get('Content-Length: 50\r\n', 'POST'))
    for i in range(5):
        client.send(b'%010d' % i)
        check(client.until(b'%010d\r\n' % i), 'the answer waits for the request')
    check(client.until(b'0\r\n\r\n'), 'the end did not come')
    c.origin(OK)
    client.send(c.get(rest='/next'))
    check(client.answer().status == 200, 'the connection does not go on')


# limits
@table('request_body_max_size', [
    ('length at the limit', 'Content-Length: 10000\r\n', b'x' * 10000, 200), ('length one over', 'Content-Length: 10001\r\n', b'x' * 10001, 413),
    ('length far over', 'Content-Length: 99999999999\r\n', b'', 413), ('chunked at the limit', CHUNKED, chunks(b'x' * 10000, 1000), 200),
    ('chunked one over', CHUNKED, chunks(b'x' * 10001, 1000), 413), ('chunked one over in one', CHUNKED, chunks(b'x' * 10001, 20000), 413),
    ('chunked far over', CHUNKED, chunks(b'x' * 300000, 100000), 413),
])
def body_limit(c, fields, body, status):
    a = c.ask(c.get(fields, 'POST', body=body), 'limits', method='POST')
    check(a.status == status, 'answered %s instead of %s' % (a.status, status), a.raw_head)
    if status != 200:
        check(a.client.gone(), 'the connection stays open')
        time.sleep(0.05)
        check(all(not r.complete for r in c.seen), 'it was whole at the origin')


# trailers
@table('trailers of the request', [
    ('one', 'X-T: v\r\n', [('X-T', 'v')]), ('several', 'X-T: v\r\nx-t: w\r\nY:\r\n', [('X-T', 'v'), ('x-t', 'w'), ('Y', '')]),
    ('framing', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\nX-T: v\r\n', [('X-T', 'v')]),
    ('authentication', 'Authorization: x\r\nProxy-Authorization: x\r\nCookie: x\r\nX-T: v\r\n', [('X-T', 'v')]),
    ('routing', 'Host: evil.test\r\nMax-Forwards: 0\r\nX-T: v\r\n', [('X-T', 'v')]),
    ('hop-by-hop', 'Connection: close\r\nKeep-Alive: x\r\nTE: x\r\nUpgrade: x\r\nX-T: v\r\n', [('X-T', 'v')]),
    ('control', 'Cache-Control: no-cache\r\nExpect: 100-continue\r\nRange: bytes=0-1\r\nIf-Match: x\r\nX-T: v\r\n', [('X-T', 'v')]),
])
def trailers(c, text, wanted):
    a = c.ask(c.get('Trailer: X-T\r\n' + CHUNKED, 'POST', body=b'5\r\nhello\r\n0\r\n' + text.encode() + b'\r\n'), method='POST')
    check(a.status == 200 and c.one().trailers.lines == wanted, 'not the trailers that may pass', c.one().trailers.lines)


@table('trailers of the answer', [
    ('one', 'X-T: v\r\n', [('X-T', 'v')]), ('several', 'X-T: v\r\nX-T: w\r\n', [('X-T', 'v'), ('X-T', 'w')]),
    ('framing', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\nX-T: v\r\n', [('X-T', 'v')]),
    ('cookies and authentication', 'Set-Cookie: a=b\r\nWWW-Authenticate: x\r\nProxy-Authenticate: x\r\nX-T: v\r\n', [('X-T', 'v')]),
    ('hop-by-hop', 'Connection: x\r\nUpgrade: x\r\nX-T: v\r\n', [('X-T', 'v')]),
    ('content', 'Content-Type: x\r\nContent-Encoding: x\r\nContent-Range: x\r\nLocation: x\r\nX-T: v\r\n', [('X-T', 'v')]),
])
def answer_trailers(c, text, wanted):
    answer = b'HTTP/1.1 200 OK\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n' + text.encode() + b'\r\n'
    c.origin(answer)
    a = c.ask(c.get('TE: trailers\r\nConnection: TE\r\n'))
    check(a.complete and a.body == b'hello' and a.trailers.lines == wanted, 'not the trailers that may pass', a.trailers.lines)
    check(c.one().fields.tokens('TE') == ['trailers'], 'TE: trailers was lost', c.one().head)
    old = c.ask(c.get(version='1.0'))
    check(old.complete and old.body == b'hello', 'HTTP/1.0 got more than the body', old.body)


@table('trailers that Connection names', [('request', True), ('answer', False)])
def named_trailers(c, request):
    """RFC 9110, 7.6.1: options name fields of the trailer section too."""
    c.origin(lambda r: (r.read_body(), r.send(b'HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nTransfer-Encoding: chunked\r\n\r\n'
        b'2\r\nok\r\n0\r\nX-Hop: h\r\nX-T: v\r\n\r\n')))
    a = c.ask(c.get('Connection: X-Hop\r\n' + CHUNKED, 'POST', body=b'2\r\nok\r\n0\r\nX-Hop: h\r\nX-T: v\r\n\r\n'), method='POST')
    seen = c.one().trailers if request else a.trailers
    check(seen.lines == [('X-T', 'v')], 'not the trailers that may pass', seen.lines)


# backpressure
@table('slow reader', [('length', False), ('chunked', True)])
def slow_reader(c, chunked):
    """The proxy takes no more from the origin than buffers hold while the client does not read."""
    total, sent = 100000000, [0]

    def script(r):
        r.stream.sock.settimeout(3)
        r.stream.sock.sendall(b'HTTP/1.1 200 OK\r\n' + (b'Transfer-Encoding: chunked' if chunked else b'Content-Length: %d' % total) + b'\r\n\r\n')
        piece = b'x' * 50000
        try:
            while sent[0] < total:
                r.stream.sock.sendall((b'c350\r\n' + piece + b'\r\n') if chunked else piece)
                sent[0] += len(piece)
        except OSError:
            pass
        r.keep = False
    c.origin(script)
    client = c.client(receive_buffer=4096)
    client.send(c.get())
    c.left.wait(PATIENCE)
    check(sent[0] < 60000000, 'the proxy took %d bytes that nobody reads' % sent[0])       # buffers of the kernel included


@case('slow origin')
def slow_origin(c):
    """The proxy takes no more from the client than buffers hold while the origin does not read."""
    measured = threading.Event()
    c.origin(lambda r: (measured.wait(30), r.close()))      # what follows its end is read away: RFC 9112, 9.6
    client = c.client()
    client.send(c.get('Content-Length: 100000000\r\n', 'POST'))
    client.sock.settimeout(0.6)
    sent = 0
    try:
        while sent < 100000000:
            sent += client.sock.send(b'x' * 50000)
    except OSError:
        pass
    measured.set()
    check(sent < 60000000, 'the proxy took %d bytes that nobody reads' % sent)     # buffers of the kernel included


@case('large bodies both ways, many at a time')
def many(c):
    data = pattern(2000000)
    digest = hashlib.sha256(data).hexdigest()

    def script(r):
        body = r.read_body()
        r.send(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' + chunks(body, 77777))
    c.origin(script)
    wrong = []

    def one(i):
        fields, body = ((CHUNKED, chunks(data, 50000 + i)), ('Content-Length: %d\r\n' % len(data), data))[i % 2]
        client = c.client()
        threading.Thread(target=lambda: client.send(c.get(fields, 'POST', body=body)), daemon=True).start()
        a = client.answer('POST')
        if not a.complete or hashlib.sha256(a.body).hexdigest() != digest:
            wrong.append((i, a.status, len(a.body)))
    threads = [threading.Thread(target=one, args=(i,)) for i in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check(not wrong, 'bodies were changed', wrong)
