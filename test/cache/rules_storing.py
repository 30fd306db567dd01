# SPDX-License-Identifier: Apache-2.0
"""RFC 9111, 3: what is stored, and what never."""
from cachetest import A, case, check, get, head, not_reused, reused, send

MAX = 'Cache-Control: max-age=3600'
YESTERDAY = 'Last-Modified: {-86400}'

# 3: methods
reused('3 GET with explicit freshness is stored', MAX)
case('3 an answer to HEAD is not one to GET', head('miss', a=A(MAX)), get('miss'))
case('3 HEAD is answered from a stored GET', get('miss', a=A(MAX, 'X-A: 1')), head('hit', has=['X-A: 1', 'Content-Length: ?']))
for method in ('POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND', 'M-SEARCH', 'UNKNOWN', 'get'):
    case('3 an answer to %s is not stored for GET' % method, send(method, 'asked', a=A(MAX, YESTERDAY)), get('miss'))
    case('3 %s is not answered from a stored GET' % method, get('miss', a=A(MAX)), send(method, 'asked', a=A(status=500)))
case('3 an answer to POST without Content-Location is not stored', send('POST', body=b'abc', a=A(MAX)), get('miss'))

case('9110 9.3.3 an answer to POST with freshness and its own Content-Location answers GET',
    send('POST', body=b'abc', a=A('Expires: {+3600}', 'Content-Location: {url}')), get('hit', of=0))

# 3: status codes; explicit freshness makes every understood final one storable
for status in (200, 203, 204, 300, 301, 302, 303, 307, 308, 400, 403, 404, 405, 410, 414, 451, 500, 501, 502, 503, 504):
    more = ['Location: /elsewhere'] if 300 <= status < 309 else []
    reused('3 status %d with max-age is stored' % status, MAX, *more, status=status)
    reused('3 status %d with Expires is stored' % status, 'Expires: {+3600}', *more, status=status)
    not_reused('4.2 status %d with a past Expires is not reused' % status, 'Expires: {-5000}', 'Last-Modified: {-100000}', *more, status=status)
    not_reused('3 status %d with no-store is not stored' % status, MAX + ', no-store', *more, status=status)
for status in (299, 499, 599):
    reused('3 unknown status %d with max-age is stored' % status, MAX, status=status)
for status in (401, 412, 416, 417, 428, 429, 431, 511):
    not_reused('3 status %d is not stored' % status, MAX, 'WWW-Authenticate: Basic realm="x"', status=status)
for status in (200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501):
    reused('4.2.2 status %d is fresh by heuristics' % status, YESTERDAY, *(['Location: /x'] if 300 <= status < 400 else []), status=status)
for status in (201, 202, 302, 303, 307, 400, 403, 500, 502, 503, 504, 599):
    not_reused('4.2.2 status %d has no heuristic freshness' % status, YESTERDAY, *(['Location: /x'] if 300 <= status < 400 else []), status=status)
reused('4.2.2 status 599 with public has heuristic freshness', YESTERDAY, 'Cache-Control: public', status=599)
not_reused('3 nothing about freshness, no validator', )
for status in (302, 404, 599):
    not_reused('3 status %d with nothing about freshness' % status, 'Location: /x', status=status)

# 3.5: Authorization
for name, fields in (('max-age', [MAX]), ('Expires', ['Expires: {+3600}']), ('Last-Modified', [YESTERDAY]), ('no-cache', ['Cache-Control: no-cache', 'ETag: "a"']),
        ('proxy-revalidate', ['Cache-Control: max-age=3600, proxy-revalidate'])):
    case('3.5 with Authorization and %s not stored' % name, get('miss', 'Authorization: Basic YTpi', a=A(*fields), asked=['Authorization: Basic YTpi']), get('miss'))
for directive in ('public', 'must-revalidate', 's-maxage=3600'):
    case('3.5 with Authorization and %s stored' % directive, get('miss', 'Authorization: Basic YTpi', a=A(MAX + ', ' + directive)), get('hit'),
        get('hit', 'Authorization: Basic YTpi'))
case('3.5 s-maxage alone allows it', get('miss', 'Authorization: Basic YTpi', a=A('Cache-Control: s-maxage=3600')), get('hit'))
# login= of a cache_peer that is an origin server: it is told who the client is, though the client sent no Authorization
PROXY = 'Proxy-Authorization: Basic YTpi'
SAID = 'Authorization: Basic YTpi'
case('3.5 login=PASS to an origin server not stored', get('miss', PROXY, a=A(MAX), asked=[SAID]), get('miss', 'Proxy-Authorization: Basic Yzpk'), get('miss', a=A(MAX)), get('hit'), conf='peer-pass')
case('3.5 login=PASS to an origin server, public', get('miss', PROXY, a=A(MAX + ', public'), asked=[SAID]), get('hit'), conf='peer-pass')
case('3.5 login=PASS to an origin server, public, Vary: Authorization', get('miss', PROXY, a=A(MAX + ', public', 'Vary: Authorization')), get('miss', 'Proxy-Authorization: Basic Yzpk'), conf='peer-pass')
case('3.5 login=PASS and both credentials', get('miss', PROXY, 'Authorization: Basic eA==', a=A(MAX), asked=['Authorization: Basic eA==']), get('miss'), conf='peer-pass')
case('3.5 login=* to an origin server not stored', get('miss', a=A(MAX), asked=['Authorization: Basic LTpzZWNyZXQ=']), get('miss'), conf='peer-star')
case('3.5 login= of the proxy itself stored', get('miss', a=A(MAX), asked=['Authorization: Basic am9lOnNlY3JldA==']), get('hit'), conf='peer-fixed')
case('3.5 login= and credentials of the client: the server gets one login', get('miss', SAID, a=A(MAX), asked=['Authorization: Basic am9lOnNlY3JldA==']), get('miss'), conf='peer-fixed')
case('3.5 public and Expires allow it', get('miss', 'Authorization: Basic YTpi', a=A('Cache-Control: public', 'Expires: {+3600}')), get('hit'))
case('3 a Cookie in the request changes nothing', get('miss', 'Cookie: a=b', a=A(MAX)), get('hit', 'Cookie: c=d'), get('hit'))

# 5.2.2.5 no-store, 5.2.2.7 private, 5.2.2.4 no-cache, 5.2.2.3 must-understand
for cc in ('no-store', 'No-StOrE', 'max-age=3600, no-store', 'no-store, max-age=3600', 'no-store="x", max-age=3600', 'public, no-store, max-age=3600', ' ,no-store , max-age=60',
        'max-age=60,no-store', 'foo="bar", no-store, max-age=60', 'foo="a\\"b", no-store, max-age=60'):
    not_reused('5.2.2.5 ' + cc, 'Cache-Control: ' + cc, 'Expires: {+3600}')
not_reused('5.2.2.5 no-store in the second line', MAX, 'Cache-Control: no-store')
for cc in ('no-storefoo, max-age=60', 'x-no-store, max-age=60', 'ext="no-store", max-age=60', 'ext="a, no-store", max-age=60', "ext='x', max-age=60", 'foo, max-age=60'):
    reused('5.2.2.5 not no-store: ' + cc, 'Cache-Control: ' + cc)
for cc in ('private, max-age=3600', 'PRIVATE, max-age=3600', 'max-age=3600, private', 's-maxage=3600, private', 'private=, max-age=60', 'private="", max-age=60'):
    not_reused('5.2.2.7 ' + cc, 'Cache-Control: ' + cc)
case('5.2.2.7 private="x-a" keeps that field from being stored', get('miss', a=A(MAX + ', private="x-a"', 'X-A: 1', 'X-B: 2'), has=['X-A: 1']),
    get('hit', lacks=['X-A'], has=['X-B: 2']))
case('5.2.2.7 private="x-a, X-B"', get('miss', a=A(MAX + ', private="x-a, X-B"', 'X-A: 1', 'X-B: 2', 'X-C: 3')), get('hit', lacks=['X-A', 'X-B'], has=['X-C: 3']))
case('5.2.2.7 private=x-a, a token: that field or all of it is not stored', get('miss', a=A(MAX + ', private=x-a', 'X-A: 1', 'X-B: 2')), get('any', status=200, lacks=['X-A']))
case('5.2.2.4 no-cache="x-a" keeps that field from being reused', get('miss', a=A(MAX, 'Cache-Control: no-cache="x-a"', 'X-A: 1', 'X-B: 2'), has=['X-A: 1']),
    get('hit', lacks=['X-A'], has=['X-B: 2']))
case('5.2.2.4 no-cache="x-a, x-b"', get('miss', a=A(MAX + ', no-cache="x-a, x-b"', 'X-A: 1', 'X-B: 2', 'X-C: 3')), get('hit', lacks=['X-A', 'X-B'], has=['X-C: 3']))
for cc in ('no-cache', 'No-CaChE', 'max-age=3600, no-cache', 'no-cache, max-age=3600', 'public, no-cache, s-maxage=3600'):
    not_reused('5.2.2.4 %s is not reused' % cc, 'Cache-Control: ' + cc, 'Expires: {+3600}')
    case('5.2.2.4 %s is validated' % cc, get('miss', a=A('Cache-Control: ' + cc, 'ETag: "abcd"')), get('val', asked=['If-None-Match: "abcd"']))
case('5.2.2.4 no-cache and Last-Modified is validated', get('miss', a=A('Cache-Control: no-cache', 'Last-Modified: {-100}')), get('val'), get('val'))
reused('5.2.2.3 must-understand with a known status overrules no-store', 'Cache-Control: must-understand, no-store, max-age=3600')
reused('5.2.2.3 must-understand alone', 'Cache-Control: must-understand, max-age=3600')
for status in (299, 499, 599):
    not_reused('5.2.2.3 must-understand with unknown status %d' % status, 'Cache-Control: must-understand, max-age=3600', status=status)
    not_reused('5.2.2.3 must-understand, no-store with unknown status %d' % status, 'Cache-Control: must-understand, no-store, max-age=3600', status=status)
reused('5.2.2.9 public', 'Cache-Control: public, max-age=3600')
reused('5.2.2.6 no-transform', 'Cache-Control: no-transform, max-age=3600')

# 5.2.1.5
case('5.2.1.5 the answer to a request with no-store is not stored', get('miss', 'Cache-Control: no-store', a=A(MAX)), get('miss'))
case('5.2.1.5 a request with no-store goes to the origin', get('miss', a=A(MAX, 'ETag: "a"')), get('asked', 'Cache-Control: no-store', unasked=['If-None-Match'], a=A(MAX, 'ETag: "b"')), get('hit', of=0))
case('5.2.1.5 a request with no-store leaves what is stored', get('miss', a=A(MAX)), get('asked', 'Cache-Control: no-store', a=A('Cache-Control: no-store')), get('hit', of=0))
case('4 a newer no-store answer ends an older stored one', get('miss', a=A(MAX)), get('asked', 'Cache-Control: no-cache', a=A('Cache-Control: no-store')), get('asked'))

# 3.1: fields
for name, value in (('Test-Header', 'v'), ('X-Test-Header', 'v'), ('Content-Type', 'text/plain'), ('X-Frame-Options', 'deny'), ('X-XSS-Protection', '1'),
        ('Clear-Site-Data', 'cookies'), ('Public-Key-Pins', 'v'), ('Strict-Transport-Security', 'v'), ('Content-Foo', 'v'), ('Content-Language', 'de'), ('Content-Encoding', 'gzip'),
        ('Content-Disposition', 'attachment; filename=a.txt'), ('Content-Security-Policy', "default-src 'self'"), ('Content-MD5', 'rL0Y20zC+Fzt72VPzMSk2A=='), ('ETag', '"a"'),
        ('Last-Modified', '{-100}'), ('Link', '</x>; rel=next'), ('Content-Location', '/foo'), ('Refresh', '5')):
    case('3.1 %s is stored' % name, get('miss', a=A(MAX, name + ': ' + value), has=[name + ': ' + value]), get('hit', has=[name + ': ' + value]))
for name in ('Keep-Alive', 'Proxy-Authenticate', 'Proxy-Authentication-Info', 'Proxy-Authorization', 'Proxy-Connection', 'TE', 'Upgrade'):
    case('3.1 %s is not stored' % name, get('miss', a=A(MAX, name + ': a')), get('hit', lacks=[name]))
case('3.1 Set-Cookie is not stored', get('miss', a=A(MAX, 'Set-Cookie: a=b', 'Set-Cookie: c=d'), has=['Set-Cookie: a=b, c=d']), get('hit', lacks=['Set-Cookie']))
case('3.1 fields named in Connection are not stored', get('miss', a=A(MAX, 'Connection: x-a, X-B', 'X-A: 1', 'X-B: 2', 'X-C: 3')),
    get('hit', lacks=['X-A', 'X-B'], has=['X-C: 3']))
case('3.1 several lines of a field stay several', get('miss', a=A(MAX, 'X-A: 1', 'X-A: 2')), get('hit', has=['X-A: 1, 2']))
case('3.1 an empty field', get('miss', a=A(MAX, 'X-A:')), get('hit', has=['X-A: ']))
case('3.1 obs-text', get('miss', a=A(MAX, 'X-A: caf\xe9')), get('hit', has=['X-A: caf\xe9']))
case('3.1 fields keep their order', get('miss', a=A(MAX, 'X-B: 1', 'X-A: 2')),
    get('hit', x=lambda c, got, seen: check([n for n, _ in got.fields.lines if n in ('X-A', 'X-B')] == ['X-B', 'X-A'], 'the order of fields')))
case('3.1 a long head', get('miss', a=A(MAX, 'X-A: ' + 'a' * 8000)), get('hit', has=['X-A: ' + 'a' * 8000]))
case('3.1 the reason phrase is of no matter', get('miss', a=A(MAX, reason='Anything at all')), get('hit'))

# 3.3 incomplete answers, framings
for framing, name in (('length', 'Content-Length'), ('chunked', 'chunked')):
    case('3.3 an answer cut short (%s) is not stored as whole' % name, get('any', a=A(MAX, framing=framing, cut=10)), get('asked'), get('any'))
case('3.3 cut in the chunked end', get('any', a=A(MAX, framing='chunked', cut=2)), get('asked'))
for framing in ('length', 'chunked', 'close'):
    for size in (0, 1, 100, 4000, 65536, 300000):
        reused('3 %s, %d bytes' % (framing, size), MAX, framing=framing, body='0123456789' * (size // 10) + '0' * (size % 10))
    reused('3 HTTP/1.0 origin, ' + framing, MAX, framing='close' if framing == 'chunked' else framing, version='1.0')
reused('3 HTTP/1.0 origin with Expires', 'Expires: {+3600}', version='1.0')
reused('3 byte by byte', MAX, drip=1)
reused('3 chunked, byte by byte', MAX, framing='chunked', drip=1)
case('3 chunked with trailers', get('miss', a=A(MAX, 'Trailer: X-T', framing='chunked', trailers=['X-T: 1'])), get('hit'))
for status in (102, 103):
    case('3 after an interim %d' % status, get('miss', a=A(MAX, interim=[('%d Early' % status, 'Link: </a.css>; rel=preload')])), get('hit'))
case('3 a large object', get('miss', a=A(MAX, body='0123456789abcdef' * 131072)), get('hit'), head('hit'))
case('3 an HTTP/1.0 client gets it stored and from the store', get('miss', version='1.0', a=A(MAX)), get('hit', version='1.0'), get('hit'))
case('3 an HTTP/1.0 client and a chunked object', get('miss', a=A(MAX, framing='chunked')), get('hit', version='1.0'))

# 2: the key
case('2 the query is part of the key', get('miss', a=A(MAX), rest='?a=1'), get('miss', rest='?a=2'), get('hit', rest='?a=1'))
case('2 the query and explicit freshness', get('miss', a=A(MAX), rest='?a=1&b=2'), get('hit', rest='?a=1&b=2'), get('miss', rest='?b=2&a=1'))
case('2 an empty query is a query', get('miss', a=A(MAX), rest='?'), get('miss', rest=''))
case('2 the path is case-sensitive', get('miss', a=A(MAX), rest='/a'), get('miss', rest='/A'))
case('2 a fragment never reaches the key', get('miss', a=A(MAX)), get('any', url='@#x'))
case('2 the default of Content-Type, length of a query', get('miss', a=A(MAX), rest='?' + 'q' * 3000), get('hit', rest='?' + 'q' * 3000))
