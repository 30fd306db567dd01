# SPDX-License-Identifier: Apache-2.0
"""What RFC 9110 and RFC 9112 ask of an intermediary, a case a clause, named after it: what no other file of these tests holds."""
import threading
import time

from wire import OK, case, check, table

CHUNKED = 'Transfer-Encoding: chunked\r\n'


def lines(*text):
    return '\r\n'.join(text + ('', '')).encode('latin-1')


# --- RFC 9112 ------------------------------------------------------------------------------------------------------------

@table('r9112 3.2: bytes over 127 are in no target', [
    ('in the path', 'GET http://@H/\xc3\xa9 HTTP/1.1\r\nHost: @H\r\n\r\n'),
    ('in the query', 'GET http://@H/?\xe9 HTTP/1.1\r\nHost: @H\r\n\r\n'),
    ('with a space', 'GET http://@H/\xe9 b HTTP/1.1\r\nHost: @H\r\n\r\n'), ('with a control', 'GET http://@H/\xe9\x01 HTTP/1.1\r\nHost: @H\r\n\r\n'),
    ('without a version', 'GET http://@H/\xe9\r\nHost: @H\r\n\r\n'), ('in the scheme', 'GET h\xe9ttp://@H/ HTTP/1.1\r\nHost: @H\r\n\r\n'),
    ('in a host that is no UTF-8', 'GET http://\xe9@H/ HTTP/1.1\r\nHost: @H\r\n\r\n'), ('in a port', 'CONNECT @H\xa0 HTTP/1.1\r\nHost: @H\r\n\r\n'),
])
def raw_bad(c, text):
    a = c.ask(text.replace('@H', c.authority).encode('latin-1'))
    check(a.status == 400 and c.seen == [], 'answered %s' % a.status, a.raw_head)


@table('r9112 5.1: white space before the colon is taken out of an answer', [
    ('space', b'X : a\r\nContent-Length: 2\r\n\r\nok'), ('tabs and spaces', b'X \t : a\r\nContent-Length: 2\r\n\r\nok'),
    ('of the length', b'Content-Length : 2\r\nX: a\r\n\r\nok'), ('of the coding', b'Transfer-Encoding\t: chunked\r\nX: a\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
])
def name_space(c, rest):
    for drip in (False, True):
        c.origin(lambda r: r.drip(b'HTTP/1.1 200 OK\r\n' + rest) if drip else r.send(b'HTTP/1.1 200 OK\r\n' + rest))
        a = c.ask(c.get())
        check(a.status == 200 and a.complete and a.body == b'ok' and a.fields.get('X') == 'a', 'answered %s' % a.status, a.raw_head, a.body[:200])


@table('r9112 5.1: what is no name is none with white space behind it', [
    ('two words', b'X Y: a'), ('nothing', b' : a'), ('no colon', b'X '), ('two framings', b'Transfer-Encoding : chunked\r\nContent-Length: 2'),
    ('two lengths', b'Content-Length : 2\r\nContent-Length: 3'),
])
def no_name(c, line):
    c.origin(lambda r: (r.send(b'HTTP/1.1 200 OK\r\n' + line + b'\r\nContent-Length: 2\r\n\r\nok'), r.half_close()))
    a = c.ask(c.get())
    check(a.status == 502 and a.complete, 'answered %s' % a.status, a.raw_head)


@table('r9112 6.3: a length beside a coding is not sent on', [
    ('HEAD', 'HEAD', '200 OK'), ('304', 'GET', '304 Not Modified'),
])
def length_and_coding(c, method, status):
    c.origin(lines('HTTP/1.1 ' + status, 'Content-Length: 100', 'Transfer-Encoding: chunked'))
    a = c.ask(c.get(method=method), method=method)
    check(a.status == int(status[:3]) and 'Content-Length' not in a.fields, 'a length that the origin did not mean', a.raw_head)


BWS = [('space', b'2 ;a\r\nok\r\n0\r\n\r\n'), ('tab', b'2\t;a\r\nok\r\n0\r\n\r\n'), ('everywhere', b'2 \t; a = "b" ; c\r\nok\r\n0 ;d\r\n\r\n')]
NO_BWS = [('no extension', b'2 \r\nok\r\n0\r\n\r\n'), ('a word', b'2 a\r\nok\r\n0\r\n\r\n'), ('behind a name', b'2;a \r\nok\r\n0\r\n\r\n'), ('LF', b'2 \nok\r\n0\r\n\r\n')]


@table('r9112 7.1.1: white space before an extension, request', BWS)
def bws_request(c, body):
    a = c.ask(c.get(CHUNKED, 'POST', body=body), method='POST')
    check(a.status == 200 and c.one().body == b'ok' and c.one().complete, 'answered %s' % a.status, a.body[:300])


@table('r9112 7.1.1: white space before an extension, answer', BWS)
def bws_answer(c, body):
    a = c.origin(lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + body).ask(c.get())
    check(a.status == 200 and a.complete and a.body == b'ok', 'not what was sent', a.body, a.complete)


@table('r9112 7.1.1: other white space, request', NO_BWS)
def no_bws_request(c, body):
    a = c.ask(c.get(CHUNKED, 'POST', body=body), method='POST')
    check(a.status == 400 and a.client.gone(), 'answered %s' % a.status, a.raw_head)
    check(all(not r.complete for r in c.seen), 'the origin got a whole request')


@table('r9112 7.1.1: other white space, answer', NO_BWS)
def no_bws_answer(c, body):
    a = c.origin(lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + body).ask(c.get())
    check(not a.complete, 'a malformed body became a whole one', a.body)


def refusing(r):
    r.send(lines('HTTP/1.1 413 Content Too Large', 'Content-Length: 3') + b'big')
    r.close()


@table('r9112 9.6: who sends all before it reads gets the answer', [
    ('denied', 'rules', None, 403), ('the length is too much', 'limits', None, 413), ('refused early by the origin', 'main', refusing, (413, 502)),
    ('malformed', 'main', 'X : y\r\n', 400),
])
def sends_all(c, proxy, how, status):
    if callable(how):
        c.origin(how)
    raw = c.get('Content-Length: 20000000\r\n' + (how if isinstance(how, str) else ''), 'POST')
    for _ in range(5):
        failed, slowest = [], 0
        client = c.client(proxy)
        try:
            for part in [raw] + [b'x' * 1000000] * 20:
                began = time.monotonic()
                client.sock.sendall(part)
                slowest = max(slowest, time.monotonic() - began)
        except OSError as e:
            failed.append(e)
        if not failed or slowest < 1:       # nobody is waited for longer than two seconds
            break
    check(not failed, 'the connection was reset under the body', failed)
    a = client.answer('POST')
    check(a.complete and (a.status == status or a.status in (status if isinstance(status, tuple) else ())), 'answered %s' % a.status, a.raw_head)
    check(client.gone() and client.ended == 'eof' or 'close' not in a.fields.tokens('Connection'), 'the end is %s' % client.ended)


@case('r9112 9.6: a half-closed client that was refused gets its answer and no reset')
def half_closed_refused(c):
    client = c.client('rules')
    client.sock.sendall(c.get('Content-Length: 50000\r\n', 'POST') + b'x' * 50000)
    client.finish()
    a = client.answer('POST')
    check(a.status == 403 and a.complete and client.closed() and client.ended == 'eof', 'answered %s' % a.status, client.ended)


@case('r9112 9.6: a large body that nobody wanted leaves the connection fit for the next request')
def drained(c):
    def early(r):
        if r.target.endswith('/2'):
            return r.send(OK)
        r.stream.exactly(2950000)
        r.send(OK)
        r.stream.exactly(50000)
    c.origin(early)
    client = c.client()
    threading.Thread(target=lambda: client.send(c.get('Content-Length: 3000000\r\n', 'POST') + b'x' * 3000000 + c.get(rest='/2')), daemon=True).start()
    a = client.answer('POST')
    check(a.status == 200 and a.complete, 'answered %s' % a.status)
    if 'close' in a.fields.tokens('Connection'):
        check(client.gone(), 'it says close and stays')
    else:
        check(client.answer().status == 200, 'the next request is not answered')


@table('r9112 9.6: who will not use a connection again says so', [
    ('plain', ''), ('beside TE', 'TE: trailers\r\nConnection: TE\r\n'), ('beside Upgrade', 'Upgrade: x/1\r\nConnection: Upgrade\r\n'), ('beside both', 'TE: trailers\r\nUpgrade: x/1\r\nConnection: Upgrade, TE\r\n'),
])
def says_close(c, fields):
    a = c.ask(c.get(fields), 'one-request')
    named = set(c.one().fields.tokens('Connection'))
    check(a.status == 200 and named == {'close'} | {n for n in ('te', 'upgrade') if n in c.one().fields}, 'Connection', c.one().head)


# --- RFC 9110 ------------------------------------------------------------------------------------------------------------

TELLING = ['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'Forwarded', 'Via', 'Date', 'Age', 'Expires', 'Origin', 'Referer', 'HTTP2-Settings']


@table('r9110 6.5.1: a trailer tells nothing of who sent a request, or when', [(n, n) for n in TELLING])
def early_trailer(c, name):
    a = c.ask(c.get(CHUNKED, 'POST', body=b'1\r\nx\r\n0\r\nX-Sum: 1\r\n%s: a\r\n\r\n' % name.encode()), method='POST')
    check(a.status == 200 and c.one().trailers.lines == [('X-Sum', '1')], 'trailers', c.one().trailers.lines)
    check('a' not in c.one().fields.all(name), 'the trailer became a field', c.one().head)


@table('r9110 6.5.1: a trailer tells nothing of when an answer was made', [(n, n) for n in ('Age', 'Date', 'Expires', 'Retry-After', 'Via', 'Set-Cookie', 'Vary')])
def early_reply_trailer(c, name):
    body = b'2\r\nok\r\n0\r\nX-Sum: 1\r\n%s: a\r\n\r\n' % name.encode()
    a = c.origin(lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + body).ask(c.get('TE: trailers\r\nConnection: TE\r\n'))
    check(a.complete and a.trailers.lines == [('X-Sum', '1')], 'trailers', a.trailers.lines)


@table('r9110 13.1.5: a range does not go without its condition', [
    ('taken away by a rule', 'If-Range: "a"\r\n', None), ('allowed', 'X-Trusted: 1\r\nIf-Range: "a"\r\n', 'bytes=5-'), ('without one', '', 'bytes=5-'),
])
def range_alone(c, fields, asked):
    a = c.ask(c.get('Range: bytes=5-\r\n' + fields), 'header-rules')
    check(a.status == 200 and c.one().fields.get('Range') == asked and ('If-Range' in c.one().fields) == ('Trusted' in fields), 'Range', c.one().head)


@table('r9110 6.5.1: trailers are asked for on behalf of who gets them', [('1.1', '1.1', 'trailers'), ('1.0', '1.0', None)])
def wants_trailers(c, version, te):
    a = c.ask(c.get('TE: trailers\r\nConnection: TE\r\n', version=version))
    check(a.status == 200 and c.one().fields.get('TE') == te and ('te' in c.one().fields.tokens('Connection')) == (te is not None), 'TE', c.one().head)


@table('r9110 7.8: what rules could not look into is not offered', [
    ('h2c', 'h2c', None), ('h2c and its settings', 'h2c', None), ('HTTP/2.0', 'HTTP/2.0', None), ('TLS', 'TLS/1.3', None), ('tls in lower case', 'tls/1.2', None),
    ('beside another', 'h2c, TLS/1.0, websocket', 'websocket'),
])
def not_offered(c, offer, wanted):
    a = c.ask(c.get('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: %s\r\nHTTP2-Settings: AAMAAABk\r\n' % offer))
    r = c.one()
    check(a.status == 200 and r.fields.get('Upgrade') == wanted and 'HTTP2-Settings' not in r.fields, 'offered', r.head)
    check(('upgrade' in r.fields.tokens('Connection')) == (wanted is not None), 'Connection', r.head)


@case('r9110 7.8: HTTP2-Settings ends here, whether Connection names it or not')
def settings_end(c):
    check(c.ask(c.get('HTTP2-Settings: AAMAAABk\r\n')).status == 200 and 'HTTP2-Settings' not in c.one().fields, 'it went on', c.one().head)


@table('r9110 6.5: what rules say of a field they say of a trailer', [
    ('denied', '', 'X-Inner', False), ('in another case', '', 'x-INNER', False), ('allowed', 'X-Trusted: 1\r\n', 'X-Inner', True), ('another', '', 'X-Innermost', True),
])
def ruled_trailer(c, fields, name, passes):
    a = c.ask(c.get(CHUNKED + fields, 'POST', body=b'1\r\nx\r\n0\r\nX-Sum: 1\r\n%s: a\r\n\r\n' % name.encode()), 'header-rules', method='POST')
    check(a.status == 200 and c.one().body == b'x' and c.one().trailers.lines == [('X-Sum', '1')] + [(name, 'a')] * passes, 'trailers', c.one().trailers.lines)


@case('r9110 6.5: what rules say of a field they say of a trailer, of an answer')
def ruled_reply_trailer(c):
    body = b'2\r\nok\r\n0\r\nX-Sum: 1\r\nX-Inner: a\r\nX-Changed: a\r\n\r\n'
    a = c.origin(lines('HTTP/1.1 200 OK', 'X-Inner: b', 'X-Changed: b', 'Transfer-Encoding: chunked') + body).ask(c.get('TE: trailers\r\nConnection: TE\r\n'), 'header-rules')
    check(a.complete and a.trailers.lines == [('X-Sum', '1')], 'trailers', a.trailers.lines)
    check('X-Inner' not in a.fields and a.fields.get('X-Changed') == 'other', 'fields', a.raw_head)


@table('r9110 10.1.1: Expect goes on once', [
    ('twice', 'Expect: 100-continue\r\nExpect: 100-continue\r\n'), ('upper case', 'Expect: 100-CONTINUE\r\n'),
    ('twice in a list', 'Expect: 100-continue, ,100-Continue\r\n'), ('an empty one beside it', 'Expect:\r\nExpect: 100-continue\r\n'),
])
def expect_once(c, fields):
    a = c.ask(c.get(fields + 'Content-Length: 2\r\n', 'POST', body=b'ok'), method='POST')
    check(a.status == 200 and c.one().fields.all('Expect') == ['100-continue'], 'Expect', c.one().head)


@table('r9110 10.1.1: who keeps the expectation from the origin says 100 itself', [
    ('length', 'Content-Length: 2\r\n', b'ok'), ('chunked', CHUNKED, b'2\r\nok\r\n0\r\n\r\n'),
])
def promised(c, fields, body):
    client = c.client('header-rules')
    for i in range(2):
        client.send(c.get('Expect: 100-continue\r\n' + fields, 'POST'))
        got = client.head()
        check(got is not None and got[2] == 100, 'no 100', got)
        client.send(body)
        a = client.answer('POST')
        check(a.status == 200 and not a.interim and c.seen[i].body == b'ok' and 'Expect' not in c.seen[i].fields, 'answered %s' % a.status, a.raw_head, c.seen[i].head)
    check(client.send(c.get()).answer().status == 200, 'the connection does not go on')


@case('r9110 10.1.1: what is promised comes once, whatever the origin says')
def promised_once(c):
    c.origin(lambda r: (r.send(b'HTTP/1.1 103 Early Hints\r\n\r\n'), r.read_body(), r.send(OK)))
    a = c.ask(c.get('Expect: 100-continue\r\nContent-Length: 2\r\n', 'POST', body=b'ok'), 'header-rules')
    check([s for s, _ in a.interim] == [100, 103] and a.status == 200, 'answered %s' % a.status, a.interim)
    a = c.ask(c.get('Expect: 100-continue\r\nX-Trusted: 1\r\nContent-Length: 2\r\n', 'POST', body=b'ok'), 'header-rules')
    check([s for s, _ in a.interim] == [103] and a.status == 200, 'answered %s' % a.status, a.interim)
    a = c.ask(b'POST http://127.0.0.1:1/ HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok', 'header-rules')
    check(a.status == 503 and a.complete, 'answered %s' % a.status, a.raw_head)


@table('r9110 5.6.1: an Expect without members expects nothing', [('empty', 'Expect:\r\n'), ('commas', 'Expect: , ,\r\n')])
def expect_nothing(c, fields):
    a = c.ask(c.get(fields + 'Content-Length: 2\r\n', 'POST', body=b'ok'), method='POST')
    check(a.status == 200 and c.one().body == b'ok' and 'Expect' not in c.one().fields, 'answered %s' % a.status, a.raw_head)


# --- RFC 9112, 9.3: what is answered without its body being wanted -----------------------------------------------------------

UNWANTED = [
    ('another scheme', 'POST https://x.test/ HTTP/1.1', 501), ('an unknown scheme', 'PUT x://x.test/ HTTP/1.1', 501), ('no such page here', 'POST /none HTTP/1.1', 404),
    ('the PAC file', 'POST /proxy.pac HTTP/1.1', 405), ('OPTIONS for the proxy', 'OPTIONS * HTTP/1.1', 200), ('nobody listens', 'POST http://127.0.0.1:1/ HTTP/1.1', 503),
]
BODIES = [
    ('length', 'Content-Length: 45\r\n', 45), ('large', 'Content-Length: 300000\r\n', 300000), ('chunked', CHUNKED, None), ('expected', 'Expect: 100-continue\r\nContent-Length: 45\r\n', 45),
    ('malformed', CHUNKED, 45), ('both', 'Content-Length: 45\r\n' + CHUNKED, 45),
]


def hidden(c, n):
    """A request that must not be seen, filled up to n bytes."""
    smuggled = c.get(rest='/hidden')
    return smuggled + b' ' * max(0, n - len(smuggled))


@table('r9112 9.3: a body that nobody reads is no request', [(w[0] + ', ' + b[0], w, b) for w in UNWANTED for b in BODIES])
def unwanted(c, what, how):
    raw = hidden(c, how[2] or 45)
    if how[2] is None:
        body = b'%x\r\n%s\r\n0\r\n\r\n' % (len(raw), raw)
    else:
        body = raw
        if how[0] in ('length', 'expected'):
            how = (how[0], how[1].replace('45', str(len(raw))), how[2])
    client = c.client()
    threading.Thread(target=lambda: client.send(('%s\r\nHost: x\r\n%s\r\n' % (what[1], how[1])).encode() + body + c.get(rest='/next')), daemon=True).start()
    a = client.answer(what[1].split(' ')[0])
    check(a.status in (what[2], 400) and a.complete, 'answered %s' % a.status, a.raw_head)
    if 'close' in a.fields.tokens('Connection'):
        check(client.gone() and c.seen == [], 'it says close and goes on', client.rest[:300])
        return
    b = client.answer()
    check(b.status == 200 and [r.target for r in c.seen] == ['/' + c.id + '/next'], 'the next request is another', [r.head for r in c.seen])


@table('r9112 9.3: another scheme without a body leaves the connection open', [('https', 'https'), ('ftp', 'ftp')])
def scheme_goes_on(c, scheme):
    client = c.client()
    client.send(('GET %s://u:secret@x.test/ HTTP/1.1\r\nHost: x\r\n\r\n' % scheme).encode() + c.get())
    a = client.answer()
    check(a.status == 501 and b'secret' not in a.body, 'answered %s' % a.status, a.body)
    check(client.answer().status == 200, 'the next request is not answered')


TRAILED = lines('HTTP/1.1 200 OK', 'Trailer: X-Sum', 'Transfer-Encoding: chunked') + b'2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n'


@table('r9112 7.1.3: who takes the coding off takes the announcement of trailers off', [
    ('1.0', '1.0', TRAILED, False), ('1.1', '1.1', TRAILED, True), ('a length', '1.1', lines('HTTP/1.1 200 OK', 'Trailer: X-Sum', 'Content-Length: 2') + b'ok', True),
])
def announced(c, version, answer, wanted):
    a = c.origin(answer).ask(c.get(version=version))
    check(a.status == 200 and a.body == b'ok' and ('Trailer' in a.fields) == wanted, 'Trailer', a.raw_head)


@table('r9110 15.5.22: 426 says to what', [('open', '', 'Upgrade'), ('closed', 'Connection: close\r\n', 'close, Upgrade')])
def says_what(c, fields, connection):
    a = c.origin(lines('HTTP/1.1 426 Upgrade Required', 'Upgrade: websocket', 'Upgrade: x/2', 'Connection: Upgrade, X-Hop', 'X-Hop: 1', 'Content-Length: 0')).ask(c.get(fields))
    check(a.status == 426 and a.fields.get('Upgrade') == 'websocket, x/2' and a.fields.get('Connection') == connection and 'X-Hop' not in a.fields, 'fields', a.raw_head)


@case('r9110 7.6.1: 101 is for one hop too')
def switched(c):
    c.origin(lines('HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade, X-Hop', 'X-Hop: 1', 'X-End: 2'))
    a = c.ask(c.get('Connection: Upgrade\r\nUpgrade: websocket\r\n'))
    check(a.status == 101 and a.fields.get('Upgrade') == 'websocket' and a.fields.get('Connection') == 'Upgrade', 'answered %s' % a.status, a.raw_head)
    check('X-Hop' not in a.fields and a.fields.get('X-End') == '2', 'fields', a.raw_head)


@table('r9110 15.5.9: 408 where the client is the one who is waited for', [
    ('a length', 'Content-Length: 10\r\n', b'hello', False, 408), ('nothing of it', 'Content-Length: 10\r\n', b'', False, 408),
    ('chunked', CHUNKED, b'3\r\nabc\r\n', False, 408), ('in a chunk', CHUNKED, b'5\r\nabc', False, 408),
    ('much of it', 'Content-Length: 30000000\r\n', b'x' * 3000000, False, 408), ('much of a chunk', CHUNKED, b'1c9c380\r\n' + b'x' * 3000000, False, 408),
    ('after 100', 'Expect: 100-continue\r\nContent-Length: 10\r\n', b'', True, 408),
    ('it waits for 100 itself', 'Expect: 100-continue\r\nContent-Length: 10\r\n', b'', False, 504),
])
def stalled_upload(c, fields, body, continues, status):
    c.origin(lambda r: (r.send(b'HTTP/1.1 100 Continue\r\n\r\n') if continues else None, r.read_body(), r.stream.to_end(3), setattr(r, 'keep', False)))
    a = c.ask(c.get(fields, 'POST', body=body), 'times', method='POST')
    check(a.status == status and a.complete, 'answered %s' % a.status, a.raw_head)
    check(status == 504 or 'close' in a.fields.tokens('Connection') and a.client.gone(), 'the connection goes on', a.raw_head)


@table('r9112 6.1: another coding, but for chunked before the end, is 501', [
    ('unknown', 'xchunked', 501), ('gzip', 'gzip', 501), ('identity', 'identity', 501), ('two', 'gzip, deflate', 501), ('chunked first', 'chunked, gzip', 400),
    ('quoted', '"chunked"', 400), ('unknown first', 'x, chunked', 501), ('identity first', 'identity, chunked', 501), ('gzip first', 'gzip , chunked', 501),
    ('a line each', 'gzip\r\nTransfer-Encoding: chunked', 501), ('a line each, chunked first', 'chunked\r\nTransfer-Encoding: gzip', 400),
])
def other_codings(c, value, status):
    a = c.ask(c.get('Transfer-Encoding: %s\r\n' % value, 'POST', body=b'2\r\nok\r\n0\r\n\r\n'))
    check(a.status == status and a.client.gone() and c.seen == [], 'answered %s' % a.status, a.raw_head)
