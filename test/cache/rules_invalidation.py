# SPDX-License-Identifier: Apache-2.0
"""RFC 9111, 4.4: unsafe methods invalidate; Squid's PURGE."""
from cachetest import A, case, get, head, send

MAX = 'Cache-Control: max-age=3600'

for method in ('POST', 'PUT', 'DELETE', 'PATCH', 'M-SEARCH', 'UNKNOWN'):
    for status in (200, 201, 204, 302, 303):
        case('4.4 %s answered %d invalidates' % (method, status), get('miss', a=A(MAX)), send(method, body=b'abc', a=A(status=status)), get('miss', a=A(MAX)), get('hit'))
    for status in (400, 404, 500, 503):
        case('4.4 %s answered %d does not' % (method, status), get('miss', a=A(MAX)), send(method, body=b'abc', a=A(status=status)), get('hit', of=0))
    for field in ('Location', 'Content-Location'):
        for name, value in (('absolute', '{url}/other'), ('with a fragment', '{url}/other#x'), ('with dots', '{url}/y/../other')):
            case('4.4 %s invalidates what %s names, %s' % (method, field, name), get('miss', rest='/other', a=A(MAX)), send(method, body=b'abc', a=A('%s: %s' % (field, value), status=201)), get('miss', rest='/other'))
        case('4.4 %s invalidates what %s names, relative' % (method, field), get('miss', rest='/other', a=A(MAX)), send(method, rest='/x', body=b'abc', a=A('%s: other' % field, status=201)), get('miss', rest='/other'))
        case('4.4 %s answered 500 leaves what %s names' % (method, field), get('miss', rest='/other', a=A(MAX)), send(method, body=b'abc', a=A('%s: {url}/other' % field, status=500)), get('hit', rest='/other'))
for field in ('Location', 'Content-Location'):
    case('4.4 %s of another host is left' % field, get('miss', 'Host: origin.test', rest='/other', a=A(MAX)), send('POST', body=b'abc', a=A(field + ': http://elsewhere.test/other', status=201)), get('hit', 'Host: origin.test', rest='/other'))
    case('4.4 %s of another scheme is left' % field, get('miss', rest='/other', a=A(MAX)), send('POST', body=b'abc', a=A(field + ': https:{url}/other', status=201)), get('any', rest='/other'))
    case('4.4 an invalid %s' % field, get('miss', rest='/other', a=A(MAX)), send('POST', body=b'abc', a=A(field + ': http://[', status=201)), get('hit', rest='/other'))
for method in ('OPTIONS', 'HEAD', 'TRACE'):
    case('4.4 %s does not' % method, get('miss', a=A(MAX)), send(method, 'any', a=A(MAX)), get('hit', of=0))
case('4.4 GET with Location does not', get('miss', rest='/other', a=A(MAX)), get('miss', a=A('Location: {url}/other', status=302)), get('hit', rest='/other'))
case('4.4 other queries are other objects', get('miss', rest='?a', a=A(MAX)), get('miss', rest='?b', a=A(MAX)), send('POST', rest='?a', body=b'x'), get('hit', rest='?b'), get('miss', rest='?a'))
case('4.4 HEAD is not answered from what was invalidated', get('miss', a=A(MAX)), send('POST', body=b'x'), head('miss'))
case('4.4 only-if-cached after an invalidation', get('miss', a=A(MAX)), send('PUT', body=b'x'), get('none', 'Cache-Control: only-if-cached', status=504))
case('4.4 a chunked answer to POST too', get('miss', a=A(MAX)), send('POST', body=b'x', a=A(framing='chunked')), get('miss'))
case('4.4 an answer cut short too', get('miss', a=A(MAX)), send('POST', 'any', body=b'x', a=A(cut=5)), get('miss'))
case('4.4 large objects', get('miss', a=A(MAX, body='x' * 1000000)), send('POST', body=b'x'), get('miss', a=A(MAX, body='y' * 1000000)), get('hit'))

# PURGE
case('PURGE what is stored', get('miss', a=A(MAX)), send('PURGE', 'none', status=200), get('miss', a=A(MAX)), get('hit'))
case('PURGE what is not', send('PURGE', 'none', status=404))
case('PURGE twice', get('miss', a=A(MAX)), send('PURGE', 'none', status=200), send('PURGE', 'none', status=404))
case('PURGE every variant', get('miss', 'Foo: 1', a=A(MAX, 'Vary: Foo')), get('miss', 'Foo: 2', a=A(MAX, 'Vary: Foo')), send('PURGE', 'none', status=200), get('miss', 'Foo: 1'), get('miss', 'Foo: 2'))
case('PURGE is refused where no ACL names it', get('miss', a=A(MAX)), send('PURGE', 'none', status=403), get('hit', of=0), conf='patterns')
