# SPDX-License-Identifier: Apache-2.0
"""Corners: the largest limits, refused requests with bodies, excesses of what is allowed, one client's connection to another's answer."""
import os
import threading
import time

from wire import OK, case, check, table


@table('the largest head', [('many long fields', 3000, 300), ('very many short fields', 8100, 1), ('one field', 1, 1000000), ('half of it', 50, 10000)])
def largest(c, n, size):
    a = c.ask(c.get(''.join('X%d: %s\r\n' % (i, 'v' * size) for i in range(n))), 'huge')
    check(a.status in (200, 431), 'answered %s' % a.status, a.raw_head)
    check(a.status != 200 or len(c.one().fields.lines) >= n, 'fields were lost')


@table('beyond the largest head', [('fields', 'X: %s\r\n' % ('v' * 1200000), ''), ('target', '', '/' + 'a' * 1200000)])
def beyond(c, fields, rest):
    a = c.ask(c.get(fields, rest=rest), 'huge')
    check(a.status in (414, 431) and not c.seen, 'answered %s' % a.status)


@table('the largest target', [('500000', 500000), ('1000000', 1000000)])
def target(c, n):
    a = c.ask(c.get(rest='/' + 'a' * n), 'huge')
    check(a.status in (200, 414, 431, 500), 'answered %s' % a.status, a.raw_head)


@case('the largest head, byte by byte at its end')
def largest_drip(c):
    raw = c.get(''.join('X%d: %s\r\n' % (i, 'v' * 100) for i in range(5000)))
    client = c.client('huge')
    client.send(raw[:-400])
    client.drip(raw[-400:])
    check(client.answer().status in (200, 431), 'not answered')


@table('the largest head of an answer', [('one field', 1, 900000), ('many', 2000, 400), ('over', 1, 1100000)])
def largest_answer(c, n, size):
    c.origin(b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n' + b''.join(b'X%d: %s\r\n' % (i, b'v' * size) for i in range(n)) + b'\r\nok')
    a = c.ask(c.get(), 'huge')
    check(a.status == (200 if size <= 900000 else 502), 'answered %s' % a.status)
    check(a.status != 200 or a.body == b'ok' and len(a.fields.lines) >= n, 'fields were lost')


@table('refused with a body', [
    ('length', 'Content-Length: 5\r\n', b'hello', True), ('length, later', 'Content-Length: 5\r\n', None, True), ('length, large', 'Content-Length: 500000\r\n', b'x' * 500000, False),
    ('chunked', 'Transfer-Encoding: chunked\r\n', b'5\r\nhello\r\n0\r\n\r\n', any), ('chunked, bad', 'Transfer-Encoding: chunked\r\n', b'hello', False),
])
def refused(c, fields, body, on):
    """The body is no request, whether the connection goes on or not."""
    client = c.client('rules')
    head = b'POST http://denied.test/ HTTP/1.1\r\nHost: x\r\n' + fields.encode() + b'\r\n'
    if body is None:
        client.send(head)
        time.sleep(0.05)
        client.send(b'hello')
    else:
        threading.Thread(target=lambda: client.send(head + body + b'GET http://denied.test/2 HTTP/1.1\r\nHost: x\r\n\r\n'), daemon=True).start()
    a = client.answer('POST')
    check(a.status == 403 and a.complete, 'answered %s' % a.status)
    told = 'close' not in a.fields.tokens('Connection')
    check(on is any or told == on, 'it tells the wrong thing', a.raw_head)
    if body is None:
        client.send(b'GET http://denied.test/2 HTTP/1.1\r\nHost: x\r\n\r\n')
    if told:
        b = client.answer()
        check(b.status == 403 and b'denied.test/2' in b.body, 'the next request is not understood', b.status, b.body[:300])
    else:
        check(client.closed(), 'the connection stays open', client.rest)


@case('refused with Expect')
def refused_expect(c):
    client = c.client('rules')
    client.send(b'POST http://denied.test/ HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n')
    a = client.answer('POST')
    check(a.status == 403 and not a.interim and client.closed(), 'answered %s' % a.status, a.interim)


@case('what follows close is no request')
def after_close(c):
    client = c.client()
    client.send(c.get('Connection: close\r\n') + c.get(rest='/2'))
    check(client.answer().status == 200 and client.closed() and len(c.seen) == 1, 'a request after close was answered')


@case('Connection with ten thousand options')
def options(c):
    a = c.ask(c.get('Connection: %s\r\nO5: y\r\nP: z\r\n' % ', '.join('o%d' % i for i in range(9000))))
    check(a.status == 200 and 'O5' not in c.one().fields and c.one().fields.get('P') == 'z', 'answered %s' % a.status, a.raw_head)


@case('Upgrade with thousands of protocols')
def protocols(c):
    a = c.ask(c.get('Connection: upgrade\r\nUpgrade: %s\r\n' % ', '.join('p%d' % i for i in range(8000))))
    check(a.status in (200, 431, 500), 'answered %s' % a.status, a.raw_head)
    check(c.ask(c.get()).status == 200, 'the proxy does not go on')


@case('Via of a thousand hops')
def vias(c):
    a = c.ask(c.get('Via: %s\r\n' % ', '.join('1.1 p%d' % i for i in range(1000))))
    check(a.status == 200, 'answered %s' % a.status)


@case('chunks of one byte')
def small_chunks(c):
    data = os.urandom(20000)
    body = b''.join(b'1\r\n%c\r\n' % x for x in data) + b'0\r\n\r\n'
    c.origin(lambda r: (r.read_body(), r.send(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' + body)))
    a = c.ask(c.get('Transfer-Encoding: chunked\r\n', 'POST', body=body), method='POST')
    check(a.status == 200 and a.body == data and c.one().body == data, 'bodies were changed')


@case('answers go to who asked')
def mixed(c):
    """Many clients at a time on names that share an origin: never another's answer."""
    c.origin(lambda r: (time.sleep(0.001), r.send(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s' % (len(r.target), r.target.encode()))))
    wrong = []

    def one(i):
        client = c.client()
        for k in range(25):
            client.send(c.get(rest='/%d-%d' % (i, k)))
            a = client.answer()
            if a.body != ('/%s/%d-%d' % (c.id, i, k)).encode():
                wrong.append((i, k, a.status, a.body))
                return
    threads = [threading.Thread(target=one, args=(i,)) for i in range(16)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check(not wrong, 'a wrong answer', *wrong[:2])


@case('a slow client and a fast one share nothing')
def slow_and_fast(c):
    slow = c.client()
    slow.send(c.get(rest='/slow')[:-1])
    for i in range(20):
        check(c.ask(c.get(rest='/%d' % i)).status == 200, 'not answered')
    slow.send(b'\n')
    check(slow.answer().status == 200, 'not answered')


@case('an upload to an origin that refuses the connection')
def refused_upload(c):
    client = c.client()
    client.send(b'POST http://127.0.0.1:1/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n' + b'x' * 100000)
    a = client.answer('POST')
    check(a.status == 503 and a.complete, 'answered %s' % a.status)


@case('answers of one byte a time, many at a time')
def drips(c):
    c.origin(lambda r: r.drip(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' + b'3;a=b\r\nabc\r\n' * 20 + b'0\r\nT: u\r\n\r\n', 1))
    clients = [c.client() for _ in range(10)]
    for x in clients:
        x.send(c.get())
    for x in clients:
        a = x.answer()
        check(a.body == b'abc' * 20 and a.trailers.lines == [('T', 'u')], 'answers were changed', a.body)


@case('half a request behind a whole one, then the end')
def half_behind(c):
    client = c.client()
    client.send(c.get() + c.get(rest='/2')[:-2]).finish()
    check(client.answer().status == 200, 'the whole one is not answered')
    b = client.answer()
    check(b.status in (None, 400) and client.closed() and len(c.seen) == 1, 'the half one was answered', b.status)


@case('CONNECT behind requests')
def connect_behind(c):
    c.origin(lambda r: r.send(OK))
    client = c.client()
    client.send(c.get() + c.get() + b'CONNECT %s HTTP/1.1\r\nHost: x\r\n\r\n' % c.authority.encode() + b'GET /%s HTTP/1.1\r\nHost: inside\r\n\r\n' % c.id.encode())
    check(client.answer().status == 200 and client.answer().status == 200, 'the requests before are not answered')
    check(client.answer('CONNECT').status == 200 and client.answer().status == 200, 'no tunnel')
    check(c.seen[-1].fields.get('Host') == 'inside' and 'Via' not in c.seen[-1].fields, 'what is inside the tunnel was changed', c.seen[-1].head)


@case('Upgrade that is not taken, and a request behind it')
def upgrade_refused(c):
    client = c.client()
    client.send(c.get('Connection: Upgrade\r\nUpgrade: x\r\n') + c.get(rest='/2'))
    check(client.answer().status == 200 and client.answer().status == 200 and len(c.seen) == 2, 'not answered')


@table('the refusal arrives though much is sent', [('head too large', 431), ('body too large', 413), ('framing', 400)])
def arrives(c, status):
    """The proxy reads on for a while after a refusal: a reset would take the answer away (RFC 9112, 9.6)."""
    client = c.client('limits')
    rest = b'x' * 400000
    if status == 431:
        client.send(c.get('X: %s\r\n' % ('y' * 9000)) + rest)
    elif status == 413:
        client.send(c.get('Content-Length: 400000\r\n', 'POST') + rest)
    else:
        client.send(c.get('Content-Length: 1, 2\r\n', 'POST') + rest)
    time.sleep(0.1)
    a = client.answer('POST')
    check(a.status == status and a.complete, 'answered %s' % a.status)
