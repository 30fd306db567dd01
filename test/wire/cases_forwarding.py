# SPDX-License-Identifier: Apache-2.0
"""What of a request goes upstream, and what the proxy adds: RFC 9110, 7.6."""
from wire import OK, case, check, table


def sent(c, fields='', proxy='main', **options):
    method = options.get('method', 'GET')
    a = c.ask(c.get(fields, **options), proxy, method=method)
    check(a.status == 200, 'answered %s' % a.status, a.raw_head, a.body[:200])
    return c.one()


@table('does not go upstream', [
    ('Proxy-Authorization', 'Proxy-Authorization: Basic eDp5\r\n', 'Proxy-Authorization'),
    ('Proxy-Authorization in odd case', 'pROXY-aUTHORIZATION: Basic eDp5\r\n', 'Proxy-Authorization'),
    ('Proxy-Connection', 'Proxy-Connection: keep-alive\r\n', 'Proxy-Connection'),
    ('Proxy-Authenticate', 'Proxy-Authenticate: x\r\n', 'Proxy-Authenticate'),
    ('Keep-Alive', 'Keep-Alive: 300\r\n', 'Keep-Alive'),
    ('TE other than trailers', 'TE: gzip\r\n', 'TE'),
    ('Upgrade without Connection', 'Upgrade: websocket\r\n', 'Upgrade'),
    ('Upgrade from HTTP/1.0', 'Connection: upgrade\r\nUpgrade: websocket\r\n', 'Upgrade', '1.0'),
    ('named by Connection', 'Connection: X-Hop\r\nX-Hop: y\r\n', 'X-Hop'),
    ('named in odd case', 'connection: x-HOP\r\nX-Hop: y\r\n', 'X-Hop'),
    ('named in a list', 'Connection: a, ,X-Hop\t,close\r\nX-Hop: y\r\n', 'X-Hop'),
    ('named in a second Connection', 'Connection: a\r\nX-Hop: y\r\nConnection: X-Hop\r\n', 'X-Hop'),
    ('named and repeated', 'X-Hop: y\r\nConnection: X-Hop\r\nX-Hop: z\r\n', 'X-Hop'),
    ('named by HTTP/1.0', 'Connection: X-Hop\r\nX-Hop: y\r\n', 'X-Hop', '1.0'),
    ('named: User-Agent', 'Connection: User-Agent\r\nUser-Agent: x\r\n', 'User-Agent'),
    ('named: X-Forwarded-For of others', 'Connection: X-Real-IP\r\nX-Real-IP: 1.2.3.4\r\n', 'X-Real-IP'),
])
def not_sent(c, fields, name, version='1.1'):
    r = sent(c, fields, version=version)
    check(name not in r.fields, name + ' reached the origin', r.head)


@table('goes upstream', [
    ('a field', 'X-A: b c\t"d"\r\n', 'X-A', 'b c\t"d"'), ('an empty one', 'X-A:\r\n', 'X-A', ''),
    ('Authorization', 'Authorization: Basic eDp5\r\n', 'Authorization', 'Basic eDp5'), ('Cookie', 'Cookie: a=b; c=d\r\n', 'Cookie', 'a=b; c=d'),
    ('Range', 'Range: bytes=0-1\r\n', 'Range', 'bytes=0-1'), ('If-None-Match', 'If-None-Match: "x"\r\n', 'If-None-Match', '"x"'),
    ('Accept-Encoding', 'Accept-Encoding: gzip, br\r\n', 'Accept-Encoding', 'gzip, br'), ('Origin', 'Origin: http://x\r\n', 'Origin', 'http://x'),
    ('Trailer', 'Trailer: X\r\n', 'Trailer', 'X'), ('Pragma', 'Pragma: no-cache\r\n', 'Pragma', 'no-cache'),
    ('Forwarded', 'Forwarded: for=1.2.3.4\r\n', 'Forwarded', 'for=1.2.3.4'),
    ('Max-Forwards on GET', 'Max-Forwards: 5\r\n', 'Max-Forwards', '5'), ('bad Max-Forwards on GET', 'Max-Forwards: x\r\n', 'Max-Forwards', 'x'),
    ('Cache-Control that Connection names', 'Connection: Cache-Control\r\nCache-Control: no-store\r\n', 'Cache-Control', 'no-store'),
    ('Content-Type of a body', 'Content-Type: a/b;c="d"\r\nContent-Length: 0\r\n', 'Content-Type', 'a/b;c="d"'),
])
def is_sent(c, fields, name, value):
    r = sent(c, fields)
    check(r.fields.get(name) == value, name + ' is not what was sent', r.head)


@case('order and repetition of fields are kept')
def order(c):
    r = sent(c, 'X-B: 1\r\nX-A: 2\r\nx-b: 3\r\nCookie: a\r\nCookie: b\r\n')
    check(r.fields.all('X-B') == ['1', '3'] and r.fields.all('Cookie') == ['a', 'b'], 'they were changed', r.head)
    names = [n for n, _ in r.fields.lines if n.lower() in ('x-a', 'x-b')]
    check(names == ['X-B', 'X-A', 'x-b'], 'the order was changed', r.head)


@case('Host comes first, and there is one')
def host_first(c):
    r = sent(c, 'X-A: 1\r\n')
    check(r.fields.lines[0][0].lower() == 'host', 'Host is not first', r.head)


@table('Via', [
    ('1.1', '', '1.1', ['1.1 proxy.test']), ('1.0', '', '1.0', ['1.0 proxy.test']),
    ('after another', 'Via: 1.0 other (x)\r\n', '1.1', ['1.0 other (x)', '1.1 proxy.test']),
    ('named by Connection', 'Connection: Via\r\nVia: 1.1 other\r\n', '1.1', ['1.1 other', '1.1 proxy.test']),
])
def via(c, fields, version, wanted):
    r = sent(c, fields, version=version)
    got = r.fields.all('Via')
    check(len(got) == len(wanted) and all(g.startswith(w) for g, w in zip(got, wanted)), 'Via is wrong', r.head)


@table('loop', [
    ('by Via', 'Via: 1.1 proxy.test (sepia)\r\n', 508), ('without comment', 'Via: 1.1 proxy.test\r\n', 508),
    ('in a list', 'Via: 1.0 a, 1.1 proxy.test , 1.1 b\r\n', 508), ('in the second field', 'Via: 1.1 a\r\nVia: 1.1 proxy.test\r\n', 508),
    ('in upper case', 'Via: 1.1 PROXY.TEST\r\n', 508), ('with a protocol', 'Via: HTTP/1.1 proxy.test\r\n', 508),
    ('another proxy', 'Via: 1.1 proxy.test.example\r\n', 200), ('in a comment', 'Via: 1.1 other (proxy.test)\r\n', 200),
])
def loop(c, fields, status):
    a = c.ask(c.get(fields))
    check(a.status == status, 'answered %s' % a.status, a.raw_head)


@table('X-Forwarded-For', [
    ('on', 'main', '', ['127.0.0.1']), ('on, appended', 'main', 'X-Forwarded-For: 1.2.3.4\r\n', ['1.2.3.4', '127.0.0.1']),
    ('on, appended to a list', 'main', 'X-Forwarded-For: 1.2.3.4, 5.6.7.8\r\n', ['1.2.3.4', '5.6.7.8', '127.0.0.1']),
    ('on, named by Connection', 'main', 'Connection: X-Forwarded-For\r\nX-Forwarded-For: 1.2.3.4\r\n', ['127.0.0.1']),
    ('off', 'xff-off', '', ['unknown']), ('off, appended', 'xff-off', 'X-Forwarded-For: 1.2.3.4\r\n', ['1.2.3.4', 'unknown']),
    ('transparent', 'xff-transparent', '', []), ('transparent, kept', 'xff-transparent', 'X-Forwarded-For: 1.2.3.4\r\n', ['1.2.3.4']),
    ('delete', 'xff-delete', '', []), ('delete, removed', 'xff-delete', 'X-Forwarded-For: 1.2.3.4\r\nx-forwarded-for: 5\r\n', []),
    ('truncate', 'xff-truncate', '', ['127.0.0.1']), ('truncate, replaced', 'xff-truncate', 'X-Forwarded-For: 1.2.3.4\r\n', ['127.0.0.1']),
])
def xff(c, proxy, fields, wanted):
    r = sent(c, fields, proxy)
    check(r.fields.tokens('X-Forwarded-For') == wanted, 'X-Forwarded-For is wrong', r.head)


@case('via off')
def via_off(c):
    r = sent(c, 'Via: 1.1 other\r\n', 'xff-truncate')
    check(r.fields.all('Via') == ['1.1 other'], 'Via was added', r.head)


@table('method', [(m, m, b) for m in ('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND', 'MKCOL', 'REPORT', 'SEARCH',
    'get', 'Post', 'M-SEARCH', 'X', "!#$%&'*+-.^_`|~", 'A' * 60, 'QUERY', 'SOURCE') for b in (b'', b'body')])
def method(c, name, body):
    c.origin(lambda r: (r.read_body(), r.send(OK if r.method != 'HEAD' else OK[:-2])))
    a = c.ask(c.get('Content-Length: %d\r\n' % len(body) if body else '', name, body=body), method=name)
    check(a.status == 200, 'answered %s' % a.status, a.raw_head)
    r = c.one()
    check(r.method == name and r.body == body, 'the request was changed', r.head)


@table('PURGE is for the proxy', [('without a body', b''), ('with one', b'body')])
def purge(c, body):
    """Nothing is stored here, and no rule names it: as in Squid it is refused, never sent on."""
    a = c.ask(c.get('Content-Length: %d\r\n' % len(body) if body else '', 'PURGE', body=body), method='PURGE')
    check(a.status == 403 and c.seen == [], 'answered %s' % a.status, a.raw_head)


@table('Max-Forwards', [
    ('TRACE 0', 'TRACE', '0', None), ('TRACE 1', 'TRACE', '1', '0'), ('TRACE 5', 'TRACE', '5', '4'), ('OPTIONS 0', 'OPTIONS', '0', None),
    ('OPTIONS 1', 'OPTIONS', '1', '0'), ('OPTIONS 00', 'OPTIONS', '00', None), ('OPTIONS large', 'OPTIONS', '99999999999', any),
    ('r9110 7.6.2: OPTIONS beyond what is counted', 'OPTIONS', '9' * 40, any), ('r9110 7.6.2: TRACE beyond what is counted', 'TRACE', '18446744073709551616', any),
])
def max_forwards(c, method, value, wanted):
    a = c.ask(c.get('Max-Forwards: %s\r\nX-Mark: here\r\nCookie: secret\r\nProxy-Authorization: secret\r\n' % value, method), method=method)
    check(a.status == 200, 'answered %s' % a.status, a.raw_head)
    if wanted is not None:
        got = c.one().fields.get('Max-Forwards')
        check(wanted is any and 0 < int(got) < int(value) or got == wanted, 'Max-Forwards is wrong', c.one().head)
        return
    check(not c.seen, 'it was forwarded')
    if method == 'TRACE':
        check(a.fields.get('Content-Type') == 'message/http' and a.body.startswith(b'TRACE ') and b'X-Mark: here' in a.body,
            'TRACE does not show the request', a.raw_head, a.body)
        check(b'secret' not in a.body, 'TRACE shows secrets', a.body)


@table('OPTIONS', [
    ('without path', 'http://@H', '*'), ('with a slash', 'http://@H/', '/'), ('with a path', 'http://@H/x', '/x'), ('with a query', 'http://@H?q', '/?q'),
])
def options(c, url, wanted):
    a = c.ask(c.get('X-Case: %s\r\n' % c.id, 'OPTIONS', url=url.replace('@H', c.authority)), method='OPTIONS')
    check(a.status == 200 and c.one().target == wanted, 'not the target that it should be', a.raw_head, *[r.head for r in c.seen])


@table('for the proxy itself', [
    ('GET /', 'GET / HTTP/1.1', 404), ('GET /x', 'GET /x HTTP/1.1', 404), ('POST /', 'POST / HTTP/1.1', 404), ('OPTIONS *', 'OPTIONS * HTTP/1.1', 200),
    ('OPTIONS /', 'OPTIONS / HTTP/1.1', 200), ('HEAD /', 'HEAD / HTTP/1.1', 404), ('two slashes', 'GET //@H/ HTTP/1.1', 404),
    ('HTTP/1.0', 'GET / HTTP/1.0', 404), ('a path with a URL', 'GET /http://@H/ HTTP/1.1', 404),
])
def itself(c, line, status):
    a = c.ask((line.replace('@H', c.authority) + '\r\nHost: %s\r\n\r\n' % c.authority).encode())
    check(a.status == status and a.complete, 'answered %s' % a.status, a.raw_head)
    check(not c.seen, 'it was forwarded')


@table('Date', [('added', b'', True), ('kept', b'Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n', False)])
def date(c, line, added):
    c.origin(b'HTTP/1.1 200 OK\r\n' + line + b'Content-Length: 2\r\n\r\nok')
    a = c.ask(c.get())
    check(('1994' not in a.fields.get('Date')) == added, 'Date is wrong', a.raw_head)


@case('error pages show nothing that the client sent in its fields')
def page(c):
    a = c.ask(c.get('X-Secret: <script>boo</script>\r\nContent-Length: x\r\nAccept: text/html\r\nUser-Agent: Mozilla/5.0\r\n', rest='/%3Cb%3E"><script>'))
    check(a.status == 400 and b'boo' not in a.body and b'<script>' not in a.body, 'the page shows it', a.body)


@table('answer to HEAD by the proxy', [('400', 'X : y\r\n', 400), ('417', 'Expect: x\r\n', 417), ('508', 'Via: 1.1 proxy.test\r\n', 508)])
def head_error(c, fields, status):
    client = c.client()
    client.send(c.get(fields, 'HEAD'))
    a = client.answer('HEAD' if status != 400 else 'HEAD')
    check(a.status == status, 'answered %s' % a.status)
    if status == 508:
        check(client.closed() or client.silent(), 'a body came after HEAD', client.rest)


# Upgrade
@table('Upgrade', [('websocket', 'websocket', 'websocket'), ('in a list', 'y/1, websocket', 'websocket'), ('odd case', 'WebSocket', 'websocket'),
    ('with a version', 'x/2', 'x/2')])
def upgrade(c, asked, got):
    def script(r):
        check(r.fields.get('Upgrade') == asked and 'upgrade' in r.fields.tokens('Connection'), 'Upgrade was lost', r.head)
        r.send(('HTTP/1.1 101 Switching Protocols\r\nUpgrade: %s\r\nConnection: Upgrade\r\nX-Key: k\r\n\r\nhello' % got).encode())
        r.send(r.stream.until(b'!') or b'?')
        r.half_close()
        r.stream.to_end()
        r.keep = False
    c.origin(script)
    client = c.client()
    client.send(c.get('Connection: Upgrade\r\nUpgrade: %s\r\n' % asked) + b'ea')
    a = client.answer()
    check(a.status == 101 and a.fields.get('Upgrade') == got and 'upgrade' in a.fields.tokens('Connection') and a.fields.get('X-Key') == 'k',
        'answered %s' % a.status, a.raw_head)
    client.send(b'rly!')
    check(client.exactly(10) == b'helloearly' and client.exactly(1) == b'!', 'the bytes are not relayed', client.rest)
    check(client.closed(), 'the end is not relayed')


@table('101', [
    ('without asking', '', 'websocket', '1.1', 502), ('without Connection', 'Upgrade: websocket\r\n', 'websocket', '1.1', 502),
    ('to another protocol', 'Connection: Upgrade\r\nUpgrade: websocket\r\n', 'h2c', '1.1', 502),
    ('to nothing', 'Connection: Upgrade\r\nUpgrade: websocket\r\n', None, '1.1', 502),
    ('for HTTP/1.0', 'Connection: Upgrade\r\nUpgrade: websocket\r\n', 'websocket', '1.0', 502),
    ('refused', 'Connection: Upgrade\r\nUpgrade: websocket\r\n', False, '1.1', 200),
])
def switching(c, fields, to, version, status):
    def script(r):
        if to is False:
            return r.send(OK)
        r.send(b'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n' + (b'' if to is None else b'Upgrade: %s\r\n' % to.encode()) + b'\r\n')
        r.stream.to_end()
        r.keep = False
    c.origin(script)
    a = c.ask(c.get(fields, version=version))
    check(a.status == status, 'answered %s instead of %s' % (a.status, status), a.raw_head)


@case('101 in the middle of the request')
def switching_early(c):
    def script(r):
        r.send(b'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
        r.stream.to_end()
        r.keep = False
    c.origin(script)
    a = c.ask(c.get('Connection: Upgrade\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n', 'POST', body=b'5\r\nhello\r\n'), method='POST')
    check(a.status == 502, 'answered %s' % a.status)
