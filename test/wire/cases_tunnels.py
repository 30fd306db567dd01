# SPDX-License-Identifier: Apache-2.0
"""CONNECT: targets, early bytes, ends of either side, what never becomes a tunnel. The origin here is a plain socket."""
import contextlib
import hashlib
import os
import socket
import threading
import time

from wire import PATIENCE, Stream, case, check, table


@contextlib.contextmanager
def server(script):
    """A socket that accepts on loopback; script(stream) for each connection. Yields the port and a list of what scripts returned."""
    with socket.socket(socket.AF_INET) as l:
        l.bind(('127.0.0.1', 0))
        l.listen(64)
        results = []

        def accept():
            while True:
                try:
                    s, _ = l.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(s,), daemon=True).start()

        def serve(s):
            stream = Stream(s)
            try:
                results.append(script(stream))
            except OSError as e:
                results.append(e)
            s.close()
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield l.getsockname()[1], results
        finally:
            l.shutdown(socket.SHUT_RDWR)


def wait(results, n=1, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while len(results) < n and time.monotonic() < end:
        time.sleep(0.005)
    check(len(results) >= n, 'the connection to the server does not end')
    return results[0]


def connect(c, target, fields='', version='1.1', extra=b'', proxy='main', host=None):
    client = c.client(proxy)
    client.send(('CONNECT %s HTTP/%s\r\nHost: %s\r\n%s\r\n' % (target, version, host or target, fields)).encode('latin-1') + extra)
    a = client.answer('CONNECT')
    return a, client


def echo(stream):
    n = 0
    while stream.rest or stream.more():
        n += len(stream.rest)
        stream.send(stream.rest)
        stream.rest = b''
    return n


@table('opened', [
    ('IPv4', '127.0.0.1:@P', '1.1', ''), ('name', 'origin.test:@P', '1.1', ''), ('upper case', 'ORIGIN.TEST.:@P', '1.1', ''), ('1.0', '127.0.0.1:@P', '1.0', ''),
    ('hex', '0x7f.1:@P', '1.1', ''), ('mapped', '[::ffff:127.0.0.1]:@P', '1.1', ''), ('length 0', '127.0.0.1:@P', '1.1', 'Content-Length: 0\r\n'),
    ('close', '127.0.0.1:@P', '1.1', 'Connection: close\r\n'), ('keep-alive', '127.0.0.1:@P', '1.1', 'Proxy-Connection: keep-alive\r\n'),
    ('another Host', '127.0.0.1:@P', '1.1', 'X: y\r\n'), ('Expect', '127.0.0.1:@P', '1.1', 'Expect: 100-continue\r\n'), ('Upgrade', '127.0.0.1:@P', '1.1', 'Connection: upgrade\r\nUpgrade: x\r\n'),
])
def opened(c, target, version, fields):
    with server(echo) as (port, _):
        a, client = connect(c, target.replace('@P', str(port)), fields, version)
        check(a.status == 200 and 'Content-Length' not in a.fields and 'Transfer-Encoding' not in a.fields, 'answered %s' % a.status, a.raw_head)
        client.send(b'hello')
        check(client.exactly(5) == b'hello', 'nothing comes back')
        client.finish()
        check(client.closed(), 'the end does not come back')


@case('early bytes')
def early(c):
    with server(echo) as (port, _):
        data = os.urandom(50000)
        a, client = connect(c, '127.0.0.1:%d' % port, extra=data)
        check(a.status == 200 and client.exactly(len(data)) == data, 'they did not arrive')


@case('a request behind CONNECT goes into the tunnel')
def behind(c):
    with server(echo) as (port, _):
        raw = c.get()
        a, client = connect(c, '127.0.0.1:%d' % port, extra=raw)
        check(a.status == 200 and client.exactly(len(raw)) == raw and not c.seen, 'it was taken for a request')


@case('the server speaks first')
def speaks_first(c):
    with server(lambda s: s.send(b'220 hello\r\n').to_end()) as (port, _):
        a, client = connect(c, '127.0.0.1:%d' % port)
        check(a.status == 200 and client.until(b'\r\n') == b'220 hello\r\n', 'nothing came')


@table('half-close', [('by the client', True), ('by the server', False)])
def half_close(c, by_client):
    def script(s):
        if by_client:
            data = s.to_end()
            s.send(b'got %d' % len(data))
            return data
        s.send(b'bye').finish()
        return s.to_end()
    with server(script) as (port, results):
        a, client = connect(c, '127.0.0.1:%d' % port)
        check(a.status == 200, 'answered %s' % a.status)
        if by_client:
            client.send(b'x' * 1000).finish()
            check(client.to_end() == b'got 1000', 'the answer after the end did not come')
        else:
            check(client.to_end() == b'bye', 'the farewell did not come')
            time.sleep(0.1)
            client.send(b'y' * 1000).finish()
            check(wait(results) == b'y' * 1000, 'bytes after the server\'s end did not arrive')


@table('reset', [('by the client', True), ('by the server', False)])
def reset(c, by_client):
    def script(s):
        s.until(b'x')
        if not by_client:
            s.reset()
        s.to_end()
        return s.ended
    with server(script) as (port, results):
        a, client = connect(c, '127.0.0.1:%d' % port)
        client.send(b'x')
        time.sleep(0.05)
        if by_client:
            client.reset()
            check(wait(results) is not None, 'the reset is not passed on')
        else:
            check(client.closed(), 'the reset is not passed on')


@table('bulk', [('up', True, False), ('down', False, True), ('both', True, True)])
def bulk(c, up, down):
    data = os.urandom(1 << 20) * 8
    digest = hashlib.sha256(data).hexdigest()

    def script(s):
        writer = threading.Thread(target=lambda: (s.send(data), s.finish())) if down else None
        if writer:
            writer.start()
        got = s.to_end() if up else b''
        if writer:
            writer.join()
        return hashlib.sha256(got).hexdigest() if up else None
    with server(script) as (port, results):
        a, client = connect(c, '127.0.0.1:%d' % port)
        writer = threading.Thread(target=lambda: (client.send(data), client.finish())) if up else None
        if writer:
            writer.start()
        if down:
            check(hashlib.sha256(client.to_end()).hexdigest() == digest, 'bytes were changed on the way down')
        if writer:
            writer.join()
            check(wait(results) == digest, 'bytes were changed on the way up')


@case('byte by byte')
def drip(c):
    with server(echo) as (port, _):
        a, client = connect(c, '127.0.0.1:%d' % port)
        for i in range(300):
            client.send(bytes([i % 256]))
            check(client.exactly(1) == bytes([i % 256]), 'byte %d was changed' % i)


@table('refused', [
    ('no port', '127.0.0.1', 400), ('empty port', '127.0.0.1:', 400), ('port 0', '127.0.0.1:0', 400), ('port 65536', '127.0.0.1:65536', 400), ('port in letters', '127.0.0.1:http', 400),
    ('no host', ':443', 400), ('nothing', '', 400), ('a URL', 'http://127.0.0.1:443/', 400), ('a URL without path', 'http://127.0.0.1:443', 400), ('a path', '/x', 400), ('a path behind', '127.0.0.1:443/', 400),
    ('a query behind', '127.0.0.1:443?x', 400), ('a fragment behind', '127.0.0.1:443#x', 400), ('userinfo', 'u@127.0.0.1:443', 400), ('userinfo with password', 'u:p@127.0.0.1:443', 400), ('asterisk', '*', 400),
    ('two ports', '127.0.0.1:443:443', 400), ('bare IPv6', '::1:443', 400), ('open bracket', '[::1:443', 400), ('space', '127.0.0.1 :443', 400), ('plus', '127.0.0.1:+443', 400), ('negative', '127.0.0.1:-443', 400),
    ('encoded NUL', 'a%00b:443', 400), ('encoded colon', '127.0.0.1%3A443', 400), ('backslash', '127.0.0.1\\:443', 400), ('a list', '127.0.0.1:443,127.0.0.1:444', 400),
    ('nobody there', '127.0.0.1:1', 503), ('unknown name', 'no.such.name.invalid:443', 503),
])
def refused(c, target, status):
    a, client = connect(c, target, host='x.test')
    check(a.status == status and a.complete, 'answered %s' % a.status, a.raw_head)


@table('CONNECT without a good Host', [('none', '', 400), ('two', 'Host: a\r\nHost: b\r\n', 400), ('bad', 'Host: a b\r\n', 400), ('another', 'Host: other.test\r\n', 200), ('empty', 'Host:\r\n', 200)])
def hosts(c, fields, status):
    with server(echo) as (port, _):
        client = c.client()
        client.send(('CONNECT 127.0.0.1:%d HTTP/1.1\r\n%s\r\n' % (port, fields)).encode())
        check(client.answer('CONNECT').status == status, 'answered otherwise than %d' % status)


@table('what follows a refused CONNECT', [('nobody there', '127.0.0.1:1'), ('no port', '127.0.0.1'), ('unknown name', 'no.such.name.invalid:443')])
def after_refusal(c, target):
    """Early bytes for a tunnel that never was must not be taken for a request."""
    a, client = connect(c, target, extra=c.get(), host='x.test')
    check(a.status >= 400, 'answered %s' % a.status)
    check(client.closed() and not c.seen, 'the early bytes were taken for a request', client.rest)


@case('connect in lower case is another method')
def lower(c):
    client = c.client()
    client.send(b'connect 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\n\r\n')
    check(client.answer().status == 400, 'taken for CONNECT')


@case('an idle tunnel is closed')
def idle(c):
    with server(lambda s: s.to_end()) as (port, results):
        start = time.monotonic()
        a, client = connect(c, '127.0.0.1:%d' % port, proxy='times')
        check(a.status == 200, 'answered %s' % a.status)
        check(client.closed(), 'still open')
        check(time.monotonic() - start > 2.8, 'closed at once')
        wait(results)


@case('a busy tunnel is not closed')
def busy(c):
    with server(echo) as (port, _):
        a, client = connect(c, '127.0.0.1:%d' % port, proxy='times')
        for _ in range(24):
            time.sleep(0.2)
            client.send(b'x')
            check(client.exactly(1) == b'x', 'it was closed')


@case('a client that leaves before the tunnel is there')
def leaves(c):
    for _ in range(10):
        client = c.client()
        client.send(b'CONNECT 192.0.2.1:443 HTTP/1.1\r\nHost: x\r\n\r\n')
        client.reset()
    check(c.ask(c.get()).status == 200, 'the proxy does not go on')
