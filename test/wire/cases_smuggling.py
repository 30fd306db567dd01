# SPDX-License-Identifier: Apache-2.0
"""Request smuggling: every spelling of two framings, of `chunked`, and of chunks, with a second request hidden behind.

What is refused must be refused as a whole; what passes must reach the origin in one clear framing. The hidden request must never
reach the origin as one of its own.
"""
from wire import OK, case, check, table


def hidden(c):
    return c.get(rest='/hidden')


def only_clean(c, a, allowed):
    """Whatever the proxy made of it: no hidden request, and framing that cannot be misread."""
    check(a.status in allowed, 'answered %s instead of one of %s' % (a.status, allowed), a.raw_head, a.body[:300])
    check(not any('/hidden' in r.target for r in c.seen), 'the hidden request reached the origin', *[r.head for r in c.seen])
    if a.status >= 400:
        check(c.seen == [] or not c.seen[0].complete, 'a refused request reached the origin as whole', *[r.head for r in c.seen])
        check(a.client.gone(), 'the connection stays open')


# Transfer-Encoding as some readers would take for chunked and others not.
@table('TE obfuscated', [
    ('x before', 'Transfer-Encoding: xchunked', (400, 501)),
    ('space before the colon', 'Transfer-Encoding : chunked', (400,)),
    ('tab before the colon', 'Transfer-Encoding\t: chunked', (400,)),
    ('space in the name', 'Transfer -Encoding: chunked', (400,)),
    ('underscore in the name', 'Transfer_Encoding: chunked', (200,)),
    ('vertical tab before the value', 'Transfer-Encoding:\x0bchunked', (400,)),
    ('vertical tab after the value', 'Transfer-Encoding: chunked\x0b', (400,)),
    ('form feed before the value', 'Transfer-Encoding:\x0cchunked', (400,)),
    ('non-breaking space before the value', 'Transfer-Encoding:\xa0chunked', (400, 501)),
    ('NUL after the value', 'Transfer-Encoding: chunked\0', (400,)),
    ('NUL before the value', 'Transfer-Encoding: \0chunked', (400,)),
    ('quotes', 'Transfer-Encoding: "chunked"', (400, 501)),
    ('single quotes', "Transfer-Encoding: 'chunked'", (400, 501)),
    ('identity', 'Transfer-Encoding: identity', (400, 501)),
    ('identity, chunked', 'Transfer-Encoding: identity, chunked', (400, 501)),
    ('chunked, identity', 'Transfer-Encoding: chunked, identity', (400, 501)),
    ('chunked twice in a list', 'Transfer-Encoding: chunked, chunked', (400,)),
    ('chunked twice in lines', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', (400,)),
    ('chunked, then unknown in lines', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: x', (400, 501)),
    ('unknown, then chunked in lines', 'Transfer-Encoding: x\r\nTransfer-Encoding: chunked', (400, 501)),
    ('cow', 'Transfer-Encoding: cow', (400, 501)),
    ('gzip', 'Transfer-Encoding: gzip', (400, 501)),
    ('gzip, chunked', 'Transfer-Encoding: gzip, chunked', (400, 501)),
    ('chunked with a parameter', 'Transfer-Encoding: chunked;q=1', (400, 501)),
    ('chunked with a semicolon', 'Transfer-Encoding: chunked;', (400, 501)),
    ('leading comma', 'Transfer-Encoding: ,chunked', (400,)),
    ('trailing comma', 'Transfer-Encoding: chunked,', (400,)),
    ('empty', 'Transfer-Encoding:', (400,)),
    ('empty, then chunked', 'Transfer-Encoding:\r\nTransfer-Encoding: chunked', (400,)),
    ('folded', 'Transfer-Encoding:\r\n chunked', (400,)),
    ('folded before the colon', 'Transfer-Encoding\r\n : chunked', (400,)),
    ('behind a bare LF', 'X: y\nTransfer-Encoding: chunked', (400,)),
    ('behind a bare CR', 'X: y\rTransfer-Encoding: chunked', (400,)),
    ('behind CR CR LF', 'X: y\r\r\nTransfer-Encoding: chunked', (400,)),
    ('space in front', ' Transfer-Encoding: chunked', (400,)),
    ('Content-Encoding instead', 'Content-Encoding: chunked', (200,)),
    ('named by Connection', 'Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked', (400,)),
    ('in upper case', 'TRANSFER-ENCODING: CHUNKED', (400,)),
    ('backslash', 'Transfer\\Encoding: chunked', (400,)),
    ('long s', 'Transfer-Encoding: chun\u212aed'.encode().decode('latin-1'), (400, 501)),
])
def obfuscated(c, line, allowed):
    """With a Content-Length beside it, so that each reader who sees chunked here finds another end."""
    body = b'0\r\n\r\n' + hidden(c)
    raw = c.get('Content-Length: %d\r\n%s\r\n' % (len(body), line), 'POST', body=body)
    a = c.ask(raw)
    only_clean(c, a, allowed)
    if a.status == 200:
        check(c.one().body == body, 'the body is not what Content-Length says', c.one().head, c.one().body)


@table('TE alone', [
    ('plain', 'Transfer-Encoding: chunked', (200,)),
    ('upper case', 'Transfer-Encoding: Chunked', (200,)),
    ('white space around', 'Transfer-Encoding: \t chunked \t', (200,)),
    ('named by Connection', 'Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked', (200, 400)),
    ('with TE', 'TE: trailers\r\nConnection: TE\r\nTransfer-Encoding: chunked', (200,)),
])
def te_alone(c, line, allowed):
    a = c.ask(c.get(line + '\r\n', 'POST', body=b'5\r\nhello\r\n0\r\n\r\n'))
    only_clean(c, a, allowed)
    if a.status == 200:
        check(c.one().body == b'hello' and c.one().complete, 'the body was changed', c.one().head)


@table('CL obfuscated', [
    ('space before the colon', 'Content-Length : 5', (400,)),
    ('plus', 'Content-Length: +5', (400,)),
    ('leading zeros', 'Content-Length: 0000005', (200,)),
    ('white space around', 'Content-Length: \t5 \t', (200,)),
    ('equal list', 'Content-Length: 5, 5', (200,)),
    ('equal lines', 'Content-Length: 5\r\nContent-Length: 5', (200,)),
    ('equal but for zeros', 'Content-Length: 5\r\nContent-Length: 05', (200, 400)),
    ('list with a hole', 'Content-Length: 5,,5', (400,)),
    ('vertical tab', 'Content-Length:\x0b5', (400,)),
    ('NUL', 'Content-Length: 5\0', (400,)),
    ('folded', 'Content-Length:\r\n 5', (400,)),
    ('named by Connection', 'Connection: Content-Length\r\nContent-Length: 5', (200, 400)),
    ('underscore', 'Content_Length: 400\r\nContent-Length: 5', (200,)),
    ('Content-Length and X', 'X-Content-Length: 400\r\nContent-Length: 5', (200,)),
])
def cl_obfuscated(c, line, allowed):
    a = c.ask(c.get(line + '\r\n', 'POST', body=b'hello'))
    only_clean(c, a, allowed)
    if a.status == 200:
        r = c.one()
        check(r.body == b'hello', 'the body was changed', r.head)
        check(r.fields.get('Content-Length') == '5', 'Content-Length is not as it should be written', r.head)


# Bodies in the chunked coding: the text after the head, and what may come of it. A body that is refused must never be whole
# at the origin.
@table('chunks', [
    ('plain', '5\r\nhello\r\n0\r\n\r\n', b'hello'),
    ('upper case', 'A\r\n0123456789\r\n0\r\n\r\n', b'0123456789'),
    ('lower case', 'a\r\n0123456789\r\n0\r\n\r\n', b'0123456789'),
    ('leading zeros', '00005\r\nhello\r\n0\r\n\r\n', b'hello'),
    ('several zeros at the end', '5\r\nhello\r\n00000\r\n\r\n', b'hello'),
    ('none', '0\r\n\r\n', b''),
    ('one byte each', ''.join('1\r\n%s\r\n' % x for x in 'hello') + '0\r\n\r\n', b'hello'),
    ('extension', '5;x\r\nhello\r\n0\r\n\r\n', b'hello'),
    ('extension with a value', '5;x=y\r\nhello\r\n0\r\n\r\n', b'hello'),
    ('extension with a quoted value', '5;x="y;\\" z"\r\nhello\r\n0\r\n\r\n', b'hello'),
    ('extensions', '5;x;y=z;w="v"\r\nhello\r\n0;last\r\n\r\n', b'hello'),
    ('extension after white space', '5 ;x\r\nhello\r\n0\r\n\r\n', (b'hello', None)),
    ('white space inside an extension', '5; x = y\r\nhello\r\n0\r\n\r\n', (b'hello', None)),
    ('CRLF inside the data', '7\r\nhe\r\nllo\r\n0\r\n\r\n', b'he\r\nllo'),
    ('what looks like an end inside the data', '10\r\nx\r\n0\r\n\r\nGET / HT\r\n0\r\n\r\n', b'x\r\n0\r\n\r\nGET / HT'),
    ('size with 0x', '0x5\r\nhello\r\n0\r\n\r\n', None),
    ('size with plus', '+5\r\nhello\r\n0\r\n\r\n', None),
    ('size with minus', '-5\r\nhello\r\n0\r\n\r\n', None),
    ('minus zero', '5\r\nhello\r\n-0\r\n\r\n', None),
    ('size with space in front', ' 5\r\nhello\r\n0\r\n\r\n', None),
    ('size with tab in front', '\t5\r\nhello\r\n0\r\n\r\n', None),
    ('size with space behind', '5 \r\nhello\r\n0\r\n\r\n', None),
    ('size with tab behind', '5\t\r\nhello\r\n0\r\n\r\n', None),
    ('size with underscore', '1_0\r\nhello\r\n0\r\n\r\n', None),
    ('size with h', '5h\r\nhello\r\n0\r\n\r\n', None),
    ('size with a point', '5.0\r\nhello\r\n0\r\n\r\n', None),
    ('size with a comma', '5,5\r\nhello\r\n0\r\n\r\n', None),
    ('size empty', '\r\nhello\r\n0\r\n\r\n', None),
    ('size is an extension only', ';x\r\nhello\r\n0\r\n\r\n', None),
    ('size in letters', 'xyz\r\nhello\r\n0\r\n\r\n', None),
    ('size of 16 digits', 'ffffffffffffffff\r\nhello\r\n0\r\n\r\n', None),
    ('size of 17 digits', '10000000000000005\r\nhello\r\n0\r\n\r\n', None),
    ('size 8000000000000000', '8000000000000000\r\nhello\r\n0\r\n\r\n', None),
    ('size of 400 digits', '0' * 400 + '5\r\nhello\r\n0\r\n\r\n', None),
    ('NUL behind the size', '5\0\r\nhello\r\n0\r\n\r\n', None),
    ('LF behind the size', '5\nhello\r\n0\r\n\r\n', None),
    ('CR behind the size', '5\rhello\r\n0\r\n\r\n', None),
    ('CR CR LF behind the size', '5\r\r\nhello\r\n0\r\n\r\n', None),
    ('LF behind the data', '5\r\nhello\n0\r\n\r\n', None),
    ('CR behind the data', '5\r\nhello\r0\r\n\r\n', None),
    ('nothing behind the data', '5\r\nhello0\r\n\r\n', None),
    ('data too long', '5\r\nhellooo\r\n0\r\n\r\n', None),
    ('data too short', '6\r\nhello\r\n0\r\n\r\n', None),
    ('two bytes for CRLF', '5\r\nhelloXX0\r\n\r\n', None),
    ('space behind the data', '5\r\nhello \r\n0\r\n\r\n', None),
    ('LF behind the last size', '5\r\nhello\r\n0\n\r\n', None),
    ('LF as the last line', '5\r\nhello\r\n0\r\n\n', None),
    ('CR CR LF as the last line', '5\r\nhello\r\n0\r\n\r\r\n', None),
    ('LF in an extension', '5;x\ny\r\nhello\r\n0\r\n\r\n', None),
    ('CR in an extension', '5;x\ry\r\nhello\r\n0\r\n\r\n', None),
    ('LF in a quoted extension', '5;x="\n"\r\nhello\r\n0\r\n\r\n', None),
    ('CRLF in a quoted extension', '5;x="\r\n"\r\nhello\r\n0\r\n\r\n', None),
    ('NUL in an extension', '5;x=\0\r\nhello\r\n0\r\n\r\n', None),
    ('control in an extension', '5;x=\x01\r\nhello\r\n0\r\n\r\n', None),
    ('extension without a name', '5;\r\nhello\r\n0\r\n\r\n', None),
    ('extension with nothing but =', '5;=\r\nhello\r\n0\r\n\r\n', None),
    ('extension without a value', '5;x=\r\nhello\r\n0\r\n\r\n', None),
    ('open quote in an extension', '5;x="y\r\nhello\r\n0\r\n\r\n', None),
    ('extension of 5000 bytes', '5;' + 'x' * 5000 + '\r\nhello\r\n0\r\n\r\n', None),
    ('extension of 3000 bytes', '5;' + 'x' * 3000 + '\r\nhello\r\n0\r\n\r\n', (b'hello', None)),
    ('extensions a hundred times the data', ''.join('1;%s\r\nx\r\n' % ('y' * 2000) for _ in range(100)) + '0\r\n\r\n', None),
    ('trailer', '5\r\nhello\r\n0\r\nX-T: v\r\n\r\n', b'hello'),
    ('trailer folded', '5\r\nhello\r\n0\r\nX-T: v\r\n w\r\n\r\n', None),
    ('trailer with space before the colon', '5\r\nhello\r\n0\r\nX-T : v\r\n\r\n', None),
    ('trailer without colon', '5\r\nhello\r\n0\r\nX-T\r\n\r\n', None),
    ('trailer with NUL', '5\r\nhello\r\n0\r\nX-T: \0\r\n\r\n', None),
    ('trailer with CR', '5\r\nhello\r\n0\r\nX-T: a\rb\r\n\r\n', None),
    ('trailer with LF', '5\r\nhello\r\n0\r\nX-T: a\n\r\n', None),
    ('a request as trailer', '5\r\nhello\r\n0\r\nGET /hidden HTTP/1.1\r\n\r\n', None),
    ('trailer of 20000 bytes', '5\r\nhello\r\n0\r\nX-T: ' + 'v' * 20000 + '\r\n\r\n', None),
    ('trailer of 10000 bytes', '5\r\nhello\r\n0\r\nX-T: ' + 'v' * 10000 + '\r\n\r\n', (b'hello', None)),
    ('3000 trailers', '5\r\nhello\r\n0\r\n' + ''.join('X-%d: v\r\n' % i for i in range(3000)) + '\r\n', None),
])
def chunks(c, text, result):
    a = c.ask(c.get('Transfer-Encoding: chunked\r\n', 'POST') + text.encode('latin-1') + c.get(rest='/after'), method='POST')
    results = result if isinstance(result, tuple) else (result,)
    if a.status == 200 and not isinstance(result, tuple):
        check(result is not None, 'a malformed body passed', c.seen[0].head, c.seen[0].body[:200])
    if a.status == 200:
        check(c.seen[0].complete and c.seen[0].body in [r for r in results if r is not None], 'the body was changed', c.seen[0].body[:300])
        check(a.client.answer().status == 200 and len(c.seen) == 2 and c.seen[1].target.endswith('/after'),
            'the next request was not understood', *[r.head for r in c.seen])
        return
    check(None in results, 'answered %s to a good body' % a.status, a.raw_head, a.body[:300])
    check(a.status == 400, 'answered %s to a bad body' % a.status, a.raw_head)
    check(a.client.gone(), 'the connection stays open')
    check(all(not r.complete for r in c.seen) and not any('/after' in r.target for r in c.seen),
        'the origin took a refused body for whole', *[r.head for r in c.seen])


@table('chunks, byte by byte', [
    ('plain', '5\r\nhello\r\n0\r\n\r\n', b'hello'),
    ('extension', '5;x="y"\r\nhello\r\n0;z\r\n\r\n', b'hello'),
    ('trailers', '5\r\nhello\r\n0\r\nX-T: v\r\nX-U: w\r\n\r\n', b'hello'),
    ('LF behind the size', '5\nhello\r\n0\r\n\r\n', None),
    ('LF behind the data', '5\r\nhello\n0\r\n\r\n', None),
    ('CR CR LF', '5\r\nhello\r\n0\r\r\n\r\n', None),
    ('size with 0x', '0x5\r\nhello\r\n0\r\n\r\n', None),
    ('trailer with NUL', '5\r\nhello\r\n0\r\nX-T: \0\r\n\r\n', None),
])
def chunks_drip(c, text, result):
    client = c.client()
    client.send(c.get('Transfer-Encoding: chunked\r\n', 'POST'))
    client.drip(text.encode('latin-1'), 1, 0.001)
    a = client.answer('POST')
    if result is None:
        check(a.status == 400 and client.gone() and all(not r.complete for r in c.seen), 'answered %s' % a.status)
    else:
        check(a.status == 200 and c.one().body == result and c.one().complete, 'answered %s' % a.status)


@case('CL.0: a body on GET is a body')
def cl_zero(c):
    inner = hidden(c)
    client = c.client()
    client.send(c.get('Content-Length: %d\r\n' % len(inner), body=inner) + c.get(rest='/second'))
    check(client.answer().status == 200 and client.answer().status == 200, 'not answered')
    check([r.target.split('/')[-1] for r in c.seen] == [c.id, 'second'], 'not two requests', *[r.head for r in c.seen])
    check(c.seen[0].body == inner, 'the body was lost')


@case('CL.0: an origin that ignores the body of a request')
def cl_zero_origin(c):
    """The origin answers without reading the body; what it never read must not become a request on a connection that is used again."""
    inner = hidden(c)

    def script(r):
        r.send(OK)
        r.stream.to_end()
        r.keep = False
    c.origin(script)
    client = c.client()
    client.send(c.get('Content-Length: %d\r\n' % (len(inner) + 10), 'POST', body=inner[:20]))
    a = client.answer('POST')
    check(a.status == 200, 'answered %s' % a.status)
    client.send(inner[20:] + b'0123456789' + c.get(rest='/second'))
    client.closed(0.5)
    for r in c.seen[1:]:
        check(r.connection != c.seen[0].connection, 'a connection with half a request on it was used again', r.head)


@table('a request behind one that is refused', [
    ('bad framing', 'Content-Length: 1\r\nContent-Length: 2\r\n'),
    ('both framings', 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n'),
    ('unknown coding', 'Transfer-Encoding: x\r\n'),
    ('unknown expectation', 'Expect: x\r\nContent-Length: 1\r\n'),
    ('bad field', 'X : y\r\n'),
])
def behind(c, line):
    a = c.ask(c.get(line, 'POST', body=b'') + hidden(c) * 3, method='POST')
    check(a.status in (400, 417, 501), 'answered %s' % a.status)
    check(a.client.gone(), 'more than one answer came', a.client.rest)
    check(c.seen == [], 'something reached the origin', *[r.head for r in c.seen])


@table('Content-Length and a request in the body', [('POST', 'POST'), ('GET', 'GET'), ('PUT', 'PUT'), ('FOO', 'FOO'),
    ('DELETE', 'DELETE'), ('OPTIONS', 'OPTIONS'), ('HEAD', 'HEAD')])
def inside(c, method):
    inner = hidden(c)
    client = c.client()
    c.origin(lambda r: (r.read_body(), r.send(OK if r.method != 'HEAD' else OK[:-2])))
    client.send(c.get('Content-Length: %d\r\n' % len(inner), method, body=inner) + c.get(rest='/second'))
    check(client.answer(method).status == 200 and client.answer().status == 200, 'not answered')
    check(len(c.seen) == 2 and c.seen[0].body == inner and c.seen[1].target.endswith('/second'), 'not two requests', *[r.head for r in c.seen])


@table('framing fields in front of another framing', [
    ('TE in X-Forwarded', 'X-Forwarded-Transfer-Encoding: chunked\r\nContent-Length: 5\r\n'),
    ('CL named by Connection', 'Connection: close, Content-Length\r\nContent-Length: 5\r\n'),
    ('TE named by Connection of keep-alive', 'Connection: keep-alive, Transfer-Encoding\r\nContent-Length: 5\r\n'),
    ('Host named by Connection', 'Connection: Host\r\nContent-Length: 5\r\n'),
])
def named(c, lines):
    a = c.ask(c.get(lines, 'POST', body=b'hello'))
    check(a.status in (200, 400), 'answered %s' % a.status)
    if a.status == 200:
        r = c.one()
        check(r.body == b'hello' and r.fields.get('Host') == c.authority, 'the request was changed', r.head)
