# SPDX-License-Identifier: Apache-2.0
"""Connections: persistence, pipelining, half-closed clients, the pool towards origins, retries, timeouts, clients that go away."""
import time

from wire import OK, PATIENCE, case, check, table

TIMES = 3               # seconds: what the configuration `times` says of each


@table('persistence', [
    ('1.1', '1.1', '', True), ('1.1 keep-alive', '1.1', 'Connection: keep-alive\r\n', True), ('1.1 close', '1.1', 'Connection: close\r\n', False),
    ('1.1 Close', '1.1', 'Connection: Close\r\n', False), ('1.1 close in a list', '1.1', 'Connection: x , close, y\r\n', False),
    ('1.1 close in a second field', '1.1', 'Connection: x\r\nConnection: close\r\n', False),
    ('1.1 close and keep-alive', '1.1', 'Connection: keep-alive, close\r\n', False),
    ('1.1 Proxy-Connection: close', '1.1', 'Proxy-Connection: close\r\n', any), ('1.0', '1.0', '', False),
    ('1.0 close', '1.0', 'Connection: close\r\n', False), ('1.0 keep-alive', '1.0', 'Connection: keep-alive\r\n', any),
    ('1.0 keep-alive, close', '1.0', 'Connection: keep-alive, close\r\n', False),
])
def persistence(c, version, fields, stays):
    """What is told and what is done must be the same; 1.0 with keep-alive may be either."""
    a = c.ask(c.get(fields, version=version))
    check(a.status == 200, 'answered %s' % a.status)
    told = 'close' not in a.fields.tokens('Connection') and (version == '1.1' or 'keep-alive' in a.fields.tokens('Connection'))
    check(stays is any or told == stays, 'it tells the wrong thing', a.raw_head)
    if told:
        a.client.send(c.get(version=version))
        check(a.client.answer().status == 200, 'the connection does not go on')
    else:
        check(a.client.gone(), 'the connection stays open')


@table('framing for 1.0', [
    ('length', b'Content-Length: 5\r\n\r\nhello'), ('chunked', b'Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n'),
    ('close', b'\r\nhello'),
])
def old_client(c, rest):
    c.origin(lambda r: (r.send(b'HTTP/1.1 200 OK\r\n' + rest), r.half_close(), setattr(r, 'keep', False)))
    for fields in ('', 'Connection: keep-alive\r\n'):
        a = c.ask(c.get(fields, version='1.0'))
        check(a.status == 200 and a.body == b'hello' and a.complete and a.framing != 'chunked', 'not what HTTP/1.0 understands', a.raw_head, a.body)


@case('a hundred requests on a connection')
def hundred(c):
    client = c.client()
    for i in range(100):
        client.send(c.get(rest='/%d' % i))
        check(client.answer().status == 200, 'request %d is not answered' % i)
    check([r.target for r in c.seen] == ['/%s/%d' % (c.id, i) for i in range(100)], 'not in order')
    check(len({r.connection for r in c.seen}) < 5, 'connections to the origin are not used again')


def echo(c):
    c.origin(lambda r: (r.read_body(), r.send(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s' % (len(r.target), r.target.encode()))))


@case('pipelining')
def pipeline(c):
    echo(c)
    client = c.client()
    client.send(b''.join(c.get(rest='/%d' % i) for i in range(60)))
    for i in range(60):
        a = client.answer()
        check(a.body == ('/%s/%d' % (c.id, i)).encode(), 'answer %d is not of its request' % i, a.body)


@case('pipelining with bodies')
def pipeline_bodies(c):
    echo(c)
    client = c.client()
    for i in range(20):
        client.send(c.get('Content-Length: 5000\r\n', 'POST', rest='/%da' % i, body=b'x' * 5000))
        client.send(c.get('Transfer-Encoding: chunked\r\n', 'POST', rest='/%db' % i, body=b'a\r\n0123456789\r\n0\r\nT: u\r\n\r\n'))
        client.send(c.get(rest='/%dc' % i))
    for i in range(20):
        for x in 'abc':
            check(client.answer().body == ('/%s/%d%s' % (c.id, i, x)).encode(), 'answer %d%s is not of its request' % (i, x))
    check(all(len(r.body) in (5000, 10, 0) and r.complete for r in c.seen), 'bodies were changed')


@case('pipelining in one byte pieces')
def pipeline_drip(c):
    echo(c)
    client = c.client()
    client.drip(b''.join(c.get(rest='/%d' % i) for i in range(3)))
    for i in range(3):
        check(client.answer().body == ('/%s/%d' % (c.id, i)).encode(), 'answer %d is not of its request' % i)


@table('an error in the middle of a pipeline', [
    ('malformed', b'GET nonsense\r\n\r\n', 400, False), ('bad field', b'GET / HTTP/1.1\r\nX : y\r\n\r\n', 400, False),
    ('unknown version', b'GET / HTTP/3.1\r\nHost: x\r\n\r\n', 505, False), ('not found here', b'GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n', 404, True),
    ('unknown scheme', b'GET gopher://x/ HTTP/1.1\r\nHost: x\r\n\r\n', 501, True), ('unknown name', b'GET http://no.such.name.invalid./ HTTP/1.1\r\nHost: x\r\n\r\n', 503, True),
    ('loop', b'GET http://x.test/ HTTP/1.1\r\nHost: x\r\nVia: 1.1 proxy.test\r\n\r\n', 508, any),
])
def pipeline_error(c, raw, status, on):
    echo(c)
    client = c.client()
    client.send(c.get(rest='/1') + c.get(rest='/2') + raw + c.get(rest='/3'))
    check(client.answer().body.endswith(b'/1') and client.answer().body.endswith(b'/2'), 'the requests before are not answered')
    a = client.answer()
    check(a.status == status, 'answered %s instead of %s' % (a.status, status), a.raw_head)
    goes_on = 'close' not in a.fields.tokens('Connection')
    check(on is any or goes_on == on, 'it tells the wrong thing about the connection', a.raw_head)
    if goes_on:
        check(client.answer().body.endswith(b'/3'), 'the request after is not answered')
    else:
        check(client.gone() and len(c.seen) == 2, 'something after the error was answered')


@table('half-closed client', [('one request', 1), ('three pipelined', 3), ('twenty pipelined', 20)])
def half_closed(c, n):
    """printf requests | nc: what was asked for before the end is answered."""
    echo(c)
    client = c.client()
    client.send(b''.join(c.get(rest='/%d' % i) for i in range(n))).finish()
    for i in range(n):
        a = client.answer()
        check(a.status == 200 and a.body.endswith(b'/%d' % i), 'request %d is not answered' % i, a.status)
    check(client.closed(), 'the connection stays open')


@case('half-closed client, slow origin, half_closed_clients on')
def half_closed_slow(c):
    c.origin(lambda r: (time.sleep(1.6), r.send(OK)))
    client = c.client('half-closed')
    client.send(c.get()).finish()
    check(client.answer().status == 200, 'not answered')


@case('half-closed client with a body')
def half_closed_body(c):
    client = c.client()
    client.send(c.get('Content-Length: 5\r\n', 'POST', body=b'hello')).finish()
    check(client.answer('POST').status == 200 and c.one().body == b'hello', 'not answered')


@case('a client that goes away ends its fetch')
def goes_away(c):
    took = []

    def script(r):
        start = time.monotonic()
        r.stream.to_end()
        took.append((r.stream.ended, time.monotonic() - start))
        r.keep = False
    c.origin(script)
    client = c.client()
    client.send(c.get())
    c.arrived()
    client.close()
    c.left.wait(PATIENCE)
    check(took and took[0][0], 'the fetch goes on', took)


@case('a client that goes away in the middle of an answer')
def goes_away_late(c):
    ended = []

    def script(r):
        r.send(b'HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n')
        end = time.monotonic() + PATIENCE
        try:
            while time.monotonic() < end:
                r.stream.send(b'x' * 100000)
        except OSError:
            ended.append(True)
        r.keep = False
    c.origin(script)
    client = c.client()
    client.send(c.get())
    client.until(b'xxxx')
    client.reset()
    c.left.wait(PATIENCE)
    check(ended, 'the fetch goes on')


# the pool
@table('used again', [
    ('length', OK, True), ('chunked', b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', True), ('204', b'HTTP/1.1 204 No\r\n\r\n', True),
    ('304', b'HTTP/1.1 304 No\r\n\r\n', True), ('close', b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok', False),
    ('Close in a list', b'HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok', False),
    ('1.0', b'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', False), ('1.0 keep-alive', b'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok', True),
    ('with trailers', b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n', True),
    ('after 100', b'HTTP/1.1 100 Continue\r\n\r\n' + OK, True), ('404', b'HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno', True),
])
def pooled(c, answer, again):
    c.origin(answer)
    client = c.client()
    for _ in range(3):
        client.send(c.get())
        check(client.answer().status is not None, 'not answered')
        time.sleep(0.02)
    connections = {r.connection for r in c.seen}
    check((len(connections) == 1) == again, 'used again: %s' % (len(connections) == 1))


@case('not used again for another port or name')
def pool_key(c):
    for host in (c.authority, 'origin.test:%d' % c.world.origin.port, c.world.origin.authority, c.authority):
        check(c.ask(c.get(host=host)).status == 200, 'not answered')
        time.sleep(0.02)
    numbers = [r.connection for r in c.seen]
    check(len(set(numbers[:3])) == 3, 'a connection served another name', numbers)


# retries: RFC 9112, 9.3.1
def stale(c, on_reuse=lambda r: r.close()):
    """An origin that answers the first request of a connection and fails at the second."""
    def script(r):
        if r.uses > 1:
            on_reuse(r)
        else:
            r.read_body()
            r.send(OK if r.method != 'HEAD' else OK[:-2])
    c.origin(script)
    check(c.ask(c.get()).status == 200, 'the first is not answered')
    time.sleep(0.03)
    c.seen.clear()


@table('stale connection', [
    ('GET, end', 'GET', lambda r: r.close(), 2), ('GET, reset', 'GET', lambda r: r.reset(), 2), ('HEAD', 'HEAD', lambda r: r.close(), 2),
    ('OPTIONS', 'OPTIONS', lambda r: r.close(), 2), ('PUT without a body', 'PUT', lambda r: r.close(), 2), ('DELETE', 'DELETE', lambda r: r.close(), 2),
])
def repeated(c, method, failing, n):
    stale(c, failing)
    a = c.ask(c.get(method=method), method=method)
    check(a.status == 200, 'answered %s' % a.status, a.raw_head)
    check(len(c.seen) == n, 'sent %d times' % len(c.seen))


@table('never repeated', [
    ('POST', 'POST', b''), ('POST with a body', 'POST', b'hello'), ('PATCH', 'PATCH', b'hello'), ('unknown method', 'FROB', b''), ('get', 'get', b''),
    ('PUT with a body', 'PUT', b'hello'),
])
def not_repeated(c, method, body):
    stale(c)
    a = c.ask(c.get('Content-Length: %d\r\n' % len(body) if body else '', method, body=body), method=method)
    check(len(c.seen) <= 1, 'sent %d times' % len(c.seen))
    check(a.status in (200, 502), 'answered %s' % a.status)


@table('not repeated on a fresh connection', [('GET', 'GET'), ('POST', 'POST')])
def fresh(c, method):
    c.origin(lambda r: r.close())
    a = c.ask(c.get(method=method), method=method)
    check(a.status == 502 and len(c.seen) == 1, 'answered %s after %d' % (a.status, len(c.seen)))


@case('repeated once only')
def once(c):
    served = []

    def script(r):
        if len(served) < 3:
            served.append(r.connection)
            time.sleep(0.1)
            return r.send(OK)
        r.close()
    c.origin(script)
    clients = [c.client() for _ in range(3)]
    for x in clients:
        x.send(c.get())
    for x in clients:
        check(x.answer().status == 200, 'not answered')
    time.sleep(0.05)
    c.seen.clear()
    a = c.ask(c.get())
    check(a.status == 502 and len(c.seen) == 2, 'answered %s after %d' % (a.status, len(c.seen)))


@case('not repeated after a byte of the answer')
def after_byte(c):
    stale(c, lambda r: (r.send(b'H'), r.close()))
    a = c.ask(c.get())
    check(a.status == 502 and len(c.seen) == 1, 'answered %s after %d' % (a.status, len(c.seen)))


# times
@case('a head that does not come is answered with 408')
def late_head(c):
    client = c.client('times')
    client.send(c.get()[:-2])
    a = client.answer()
    check(a.status == 408 and client.gone(), 'answered %s' % a.status)


@case('a connection that never says anything is closed')
def late_start(c):
    start = time.monotonic()
    client = c.client('times')
    while client.more():
        pass
    check(client.ended, 'still open')
    check(time.monotonic() - start > TIMES - 0.2, 'closed at once')


@case('a head that drips is not kept alive by it')
def late_drip(c):
    client = c.client('times')
    start = time.monotonic()
    for byte in c.get('X: %s\r\n' % ('y' * 400)):
        client.send(bytes([byte]))
        time.sleep(0.02)
        if time.monotonic() - start > 2 * TIMES:
            break
    a = client.answer()
    check(a.status == 408, 'answered %s' % a.status)


@case('an idle connection is closed')
def idle(c):
    start = time.monotonic()
    a = c.ask(c.get(), 'times')
    check(a.status == 200, 'answered %s' % a.status)
    check(a.client.closed(), 'still open')
    check(time.monotonic() - start > TIMES - 0.2, 'closed at once')


@case('a silent origin is answered with 504')
def late_origin(c):
    c.origin(lambda r: (r.stream.to_end(), setattr(r, 'keep', False)))
    a = c.ask(c.get(), 'times')
    check(a.status == 504, 'answered %s' % a.status)


@case('an origin that falls silent in a body cuts the answer')
def late_body(c):
    c.origin(lambda r: (r.send(b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'), r.stream.to_end(), setattr(r, 'keep', False)))
    a = c.ask(c.get(), 'times')
    check(a.status == 200 and not a.complete and a.client.gone(), 'it looks complete', a.status)


@case('an upload that stops')
def late_upload(c):
    c.origin(lambda r: (r.read_body(), r.send(OK)))
    start = time.monotonic()
    a = c.ask(c.get('Content-Length: 10\r\n', 'POST', body=b'hello'), 'times', method='POST')
    check(a.status in (408, 504, None) and time.monotonic() - start < PATIENCE - 1, 'answered %s' % a.status)
    check(all(not r.complete for r in c.seen), 'it looks complete to the origin')


def woken(c, seconds):
    """How often the proxy's processes went to sleep in that time."""
    def count():
        n = 0
        for pid in c.world.proxy('main').descendants():
            with open('/proc/%d/status' % pid) as f:
                n += sum(int(line.split()[1]) for line in f if line.startswith('voluntary_ctxt_switches'))
        return n
    time.sleep(0.3)
    before = count()
    time.sleep(seconds)
    return count() - before


@case('a long answer that stands still costs nothing', alone=True)
def still_answer(c):
    c.origin(lambda r: (r.send(b'HTTP/1.1 200 OK\r\nContent-Length: 30000000\r\n\r\n' + b'x' * 3000000), r.stream.to_end(4), setattr(r, 'keep', False)))
    client = c.client()
    client.send(c.get())
    client.exactly(3000000)
    n = woken(c, 1)
    check(n < 50, 'woken %d times in a second' % n)


@case('a long upload that stands still costs nothing', alone=True)
def still_upload(c):
    c.origin(lambda r: (r.stream.to_end(3), setattr(r, 'keep', False)))
    client = c.client()
    client.send(c.get('Content-Length: 30000000\r\n', 'POST', body=b'x' * 3000000))
    n = woken(c, 1)
    check(n < 50, 'woken %d times in a second' % n)


@case('a client that does not read')
def late_reader(c):
    ended = []

    def script(r):
        r.send(b'HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n')
        end = time.monotonic() + PATIENCE
        r.stream.sock.settimeout(PATIENCE)
        try:
            while time.monotonic() < end:
                r.stream.sock.sendall(b'x' * 100000)
        except OSError as e:
            ended.append(e)
        r.keep = False
    c.origin(script)
    client = c.client('times', receive_buffer=4096)
    client.send(c.get())
    c.left.wait(2 * PATIENCE)
    check(ended and 'timed out' not in str(ended[0]), 'it waits for ever', ended)
