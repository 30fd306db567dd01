# SPDX-License-Identifier: Apache-2.0
"""RFC 9111 and 9110 read clause by clause against real sockets and beside Squid: what that found."""
import time

import cacheconfs
from cachetest import A, case, check, get, head, script, send
from rules_flights import ask

cacheconfs.CONFS['bare'] = cacheconfs.conf(cacheconfs.BOTH + 'reply_header_access Cache-Status allow all\nreply_header_access All deny all\n', quiet=True)

MAX = 'Cache-Control: max-age=3600'
SHORT = 'Cache-Control: max-age=100'
TAG = 'ETag: "a"'
USER = 'Authorization: Basic YTpi'

# 4.2, 5.2.2.1: a short life is one, without a validator too
case('4.2.1 max-age=2 without a validator', get('miss', a=A('Cache-Control: max-age=2')), get('hit', at=1), get('asked', at=2))
case('4.2.1 Expires in 30 s without a validator', get('miss', a=A('Expires: {+30}')), get('hit', at=29), get('asked', at=30))
case('4.2.1 s-maxage=1 without a validator', get('miss', a=A('Cache-Control: s-maxage=1')), get('hit'), get('asked', at=1))

# 4.3.1 with RFC 9110, 13.2.1: a 304 speaks of what a 200 would be, so it is not asked for where the stored one is none
for status in (301, 302, 404, 410, 500):
    case('4.3.1 a stale %d is fetched anew' % status, get('miss', a=A(SHORT, TAG, 'Last-Modified: {-1000}', status=status)),
        get('asked', at=100, unasked=['If-None-Match', 'If-Modified-Since'], a=A(SHORT, TAG)), get('hit', at=199))
    case('4.3.1 a %d that is stale at once is not stored' % status, get('miss', a=A('Cache-Control: max-age=0', TAG, status=status)),
        get('asked', unasked=['If-None-Match'], a=A(status=503), status=503))
    case('4.3.1 an expired %d is not stored' % status, get('miss', a=A('Expires: {-10}', 'Last-Modified: {-1000}', status=status)),
        get('asked', unasked=['If-Modified-Since'], a=A(status=503), status=503))
for status in (203, 207, 299):
    case('4.3.1 a stale %d is validated' % status, get('miss', a=A(SHORT, TAG, status=status)), get('val', at=100, status=status), get('hit', at=150, status=status))

# 4.2.1: with Expires before Date the lifetime is below 0: what is counted since it became stale begins there
PAST = 'Expires: {-3600}'
case('4.2.1 max-stale counts from Expires', get('miss', a=A(PAST, TAG)), get('val', 'Cache-Control: max-stale=60'), get('hit', 'Cache-Control: max-stale=3700', cs='; hit.*; ttl=-3600'))
case('4.2.1 stale-while-revalidate counts from Expires', get('miss', a=A(PAST, TAG, 'Cache-Control: stale-while-revalidate=60')), get('val'))
case('4.2.1 stale-if-error counts from Expires', get('miss', a=A(PAST, TAG, 'Cache-Control: stale-if-error=60')), get('fail', a=A(status=503), status=503))
case('4.2.1 stale-if-error longer than since Expires', get('miss', a=A(PAST, TAG, 'Cache-Control: stale-if-error=3700')), get('stale', at=10, a=A(status=503)))
case('4.2.1 max_stale counts from Expires', get('miss', a=A('Expires: Thu, 19 Nov 1981 08:52:00 GMT', TAG)), get('fail', a=A(status=503), status=503))
case('4.2.1 an Expires that is no date is stale since Date', get('miss', a=A('Expires: 0', TAG)), get('hit', 'Cache-Control: max-stale=60', at=10, cs='; hit.*; ttl=-10'))

# 4.2.4: a stored failure does not stand in for a new one; a stored 404 may
for status in (500, 502, 503, 504):
    case('4.2.4 a stale %d is no answer for an error' % status, get('miss', a=A(SHORT, status=status)), get('asked', at=150, a=A(status=503), status=503))
case('4.2.4 a stale 503 is no answer where the origin is gone', get('miss', a=A(SHORT, status=503)), get('fail', at=150, a=A(nothing=True), status=502))
case('4.2.4 a stale 404 is', get('miss', a=A(SHORT, status=404)), get('stale', at=150, a=A(status=503), status=404))

# 3.1: all fields are stored but those that it names; Warning, though 5.5 gives it no meaning any more
WARN = 'Warning: 299 - "a, b"'
case('3.1 Warning is stored', get('miss', a=A(MAX, WARN), has=[WARN]), get('hit', at=10, has=[WARN]))
case('3.2 Warning of a 304 takes the place of the stored one', get('miss', a=A(SHORT, TAG, WARN)), get('val', at=100, a=A(SHORT, TAG, 'Warning: 299 - "c"', status=304), has=['Warning: 299 - "c"']),
    get('hit', at=150, has=['Warning: 299 - "c"']))
case('3.2 Warning stays where a 304 has none', get('miss', a=A(SHORT, TAG, WARN)), get('val', at=100, has=[WARN]), get('hit', at=150, has=[WARN]))

# 4.3.4: a strong Last-Modified that is the same identifies what is stored, where the tag alone would not: nginx sends W/"a" with what it compresses, and "a" with the 304
WEAK = 'ETag: W/"a"'
case('4.3.4 a strong tag for a weak one, the same date', get('miss', 'Accept-Encoding: gzip', a=A(SHORT, WEAK, 'Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT', 'Content-Encoding: gzip')),
    get('val', 'Accept-Encoding: gzip', at=100, times=1, a=A(SHORT, TAG, 'Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT', status=304), has=[WEAK]), get('hit', at=150, has=[WEAK]))

case('4.3.4 a strong tag for a weak one that is asked about each time: confirmed, not updated', get('miss', a=A('Cache-Control: no-cache', WEAK, 'X: 1')),
    get('val', at=10, times=1, a=A('Cache-Control: max-age=100', TAG, 'X: 2', status=304), has=[WEAK]), get('val', at=20, times=1, a=A('Cache-Control: max-age=0', TAG, status=304), has=[WEAK, 'X: 1'], age=0))

# 3.2, 4.3.3: what a 304 says to the client alone
case('3.1 Set-Cookie of a 304 is for who caused it', get('miss', a=A(SHORT, TAG)), get('val', at=100, a=A(SHORT, TAG, 'Set-Cookie: a=1', 'Set-Cookie: b=2', status=304), has=['Set-Cookie: a=1, b=2']),
    get('hit', at=150, lacks=['Set-Cookie']))
case('3.1 Set-Cookie of a 304 that the client asked for too', get('miss', a=A(SHORT, TAG)), get('val304', 'If-None-Match: "a"', at=100, a=A(SHORT, TAG, 'Set-Cookie: a=1', status=304), has=['Set-Cookie: a=1']),
    get('hit', at=150, lacks=['Set-Cookie'], of=0))
case('5.2.2.7 private="" of a 304', get('miss', a=A(SHORT, TAG, 'X-Mine: 1')), get('val', at=100, a=A(SHORT + ', private="x-mine"', TAG, 'X-Mine: 2', status=304), has=['X-Mine: 2']),
    get('hit', at=150, lacks=['X-Mine']))
case('5.2.2.4 no-cache="" of a 304', get('miss', a=A(SHORT + ', no-cache="X-Mine"', TAG, 'X-Mine: 1')), get('hit', lacks=['X-Mine']),
    get('val', at=100, a=A(SHORT + ', no-cache="X-Mine"', TAG, 'X-Mine: 2', status=304), has=['X-Mine: 2']), get('hit', at=150, lacks=['X-Mine']))
case('5.2.2.7 private="" of a 304 that lists what belongs to the message', get('miss', a=A(SHORT, TAG, body='0123456789')),
    get('val', at=100, a=A(SHORT + ', private="Content-Length, Connection, Content-Encoding"', TAG, 'Content-Length: 3', 'Content-Encoding: gzip', status=304), gets='0123456789', has=['Content-Length: 10'],
        lacks=['Content-Encoding']),
    get('hit', at=150, gets='0123456789', has=['Content-Length: 10']))

# 3.5: a 304 to somebody's Authorization says nothing that may be kept; what is stored stays
case('3.5 a 304 to Authorization', get('miss', a=A(SHORT, TAG)), get('val', USER, at=100, a=A(SHORT, TAG, 'X-Mine: 2', status=304), has=['X-Mine: 2']), get('val', at=101, a=A(SHORT, TAG, status=304), lacks=['X-Mine']), get('hit', at=150))
case('3.5 a 304 to Authorization that is public', get('miss', a=A(SHORT, TAG)), get('val', USER, at=100, a=A(SHORT + ', public', TAG, status=304)), get('hit', at=150))

# 4: a newer answer that is not stored is newer all the same
for name, a in (('no-store', A('Cache-Control: no-store')), ('private', A('Cache-Control: private')), ('one without freshness', A()), ('a redirect', A('Location: /x', status=302)),
        ('404', A(status=404)), ('410', A(status=410)), ('Vary: *', A('Vary: *', MAX))):
    case('4 %s instead of what is fresh' % name, get('miss', a=A(MAX)), get('asked', 'Cache-Control: no-cache', a=a), get('asked', a=A(MAX)), get('hit'))
    case('4 %s instead of what was stale' % name, get('miss', a=A(SHORT, TAG)), get('mod', at=100, a=a), get('fail', at=101, a=A(nothing=True), status=502))
for status in (401, 403, 429, 500, 503):
    case('4 %d is no newer answer' % status, get('miss', a=A(MAX)), get('asked', 'Cache-Control: no-cache', a=A(status=status)), get('hit', of=0))
case('4 what is for one user is no newer answer', get('miss', a=A(MAX)), get('asked', USER, 'Cache-Control: no-cache', a=A(MAX)), get('hit', of=0))
case('4 one variant is, the others stay', get('miss', 'Foo: 1', a=A(MAX, 'Vary: Foo')), get('miss', 'Foo: 2', a=A(MAX, 'Vary: Foo')), get('asked', 'Foo: 2', 'Cache-Control: no-cache', a=A('Vary: Foo', 'Cache-Control: no-store')),
    get('hit', 'Foo: 1', of=0), get('asked', 'Foo: 2'))

case('4 one that has grown too large', get('miss', a=A(MAX, body='x' * 2000)), get('asked', 'Cache-Control: no-cache', a=A(MAX, body='y' * 5000)), get('asked', a=A(MAX, body='z' * 2000)), get('hit'), conf='sizes')

# RFC 6455, 4.1: who opens a WebSocket needs the origin; RFC 9110, 7.8: who offers another protocol need not get it
SOCKET = ('Connection: Upgrade', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13')
case('6455 4.1 a WebSocket is not opened by the store', get('miss', a=A(MAX)), get('asked', 'Upgrade: websocket', *SOCKET, a=A(MAX, status=400)), get('hit', of=0), get('asked', 'Upgrade: foo, WebSocket', *SOCKET, a=A(MAX)), get('hit', of=0))
case('6455 4.1 what comes instead is not stored', get('asked', 'Upgrade: websocket', *SOCKET, a=A(MAX)), get('miss', a=A(MAX)), get('hit'))
case('6455 4.1 a WebSocket and only-if-cached', get('miss', a=A(MAX)), get('none', 'Upgrade: websocket', 'Cache-Control: only-if-cached', *SOCKET, status=504))
case('9110 7.8 an offer of h2c', get('miss', a=A(MAX)), get('hit', 'Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA'))

# 4.4: IANA's registry knows safe methods that RFC 9110 does not
for method in ('PROPFIND', 'REPORT', 'SEARCH'):
    case('4.4 %s is safe' % method, get('miss', a=A(MAX)), send(method, body=b'x', a=A(MAX, status=207)), get('hit', of=0))
for method in ('PROPPATCH', 'MKCOL', 'M-SEARCH', 'QUERY', 'Search'):
    case('4.4 %s may be anything' % method, get('miss', a=A(MAX)), send(method, body=b'x'), get('miss'))
case('4.4 HEAD is safe: what it says of another length', get('miss', a=A(MAX, TAG, body='x' * 9)), head('asked', 'Cache-Control: no-cache', a=A(MAX, TAG, body='x' * 10)), get('miss'))

# RFC 9112, 6.3: 205 has no content, but says so; RFC 9110, 7.6.3: the version that an answer came with
case('9112 6.3 a stored 205 says its length', get('miss', a=A(MAX, status=205, body='')), get('hit', has=['Content-Length: 0']), head('hit'))
case('9112 6.3 a stored 205 that came in chunks', get('miss', a=A(MAX, status=205, body='', framing='chunked')), get('hit', has=['Content-Length: 0']))
case('9112 6.3 a stored 205 that has content all the same', get('miss', a=A(MAX, status=205)), get('hit'))


def via(version):
    def judge(c, got, seen):
        check(got.fields.get('Via').startswith(version + ' proxy.test'), 'Via', got.raw_head)
    return judge


for version in ('1.0', '1.1'):
    case('9110 7.6.3 Via of a stored answer, HTTP/' + version, get('miss', a=A(SHORT, TAG, version=version), x=via(version)), get('hit', x=via(version)),
        get('val', at=100, a=A(SHORT, TAG, version=version, status=304), x=via(version)), get('hit', at=150, of=0, x=via(version)))

# RFC 9530, 2, and Content-MD5: the digest of a part is not that of the whole
TEXT = '0123456789' * 100
for name, value in (('Content-MD5', 'rL0Y20zC+Fzt72VPzMSk2A=='), ('Content-Digest', 'sha-256=:AAAA:')):
    PART = A(MAX, TAG, '%s: %s' % (name, value), ranges=TEXT.encode())
    case('9530 2 %s of a part is not that of the whole' % name, get('miss', 'Range: bytes=0-99', a=PART, status=206, gets=TEXT[:100], has=[name + ': ?']),
        get('any', 'Range: bytes=50-149', a=PART, status=206, times=1, gets=TEXT[50:150], lacks=[name]), get('any', a=PART, status=200, times=1, gets=TEXT, asked=['Range: bytes=150-'], lacks=[name]),
        get('any', status=200, times=0, gets=TEXT, lacks=[name]))
case('3.2 a 304 changes Content-MD5', get('miss', a=A(SHORT, TAG, 'Content-MD5: 1')), get('val', at=100, a=A(SHORT, TAG, 'Content-MD5: 2', status=304), has=['Content-MD5: 2']), get('hit', at=150, of=0, has=['Content-MD5: 2']))

# RFC 9110, 15.3.7: a 206 may hold all of it; what it stores is the whole then
BIG = '0123456789abcdef' * 20000
for name, text in (('small', TEXT), ('large', BIG)):
    ALL = A(MAX, TAG, ranges=text.encode())
    WHOLE = [get('hit', gets=text, status=200, has=['Content-Length: %d' % len(text)], lacks=['Content-Range']), head('hit', status=200), get('304', 'If-None-Match: "a"', of=0),
        get('hit', 'Range: bytes=5-9', status=206, gets=text[5:10], has=['Content-Range: bytes 5-9/%d' % len(text)])]
    for asked in ('0-', '0-%d' % (len(text) - 1), '-%d' % len(text), '0-99999999'):
        case('9110 15.3.7 all of it in a 206, %s: %s' % (name, asked), get('miss', 'Range: bytes=' + asked, status=206, gets=text, has=['Content-Range: bytes 0-%d/%d' % (len(text) - 1, len(text))],
            a=A(MAX, TAG, 'Content-Range: bytes 0-%d/%d' % (len(text) - 1, len(text)), status=206, body=text)), *WHOLE)
    case('9110 15.3.7 all of it in a 206, %s, in chunks' % name, get('miss', 'Range: bytes=0-', status=206, gets=text, a=A(MAX, TAG, ranges=text.encode(), framing='chunked')), *WHOLE)
    for how, more in (('chunks', dict(framing='chunked')), ('the end', dict(framing='close', version='1.0'))):
        case('9110 15.3.7 less than all of it in a 206, %s, by %s' % (name, how), get('any', 'Range: bytes=0-', status=206, a=A(MAX, TAG, 'Content-Range: bytes 0-%d/%d' % (len(text) - 1, len(text)), status=206, body=text[:-100], **more)),
            get('any', a=ALL, times=1, status=200, gets=text), get('any', times=0, status=200, gets=text))
        case('9110 15.3.7 more than all of it in a 206, %s, by %s' % (name, how), get('any', 'Range: bytes=0-', status=206, a=A(MAX, TAG, 'Content-Range: bytes 0-%d/%d' % (len(text) - 1, len(text)), status=206, body=text + 'x', **more)),
            get('any', a=ALL, times=1, status=200, gets=text), get('any', times=0, status=200, gets=text))
    case('9110 15.3.7 all of it in a 206, %s, cut short' % name, get('any', 'Range: bytes=0-', a=A(MAX, TAG, ranges=text.encode(), cut=100)), get('any', 'Range: bytes=5-9', status=206, times=0, gets=text[5:10]),
        get('any', a=ALL, times=1, status=200, gets=text, asked=['Range: bytes=%d-' % (len(text) - 100), 'If-Range: "a"']), get('any', times=0, status=200, gets=text))
    case('9110 15.3.7 all of it in a 206, %s, without a strong validator' % name, get('miss', 'Range: bytes=0-', status=206, gets=text, a=A(MAX, 'ETag: W/"a"', ranges=text.encode())), get('miss', a=A(MAX, body=text)))
    case('9110 15.3.7 all of it in a 206, %s, which has changed' % name, get('miss', a=A(MAX, TAG, body=text)), get('any', 'Range: bytes=0-', 'Cache-Control: no-cache', times=1, status=206, a=A(MAX, 'ETag: "b"', ranges=text[::-1].encode())),
        get('any', times=0, status=200, gets=text[::-1], has=['ETag: "b"']))
    case('9110 15.3.7 all of it in a 206, %s, put to nothing' % name, get('miss', 'Range: bytes=5-9', a=ALL, status=206), get('any', 'Range: bytes=0-', a=ALL, times=1, status=206, gets=text), get('any', times=0, status=200, gets=text))
case('9110 15.3.7 all of it in a 206, stale then', get('miss', 'Range: bytes=0-', status=206, a=A(SHORT, TAG, ranges=TEXT.encode())), get('any', at=100, times=1, asked=['If-None-Match: "a"'], unasked=['Range'], status=200, gets=TEXT, a=A(SHORT, TAG, status=304)))
case('9110 15.3.7 all of it in a 206 varies', get('miss', 'Range: bytes=0-', 'Foo: 1', status=206, a=A(MAX, TAG, 'Vary: Foo', ranges=TEXT.encode())), get('any', 'Foo: 1', times=0, status=200, gets=TEXT), get('asked', 'Foo: 2', a=A(MAX)))

# 4.1: fields of one hop that the next one gets all the same
for name, fields in (('TE', ['TE: trailers', 'Connection: TE']), ('TE', ['TE: trailers']), ('Upgrade', ['Upgrade: foo/2', 'Connection: Upgrade'])):
    case('4.1 Vary: %s (%s)' % (name, fields[-1]), get('miss', *fields, a=A(MAX, 'Vary: ' + name), asked=[fields[0]]), get('miss', a=A(MAX, 'Vary: ' + name), unasked=[name]), get('hit', *fields, of=0, age=None), get('hit', of=1))
case('4.1 Vary: Upgrade, which is not offered to the next', get('miss', a=A(MAX, 'Vary: Upgrade')), get('hit', 'Upgrade: foo/2'))
case('4.1 Vary: TE, of which the next gets nothing', get('miss', a=A(MAX, 'Vary: TE')), get('hit', 'TE: gzip', 'Connection: TE'), get('hit', 'TE: trailers', version='1.0'))


def parts_named(c, got, seen):
    check(got.status == 206 and got.complete and got.fields.get('Content-Type').startswith('multipart/byteranges; boundary='), 'which bytes are these?', got.raw_head)


# RFC 9110, 15.3.7: whatever rules take away, which bytes they are is said
case('9110 15.3.7 rules do not take away what says which bytes they are', get('any', a=A(MAX, TAG, body=TEXT), status=200, gets=TEXT, lacks=['ETag', 'Via', 'Date']),
    get('any', 'Range: bytes=5-9', times=0, status=206, gets=TEXT[5:10], has=['Content-Range: bytes 5-9/%d' % len(TEXT)], lacks=['ETag', 'Via', 'Date']), get('any', 'Range: bytes=5-9,20-29', times=0, x=parts_named), conf='bare')

# RFC 9112, 6.3 and 8: what Content-Range says is no framing. Bytes behind what was announced would be the next answer, from whatever server; missing ones would be taken from it
EVIL = b'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'


def lying(size, framing, slow, body):
    @script('9112 6.3 a 206 with %s bytes than it says is no other answer: %d, %s%s' % ('more' if body == EVIL else 'fewer', size, framing, ', slowly' if slow else ''))
    def _(c):
        text = BIG[:size].encode()

        def answer(request):
            request.read_body()
            if request.target.endswith('/next'):
                request.send(b'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext')
                return
            sent = text + EVIL if body == EVIL else text[:-20]
            pieces = [sent] if not slow else [sent[i:i + size // 3] for i in range(0, len(sent), size // 3)]
            request.send(('HTTP/1.1 206 Partial Content\r\nCache-Control: max-age=60\r\nETag: "a"\r\nContent-Range: bytes 0-%d/%d\r\n%s\r\n' % (size - 1, size + 500,
                'Transfer-Encoding: chunked\r\n' if framing == 'chunked' else '')).encode())
            for p in pieces:
                time.sleep(0.03 if slow else 0)
                request.send(p if framing == 'close' else b'%x\r\n%s\r\n' % (len(p), p))
            if framing == 'chunked':
                request.send(b'0\r\n\r\n')
            else:
                request.close()
        c.script = answer
        k = ask(c, 'Range: bytes=0-%d\r\n' % (size - 1))
        a = k.answer()
        if a.complete:
            check(len(a.body) == size + (len(EVIL) if body == EVIL else -20), 'other bytes', a.raw_head, len(a.body))
            k.send(('GET %s/next HTTP/1.1\r\nHost: %s\r\n\r\n' % (c.url(), c.authority)).encode())
            b = k.answer()
            check(b.status == 200 and b.body == b'next' and k.silent(), 'the next answer is another', b.raw_head, b.body, k.rest[:100])
        else:
            check(k.closed() and not k.rest, 'neither complete nor cut', a.raw_head, len(a.body))
        b = ask(c, 'Range: bytes=0-9\r\nCache-Control: only-if-cached\r\n').answer()
        check(b.status == 504, 'it was stored', b.raw_head)


for size in (100, 3000, 300000):
    for framing, slow in (('chunked', False), ('chunked', True), ('close', False), ('close', True)):
        for body in (EVIL, b''):
            lying(size, framing, slow, body)
