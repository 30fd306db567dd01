# SPDX-License-Identifier: Apache-2.0
"""Answers of origins, hostile ones first: what is malformed becomes 502, what is cut short is seen as cut short, what is sent
beyond an answer reaches nobody.
"""
import threading
import time

from wire import OK, PATIENCE, case, check, table

EVIL = b'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Evil: yes\r\n\r\nevil'


def lines(*text):
    return ('\r\n'.join(text) + '\r\n\r\n').encode('latin-1')


def answered(c, answer, method='GET', fields='', close=True):
    def script(r):
        r.read_body()
        r.send(answer)
        if close:
            r.half_close()
            r.keep = False
    c.origin(script)
    return c.ask(c.get(fields, method), method=method)


@table('malformed answer', [
    ('nothing', b''),
    ('not HTTP', b'SSH-2.0-OpenSSH_9.2\r\n\r\n'),
    ('HTTP/0.9', b'<html>hello</html>\r\n\r\n'),
    ('empty line in front', b'\r\n' + OK),
    ('space in front', b' ' + OK),
    ('version 2.0', lines('HTTP/2.0 200 OK', 'Content-Length: 0')),
    ('version 0.9', lines('HTTP/0.9 200 OK', 'Content-Length: 0')),
    ('version without minor', lines('HTTP/1 200 OK', 'Content-Length: 0')),
    ('version in lower case', lines('http/1.1 200 OK', 'Content-Length: 0')),
    ('version with two digits', lines('HTTP/1.10 200 OK', 'Content-Length: 0')),
    ('another protocol', lines('ICY 200 OK', 'Content-Length: 0')),
    ('no status', lines('HTTP/1.1', 'Content-Length: 0')),
    ('empty status', lines('HTTP/1.1  OK', 'Content-Length: 0')),
    ('status of two digits', lines('HTTP/1.1 20 OK', 'Content-Length: 0')),
    ('status of four digits', lines('HTTP/1.1 2000 OK', 'Content-Length: 0')),
    ('status 099', lines('HTTP/1.1 099 OK', 'Content-Length: 0')),
    ('status 000', lines('HTTP/1.1 000 OK', 'Content-Length: 0')),
    ('status with a letter', lines('HTTP/1.1 2x0 OK', 'Content-Length: 0')),
    ('status with a sign', lines('HTTP/1.1 -20 OK', 'Content-Length: 0')),
    ('status with a point', lines('HTTP/1.1 200.1 OK', 'Content-Length: 0')),
    ('two spaces before the status', lines('HTTP/1.1  200 OK', 'Content-Length: 0')),
    ('tab before the status', lines('HTTP/1.1\t200 OK', 'Content-Length: 0')),
    ('status glued to the reason', lines('HTTP/1.1 200OK', 'Content-Length: 0')),
    ('NUL in the reason', lines('HTTP/1.1 200 O\0K', 'Content-Length: 0')),
    ('CR in the reason', lines('HTTP/1.1 200 O\rK', 'Content-Length: 0')),
    ('LF after the status line', b'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'),
    ('LF after a field', b'HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n'),
    ('LF as the empty line', b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n'),
    ('LF everywhere', b'HTTP/1.1 200 OK\nContent-Length: 0\n\n'),
    ('CR in a value', lines('HTTP/1.1 200 OK', 'X: a\rb', 'Content-Length: 0')),
    ('NUL in a value', lines('HTTP/1.1 200 OK', 'X: a\0b', 'Content-Length: 0')),
    ('control in a value', lines('HTTP/1.1 200 OK', 'X: a\x08b', 'Content-Length: 0')),
    ('folded value', lines('HTTP/1.1 200 OK', 'X: a', ' b', 'Content-Length: 0')),
    ('first line begins with a space', lines('HTTP/1.1 200 OK', ' X: a', 'Content-Length: 0')),
    ('no colon', lines('HTTP/1.1 200 OK', 'X', 'Content-Length: 0')),
    ('empty name', lines('HTTP/1.1 200 OK', ': a', 'Content-Length: 0')),
    ('bad character in a name', lines('HTTP/1.1 200 OK', 'X(Y): a', 'Content-Length: 0')),
    ('negative length', lines('HTTP/1.1 200 OK', 'Content-Length: -1')),
    ('length with plus', lines('HTTP/1.1 200 OK', 'Content-Length: +1') + b'x'),
    ('length in hex', lines('HTTP/1.1 200 OK', 'Content-Length: 0x1') + b'x'),
    ('empty length', lines('HTTP/1.1 200 OK', 'Content-Length:') + b'x'),
    ('length in letters', lines('HTTP/1.1 200 OK', 'Content-Length: many') + b'x'),
    ('length 2^63', lines('HTTP/1.1 200 OK', 'Content-Length: 9223372036854775808') + b'x'),
    ('length 2^64 + 1', lines('HTTP/1.1 200 OK', 'Content-Length: 18446744073709551617') + b'x'),
    ('differing lengths', lines('HTTP/1.1 200 OK', 'Content-Length: 1', 'Content-Length: 2') + b'xy'),
    ('list of differing lengths', lines('HTTP/1.1 200 OK', 'Content-Length: 1, 2') + b'xy'),
    ('both framings', lines('HTTP/1.1 200 OK', 'Content-Length: 1', 'Transfer-Encoding: chunked') + b'0\r\n\r\n'),
    ('both framings, length 0', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Content-Length: 0') + b'0\r\n\r\n'),
    ('chunked twice', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked, chunked') + b'0\r\n\r\n'),
    ('chunked in two fields', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked') + b'0\r\n\r\n'),
    ('chunked not last', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked, gzip') + b'0\r\n\r\n'),
    ('xchunked', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: xchunked') + b'0\r\n\r\n'),
    ('gzip, chunked that nobody asked for', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked') + b'0\r\n\r\n'),
    ('empty coding', lines('HTTP/1.1 200 OK', 'Transfer-Encoding:') + b'0\r\n\r\n'),
    ('vertical tab before chunked', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: \x0bchunked') + b'0\r\n\r\n'),
    ('chunked in 1.0', lines('HTTP/1.0 200 OK', 'Transfer-Encoding: chunked') + b'0\r\n\r\n'),
    ('101 that nobody asked for', lines('HTTP/1.1 101 Switching Protocols', 'Upgrade: x', 'Connection: Upgrade') + b'raw'),
    ('half a status line', b'HTTP/1.1 2'),
    ('half a head', b'HTTP/1.1 200 OK\r\nContent-Le'),
    ('a head without its empty line', b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n'),
    ('100 only', lines('HTTP/1.1 100 Continue')),
    ('103 only', lines('HTTP/1.1 103 Early Hints', 'Link: </x>')),
    ('100, then nonsense', lines('HTTP/1.1 100 Continue') + b'nonsense\r\n\r\n'),
])
def malformed(c, answer):
    a = answered(c, answer)
    check(a.status == 502 and a.complete, 'answered %s instead of 502' % a.status, a.raw_head, a.body[:200])
    check('X' not in a.fields, 'fields of the malformed answer passed', a.raw_head)


@table('malformed answer, byte by byte', [
    ('LF after a field', b'HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n'),
    ('CR in a value', lines('HTTP/1.1 200 OK', 'X: a\rb', 'Content-Length: 0')),
    ('folded value', lines('HTTP/1.1 200 OK', 'X: a', ' b', 'Content-Length: 0')),
    ('status of four digits', lines('HTTP/1.1 2000 OK', 'Content-Length: 0')),
    ('differing lengths', lines('HTTP/1.1 200 OK', 'Content-Length: 1', 'Content-Length: 2') + b'xy'),
])
def malformed_drip(c, answer):
    c.origin(lambda r: (r.drip(answer), r.half_close()))
    a = c.ask(c.get())
    check(a.status == 502, 'answered %s instead of 502' % a.status, a.raw_head)


@table('good answer', [
    ('plain', OK, 200, b'ok'),
    ('no reason', lines('HTTP/1.1 200 ', 'Content-Length: 2') + b'ok', 200, b'ok'),
    ('no reason and no space', lines('HTTP/1.1 200', 'Content-Length: 2') + b'ok', 200, b'ok'),
    ('reason in Latin-1', lines('HTTP/1.1 200 \xe4\xf6', 'Content-Length: 2') + b'ok', 200, b'ok'),
    ('long reason', lines('HTTP/1.1 200 ' + 'r' * 5000, 'Content-Length: 2') + b'ok', 200, b'ok'),
    ('minor version 7', lines('HTTP/1.7 200 OK', 'Content-Length: 2') + b'ok', 200, b'ok'),
    ('equal lengths', lines('HTTP/1.1 200 OK', 'Content-Length: 2', 'Content-Length: 2') + b'ok', 200, b'ok'),
    ('list of equal lengths', lines('HTTP/1.1 200 OK', 'Content-Length: 2, 2') + b'ok', 200, b'ok'),
    ('leading zeros', lines('HTTP/1.1 200 OK', 'Content-Length: 0002') + b'ok', 200, b'ok'),
    ('to the end', lines('HTTP/1.1 200 OK', 'X: y') + b'ok', 200, b'ok'),
    ('no fields at all', b'HTTP/1.1 200 OK\r\n\r\nok', 200, b'ok'),
    ('1.0 to the end', lines('HTTP/1.0 200 OK') + b'ok', 200, b'ok'),
    ('1.0 with length', lines('HTTP/1.0 200 OK', 'Content-Length: 2') + b'ok', 200, b'ok'),
    ('chunked', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'1\r\no\r\n1\r\nk\r\n0\r\n\r\n', 200, b'ok'),
    ('chunked in upper case', lines('HTTP/1.1 200 OK', 'TRANSFER-ENCODING: CHUNKED') + b'2\r\nok\r\n0\r\n\r\n', 200, b'ok'),
    ('chunked with extensions', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'2;a;b="c;d"\r\nok\r\n0;e=f\r\n\r\n', 200, b'ok'),
    ('length 0', lines('HTTP/1.1 200 OK', 'Content-Length: 0'), 200, b''),
    ('empty chunked', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'0\r\n\r\n', 200, b''),
    ('404', lines('HTTP/1.1 404 Not Found', 'Content-Length: 2') + b'no', 404, b'no'),
    ('500', lines('HTTP/1.1 500 Oops', 'Content-Length: 2') + b'no', 500, b'no'),
    ('status 299', lines('HTTP/1.1 299 Odd', 'Content-Length: 2') + b'ok', 299, b'ok'),
    ('status 599', lines('HTTP/1.1 599 Odd', 'Content-Length: 2') + b'ok', 599, b'ok'),
    ('status 999', lines('HTTP/1.1 999 Odd', 'Content-Length: 2') + b'ok', 999, b'ok'),
    ('205 with length 0', lines('HTTP/1.1 205 Reset', 'Content-Length: 0'), 205, b''),
    ('206', lines('HTTP/1.1 206 Part', 'Content-Range: bytes 0-1/9', 'Content-Length: 2') + b'ok', 206, b'ok'),
    ('401', lines('HTTP/1.1 401 Who', 'WWW-Authenticate: Basic realm="x"', 'Content-Length: 2') + b'no', 401, b'no'),
    ('426 with Upgrade', lines('HTTP/1.1 426 Upgrade', 'Upgrade: h2c', 'Connection: Upgrade', 'Content-Length: 2') + b'no', 426, b'no'),
    ('empty field value', lines('HTTP/1.1 200 OK', 'X:', 'Content-Length: 2') + b'ok', 200, b'ok'),
])
def good(c, answer, status, body):
    a = answered(c, answer)
    check(a.status == status and a.body == body and a.complete, 'answered %s' % a.status, a.raw_head, a.body)
    check('Date' in a.fields, 'there is no Date', a.raw_head)
    check('proxy.test' in a.fields.get('Via'), 'there is no Via', a.raw_head)


@case('good answer, byte by byte')
def good_drip(c):
    c.origin(lambda r: r.drip(lines('HTTP/1.1 200 OK', 'X: y', 'Transfer-Encoding: chunked') + b'5;z\r\nhello\r\n0\r\nT: u\r\n\r\n'))
    a = c.ask(c.get())
    check(a.status == 200 and a.body == b'hello' and a.complete and a.fields.get('X') == 'y', 'answered %s' % a.status, a.body)


@table('size of the answer\'s head', [('at the limit', 8192, 200), ('one over', 8193, 502), ('far over', 100000, 502)])
def head_size(c, size, status):
    base = lines('HTTP/1.1 200 OK', 'Content-Length: 2', 'X-Pad: ')
    c.origin(lines('HTTP/1.1 200 OK', 'Content-Length: 2', 'X-Pad: ' + 'p' * (size - len(base))) + b'ok')
    a = c.ask(c.get(), 'limits')
    check(a.status == status, 'answered %s instead of %s' % (a.status, status))


@table('many fields in the answer', [('40', 38, 200), ('over the limit', 45, 502)])
def many_fields(c, n, status):
    c.origin(lines('HTTP/1.1 200 OK', 'Content-Length: 2', *['X-%d: v' % i for i in range(n)]) + b'ok')
    a = c.ask(c.get(), 'limits')
    check(a.status == status, 'answered %s instead of %s' % (a.status, status))


@case('a head of an answer without end')
def endless_head(c):
    def script(r):
        r.send(b'HTTP/1.1 200 OK\r\n')
        for i in range(3000):
            r.send(b'X-%d: %s\r\n' % (i, b'v' * 100))
    c.origin(script)
    check(c.ask(c.get()).status == 502, 'not refused')


# What has no body has none, whatever its fields say and whatever follows.
@table('no body', [
    ('HEAD with length', 'HEAD', lines('HTTP/1.1 200 OK', 'Content-Length: 5'), 200, '5'),
    ('HEAD with chunked', 'HEAD', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'), 200, None),
    ('HEAD with both framings', 'HEAD', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Content-Length: 5'), 200, any),
    ('HEAD without framing', 'HEAD', lines('HTTP/1.1 200 OK'), 200, None),
    ('HEAD with a bad length', 'HEAD', lines('HTTP/1.1 200 OK', 'Content-Length: five'), 200, None),
    ('HEAD with differing lengths', 'HEAD', lines('HTTP/1.1 200 OK', 'Content-Length: 5', 'Content-Length: 6'), 200, None),
    ('HEAD, 404', 'HEAD', lines('HTTP/1.1 404 No', 'Content-Length: 5'), 404, '5'),
    ('204', 'GET', lines('HTTP/1.1 204 No Content'), 204, None),
    ('204 with length', 'GET', lines('HTTP/1.1 204 No Content', 'Content-Length: 5'), 204, None),
    ('204 with chunked', 'GET', lines('HTTP/1.1 204 No Content', 'Transfer-Encoding: chunked'), 204, None),
    ('204 to POST', 'POST', lines('HTTP/1.1 204 No Content', 'Content-Length: 5'), 204, None),
    ('304 with length', 'GET', lines('HTTP/1.1 304 Not Modified', 'Content-Length: 5', 'ETag: "x"'), 304, '5'),
    ('304 with chunked', 'GET', lines('HTTP/1.1 304 Not Modified', 'Transfer-Encoding: chunked', 'ETag: "x"'), 304, None),
    ('304 with a bad length', 'GET', lines('HTTP/1.1 304 Not Modified', 'Content-Length: x', 'ETag: "x"'), 304, None),
])
def no_body(c, method, answer, status, length):
    a = answered(c, answer, method, close=False)
    check(a.status == status, 'answered %s instead of %s' % (a.status, status), a.raw_head)
    if length is not any:
        check(a.fields.get('Content-Length') == length, 'Content-Length is wrong', a.raw_head)
    c.origin(OK)
    a.client.send(c.get(rest='/next'))
    check(a.client.answer().status == 200, 'the connection does not go on after it')


@table('bytes beyond the answer', [
    ('HEAD with a body', 'HEAD', lines('HTTP/1.1 200 OK', 'Content-Length: %d' % len(EVIL))),
    ('204 with a body', 'GET', lines('HTTP/1.1 204 No Content')),
    ('204 with a length and a body', 'GET', lines('HTTP/1.1 204 No Content', 'Content-Length: %d' % len(EVIL))),
    ('304 with a body', 'GET', lines('HTTP/1.1 304 Not Modified', 'Content-Length: %d' % len(EVIL))),
    ('a second answer after a length', 'GET', OK),
    ('a second answer after chunks', 'GET', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'2\r\nok\r\n0\r\n\r\n'),
    ('a second answer after length 0', 'GET', lines('HTTP/1.1 200 OK', 'Content-Length: 0')),
    ('a second answer after 404', 'POST', lines('HTTP/1.1 404 No', 'Content-Length: 2') + b'no'),
])
def beyond(c, method, answer):
    """Response smuggling: what comes behind an answer must be nobody's answer, at once or later."""
    for late in (0, 0.05):
        c.seen.clear()
        c.left.clear()

        def script(r):
            r.read_body()
            if r.target.endswith('/next'):
                return r.send(OK)
            r.send(answer if late else answer + EVIL)
            if late:
                time.sleep(late)
                r.send(EVIL)
        c.origin(script)
        first = c.ask(c.get(method=method), method=method)
        check(first.status is not None and 'X-Evil' not in first.fields, 'no good answer', first.raw_head)
        c.left.wait(PATIENCE)
        time.sleep(0.1)         # what comes on a connection in use cannot be told from an answer
        other = c.client()
        for client in (first.client, other, first.client, other):
            client.send(c.get(rest='/next'))
            a = client.answer()
            check(a.status == 200 and a.body == b'ok' and 'X-Evil' not in a.fields, 'the smuggled answer reached a client', a.raw_head)


@table('poisoned connection in the pool', [
    ('an answer that nobody asked for', EVIL), ('a byte', b'\0'), ('an empty line', b'\r\n'), ('a 408', lines('HTTP/1.1 408 Timeout',
        'Connection: close', 'Content-Length: 0')), ('the end', None),
])
def poisoned(c, text):
    """What comes on a connection in use cannot be told from an answer: each request waits until the proxy has done with what is idle."""
    done = threading.Event()

    def script(r):
        r.send(OK)
        if r.target.endswith('/next'):
            return
        time.sleep(0.05)
        if text is not None:
            r.send(text)
            r.stream.closed()
        r.close()
        done.set()
    c.origin(script)
    client = c.client()
    for rest in ('', '/next', '', '/next'):
        client.send(c.get(rest=rest))
        a = client.answer()
        check(a.status == 200 and a.body == b'ok', 'answered %s' % a.status, a.raw_head, a.body)
        if not rest:
            check(done.wait(PATIENCE), 'the poisoned connection stays open')
            done.clear()
            time.sleep(0.02)
    check(len({r.connection for r in c.seen}) > 1, 'the poisoned connection was used again')


# Bodies that end too early must look like it.
@table('cut short', [
    ('length', lines('HTTP/1.1 200 OK', 'Content-Length: 10') + b'12345'),
    ('length, nothing at all', lines('HTTP/1.1 200 OK', 'Content-Length: 10')),
    ('length, 1.0', lines('HTTP/1.0 200 OK', 'Content-Length: 10') + b'12345'),
    ('length, large', lines('HTTP/1.1 200 OK', 'Content-Length: 1000000') + b'x' * 900000),
    ('chunked, no last chunk', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'5\r\nhello\r\n'),
    ('chunked, in a chunk', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'9\r\nhello'),
    ('chunked, in a size', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'5\r\nhello\r\n1'),
    ('chunked, after the last size', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'5\r\nhello\r\n0\r\n'),
    ('chunked, in the trailers', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'5\r\nhello\r\n0\r\nX: y\r\n'),
    ('chunked, large', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'f4240\r\n' + b'x' * 900000),
    ('chunked, bad size', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'5\r\nhello\r\nzz\r\n'),
    ('chunked, size too large', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'5\r\nhello\r\nfffffffffffffffff\r\n'),
    ('chunked, LF', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'5\r\nhello\n0\r\n\r\n'),
    ('chunked, bad end of data', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'5\r\nhelloXX0\r\n\r\n'),
    ('chunked, bad trailer', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'5\r\nhello\r\n0\r\nX : y\r\n\r\n'),
    ('chunked, first size bad', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'hello'),
])
def cut(c, answer):
    a = answered(c, answer)
    check(a.status in (200, 502), 'answered %s' % a.status)
    check(a.status == 502 or not a.complete, 'the cut answer looks complete', a.raw_head, a.body[:100])
    check(a.status == 502 or a.client.gone(), 'the connection stays open')


@table('cut short for a 1.0 client', [
    ('length', lines('HTTP/1.1 200 OK', 'Content-Length: 10') + b'12345'),
    ('chunked', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'5\r\nhello\r\n'),
    ('chunked, bad', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'5\r\nhello\r\nzz\r\n'),
])
def cut_old(c, answer):
    c.origin(lambda r: (r.send(answer), r.half_close()))
    a = c.ask(c.get(version='1.0'))
    check(a.status in (200, 502), 'answered %s' % a.status)
    check(a.status == 502 or not a.complete, 'the cut answer looks complete', a.raw_head, a.body, a.client.ended)


@table('reset', [('before the answer', 0), ('inside the head', 20), ('after the head', 38), ('inside the body', 40)])
def reset(c, n):
    answer = b'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello!'

    def script(r):
        r.send(answer[:n])
        time.sleep(0.05)
        r.reset()
    c.origin(script)
    a = c.ask(c.get(method='POST'), method='POST')
    check(a.status == 502 or (n >= 38 and a.status == 200 and not a.complete), 'answered %s' % a.status, a.body)


@table('interim answers', [
    ('100', ['100 Continue'], [100]), ('102', ['102 Processing'], [102]), ('103', ['103 Early Hints\r\nLink: </x>; rel=preload'], [103]),
    ('unknown', ['150 Odd\r\nX: y'], [150]), ('several', ['100 Continue', '102 Processing', '103 Early Hints', '103 Early Hints'], [100, 102, 103, 103]),
    ('with a length', ['103 Early Hints\r\nContent-Length: 5'], [103]), ('with a coding', ['103 Early Hints\r\nTransfer-Encoding: chunked'], [103]),
    ('with Connection', ['103 Early Hints\r\nConnection: X-Hop\r\nX-Hop: y'], [103]),
])
def interim(c, heads, wanted):
    def script(r):
        r.read_body()
        for h in heads:
            r.send(('HTTP/1.1 ' + h + '\r\n\r\n').encode())
        r.send(OK)
    c.origin(script)
    a = c.ask(c.get())
    check([s for s, _ in a.interim] == wanted and a.status == 200 and a.body == b'ok', 'not the interim answers that were sent', a.interim, a.raw_head)
    for _, f in a.interim:
        check('Content-Length' not in f and 'Transfer-Encoding' not in f and 'X-Hop' not in f and 'Connection' not in f,
            'a field passed that must not', f.lines)
    old = c.ask(c.get(version='1.0'))
    check(old.status == 200 and not old.interim, 'interim answers to HTTP/1.0', old.interim)


@case('interim answers with time between them')
def interim_slow(c):
    def script(r):
        for _ in range(3):
            r.send(b'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n')
            time.sleep(0.03)
        r.send(OK)
    c.origin(script)
    client = c.client()
    client.send(c.get())
    check(client.head()[2] == 103, 'the first did not come at once')
    a = client.answer()
    check(a.status == 200 and len(a.interim) == 2, 'not passed on', a.interim)


@case('ten thousand interim answers')
def interim_flood(c):
    def script(r):
        for _ in range(100):
            r.send(b'HTTP/1.1 102 Processing\r\nX: y\r\n\r\n' * 100)
        r.send(OK)
    c.origin(script)
    a = c.ask(c.get())
    check(a.status in (200, 502), 'answered %s' % a.status, a.raw_head)


@case('interim answers without end')
def interim_endless(c):
    """An origin that only ever says 1xx must not keep the client for ever."""
    def script(r):
        end = time.monotonic() + 4
        while time.monotonic() < end:
            try:
                r.stream.send(b'HTTP/1.1 102 Processing\r\n\r\n' * 200)
            except OSError:
                break
        r.keep = False
    c.origin(script)
    a = c.ask(c.get())
    check(a.status == 502, 'answered %s' % a.status)


@table('fields of the answer', [
    ('Connection', 'Connection: X-Hop\r\nX-Hop: y', 'X-Hop'), ('Keep-Alive', 'Keep-Alive: timeout=5', 'Keep-Alive'),
    ('Proxy-Connection', 'Proxy-Connection: keep-alive', 'Proxy-Connection'), ('Upgrade', 'Upgrade: h2c', 'Upgrade'),
    ('Proxy-Authenticate', 'Proxy-Authenticate: Basic realm="x"', 'Proxy-Authenticate'),
    ('Proxy-Authentication-Info', 'Proxy-Authentication-Info: x', 'Proxy-Authentication-Info'),
    ('list in Connection', 'Connection: a, X-Hop ,close\r\nX-Hop: y', 'X-Hop'),
    ('Connection twice', 'Connection: a\r\nConnection: x-hop\r\nX-HOP: y', 'X-Hop'),
    ('TE', 'TE: trailers', 'TE'),
])
def hop(c, text, gone):
    a = answered(c, lines('HTTP/1.1 200 OK', text, 'Content-Length: 2', 'X-Stay: y') + b'ok')
    check(a.status == 200 and a.body == b'ok', 'answered %s' % a.status)
    check(gone not in a.fields and 'X-Stay' in a.fields, 'hop-by-hop fields passed', a.raw_head)


@table('fields that stay', [
    ('Date', 'Date: Sun, 06 Nov 1994 08:49:37 GMT'), ('Set-Cookie', 'Set-Cookie: a=b, c'), ('X', 'X: a\tb "c" \xe4'),
    ('Trailer', 'Trailer: X-T'), ('WWW-Authenticate', 'WWW-Authenticate: Negotiate'), ('Server', 'Server: x'),
    ('Date named by Connection', 'Connection: Date\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT'),
    ('Cache-Control named by Connection', 'Connection: Cache-Control\r\nCache-Control: private'),
])
def stays(c, text):
    a = answered(c, lines('HTTP/1.1 200 OK', text, 'Content-Length: 2') + b'ok')
    name, _, value = text.split('\r\n')[-1].partition(': ')
    check(a.fields.get(name) == value, 'the field was changed', a.raw_head)


@case('repeated fields keep their order')
def repeated(c):
    a = answered(c, lines('HTTP/1.1 200 OK', 'Set-Cookie: a', 'X: 1', 'Set-Cookie: b', 'x: 2', 'Set-Cookie: a', 'Content-Length: 0'))
    check(a.fields.all('Set-Cookie') == ['a', 'b', 'a'] and a.fields.all('X') == ['1', '2'], 'they were changed', a.raw_head)


@case('Via of the answer is appended to')
def via(c):
    a = answered(c, lines('HTTP/1.1 200 OK', 'Via: 1.0 first', 'Content-Length: 2') + b'ok')
    check(a.fields.all('Via')[0] == '1.0 first' and a.fields.all('Via')[1].startswith('1.1 proxy.test'), 'Via is wrong', a.raw_head)


@case('answer larger than reply_body_max_size by its length')
def too_large(c):
    c.origin(lines('HTTP/1.1 200 OK', 'Content-Length: 20001') + b'x' * 20001)
    check(c.ask(c.get(), 'limits').status == 403, 'not refused')


@case('answer larger than reply_body_max_size as it comes')
def too_large_chunked(c):
    c.origin(lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + b'5000\r\n' + b'x' * 0x5000 + b'\r\n0\r\n\r\n')
    a = c.ask(c.get(), 'limits')
    check(a.status == 403 or not a.complete, 'it passed as complete')


@table('sizes of answers', [(str(n), n) for n in (1, 4095, 4096, 16384, 32767, 32768, 32769, 65536, 65537, 300000, 3000000)])
def sizes(c, n):
    data = bytes(i * 7 % 251 for i in range(1000)) * (n // 1000 + 1)
    data = data[:n]
    step = max(1, n // 5)
    pieces = [data[i:i + step] for i in range(0, n, step)]
    forms = {
        'length': lines('HTTP/1.1 200 OK', 'Content-Length: %d' % n) + data,
        'chunked': lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') +
            b''.join(b'%x\r\n%s\r\n' % (len(p), p) for p in pieces) + b'0\r\n\r\n',
        'close': lines('HTTP/1.1 200 OK') + data,
    }
    for form, answer in forms.items():
        for version in ('1.1', '1.0'):
            c.origin(lambda r: (r.send(answer), r.half_close() if form == 'close' else None, setattr(r, 'keep', form != 'close')))
            a = c.ask(c.get(version=version))
            check(a.status == 200 and a.complete and a.body == data, 'the body was changed', form, version, len(a.body), a.complete, a.raw_head)
