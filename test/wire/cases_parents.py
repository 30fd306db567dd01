# SPDX-License-Identifier: Apache-2.0
"""Through a parent (cache_peer): what it gets, and what a hostile one can do. The origin plays the parent."""
import time

from wire import OK, PATIENCE, case, check, table


def tunnel(c, script, extra=b'', fields=''):
    c.origin(script)
    client = c.client('parent')
    client.send(('CONNECT %s.test:443 HTTP/1.1\r\nHost: x.test\r\n%s\r\n' % (c.id, fields)).encode() + extra)
    return client.answer('CONNECT'), client


@case('parent: GET is sent on in absolute form')
def get(c):
    a = c.ask(c.get('X: y\r\nProxy-Authorization: Basic eDp5\r\nProxy-Connection: keep-alive\r\nConnection: X-Hop\r\nX-Hop: z\r\n'), 'parent')
    r = c.one()
    check(a.status == 200 and r.target == c.url() and r.fields.get('Host') == c.authority and r.fields.get('X') == 'y', 'not what it should get', r.head)
    for name in ('Proxy-Authorization', 'Proxy-Connection', 'X-Hop'):
        check(name not in r.fields, name + ' reached the parent', r.head)


@table('parent, target', [('no path', 'http://@H', 'http://@H/', 'GET'), ('OPTIONS for the server', 'http://@H', 'http://@H', 'OPTIONS'),
    ('userinfo', 'http://u:p@@H/a', 'http://@H/a', 'GET'), ('upper case', 'HTTP://@H/A', 'http://@H/A', 'GET')])
def target(c, url, wanted, method):
    a = c.ask(c.get('X-Case: %s\r\n' % c.id, method, url=url.replace('@H', c.authority)), 'parent', method=method)
    check(a.status == 200 and c.one().target == wanted.replace('@H', c.authority), 'not the target that it should get', *[r.head for r in c.seen])


@table('parent answers', [('nothing', b'', 502), ('nonsense', b'x\r\n\r\n', 502), ('407', b'HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm="p"\r\nContent-Length: 2\r\n\r\nno', 407),
    ('403', b'HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno', 403), ('both framings', b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nno', 502)])
def answers(c, answer, status):
    c.origin(lambda r: (r.send(answer), r.close() if not answer else None))
    a = c.ask(c.get(), 'parent')
    check(a.status == status, 'answered %s' % a.status, a.raw_head)
    if status == 407:
        check(a.fields.get('Proxy-Authenticate') == 'Basic realm="p"', 'the challenge was lost', a.raw_head)


@table('parent, upload', [('length', 'Content-Length: 5\r\n', b'hello'), ('chunked', 'Transfer-Encoding: chunked\r\n', b'5\r\nhello\r\n0\r\n\r\n')])
def upload(c, fields, body):
    a = c.ask(c.get(fields, 'POST', body=body), 'parent', method='POST')
    check(a.status == 200 and c.one().body == b'hello', 'answered %s' % a.status)


@table('parent opens a tunnel', [
    ('200', b'HTTP/1.1 200 OK\r\n\r\n'), ('200 of 1.0', b'HTTP/1.0 200 OK\r\n\r\n'), ('200 with a length', b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'),
    ('200 with chunked', b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'), ('200 with both', b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n'),
    ('204', b'HTTP/1.1 204 Odd\r\n\r\n'), ('100, then 200', b'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'),
])
def opens(c, answer):
    def script(r):
        check(r.method == 'CONNECT' and r.target == c.id + '.test:443' and r.fields.get('Host') == r.target, 'not the request that it should get', r.head)
        r.send(answer + b'hello')
        r.send(r.stream.until(b'!') or b'?')
        r.half_close()
        r.stream.to_end()
        r.keep = False
    a, client = tunnel(c, script, b'ear')
    check(a.status == 200 and 'Content-Length' not in a.fields and 'Transfer-Encoding' not in a.fields, 'answered %s' % a.status, a.raw_head)
    client.send(b'ly!')
    check(client.exactly(11) == b'helloearly!' and client.closed(), 'bytes were changed', client.rest)


@table('parent opens no tunnel', [
    ('403', b'HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno', 403), ('403, chunked', b'HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n', 403),
    ('407', b'HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm="p"\r\nContent-Length: 2\r\n\r\nno', 407), ('502', b'HTTP/1.1 502 Bad\r\nContent-Length: 2\r\n\r\nno', 502),
    ('302', b'HTTP/1.1 302 There\r\nLocation: http://evil.test/\r\nContent-Length: 2\r\n\r\nno', 302),
    ('101', b'HTTP/1.1 101 Odd\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n', 502), ('nothing', None, 502), ('nonsense', b'SSH-2.0-x\r\n\r\n', 502), ('half a head', b'HTTP/1.1 200 OK\r\n', 502),
    ('LF', b'HTTP/1.1 200 OK\n\n', 502), ('100 only', b'HTTP/1.1 100 Continue\r\n\r\n', 502),
])
def no_tunnel(c, answer, status):
    """Its answer is the client's, but it is no tunnel: what the client sent in good faith goes nowhere."""
    came = []

    def script(r):
        if answer:
            r.send(answer)
        if status == 502:
            r.half_close()
        came.append(r.stream.to_end(0.3))
        r.keep = False
    a, client = tunnel(c, script, b'secret', 'Connection: upgrade\r\nUpgrade: x\r\n')
    check(a.status == status or (status == 502 and a.status in (502, 503)), 'answered %s' % a.status, a.raw_head)
    check(a.complete and client.closed(), 'the connection stays open')
    c.left.wait(PATIENCE)
    check(not any(b'secret' in x for x in came), 'early bytes reached the parent', came)


@case('parent, stale connection')
def stale(c):
    def script(r):
        if r.uses > 1:
            return r.close()
        r.send(OK)
    c.origin(script)
    for _ in range(2):
        check(c.ask(c.get(), 'parent').status == 200, 'not answered')
        time.sleep(0.03)


@case('parent, Upgrade')
def upgrade(c):
    def script(r):
        r.send(b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n')
        r.send(r.stream.until(b'!') or b'?')
        r.keep = False
    c.origin(script)
    a = c.ask(c.get('Connection: upgrade\r\nUpgrade: x\r\n') + b'hello!', 'parent')
    check(a.status == 101 and a.client.exactly(6) == b'hello!', 'answered %s' % a.status)
