# SPDX-License-Identifier: Apache-2.0
"""RFC 9211 Cache-Status, Squid's X-Cache and result codes, what else an answer from the cache says."""
from cachetest import A, case, get, head, send

MAX = 'Cache-Control: max-age=3600'
SHORT = 'Cache-Control: max-age=100'
TAG = 'ETag: "a"'

# RFC 9211, 2
case('9211 2.1, 2.4 hit and ttl', get('miss', a=A(MAX), cs='; fwd=uri-miss'), get('hit', cs='; hit'), get('hit', at=100, cs='; hit; ttl=3500'))
case('9211 2.4 a negative ttl', get('miss', a=A(SHORT, TAG)), get('hit', 'Cache-Control: max-stale', at=150, cs='; hit.*; ttl=-50'))
case('9211 2.2 uri-miss', get('miss', a=A('Cache-Control: no-store'), cs='; fwd=(uri-)?miss'))
case('9211 2.2 vary-miss', get('miss', 'Foo: 1', a=A(MAX, 'Vary: Foo')), get('miss', 'Foo: 2', cs='; fwd=vary-miss'))
case('9211 2.2 stale', get('miss', a=A(SHORT, TAG)), get('val', at=100, cs='; fwd=stale'))
case('9211 2.2 stale and replaced', get('miss', a=A(SHORT, TAG)), get('mod', at=100, cs='; fwd=stale'))
case('9211 2.3 fwd-status of a validation', get('miss', a=A(SHORT, TAG)), get('val', at=100, cs='; fwd-status=304'))
case('9211 2.2 stored with no-cache: no request forbids it', get('miss', a=A('Cache-Control: no-cache', TAG)), get('val', at=1, cs='; fwd=stale; fwd-status=304; ttl=0'))
case('9211 2.2 request', get('miss', a=A(MAX, TAG)), get('asked', 'Cache-Control: no-cache', at=1, cs='; fwd=request'))
case('9211 2.2 request, max-age', get('miss', a=A(MAX, TAG)), get('val', 'Cache-Control: max-age=10', at=20, cs='; fwd=(request|stale)'))
case('9211 2.5 stored', get('miss', a=A(MAX), cs='; stored'), get('hit'))
case('9211 2.5 not stored', get('miss', a=A('Cache-Control: no-store'), x=None, has=['Cache-Status: ?']), get('miss'))
case('9211 2.2 bypass', get('miss', rest='/never-cache', a=A(MAX), cs='; fwd=bypass'))
case('9211 2 one that came along stays the first', get('miss', a=A(MAX, 'Cache-Status: other; hit'), x=lambda c, got, seen: None), get('hit', x=lambda c, got, seen: order(got)))
case('9211 2.2 method', send('POST', 'any', body=b'x', times=1, has=['Cache-Status: ?']))


def order(got):
    from cachetest import check
    members = ', '.join(got.fields.all('Cache-Status')).split(', ')
    check(members[0] == 'other; hit' and len(members) == 2, 'Cache-Status of the origin first, then ours', members)


# Squid's fields
case('X-Cache and X-Cache-Lookup', get('miss', a=A(MAX), has=['X-Cache: MISS from proxy.test', 'X-Cache-Lookup: ?']), get('hit', has=['X-Cache: HIT from proxy.test', 'X-Cache-Lookup: ?']))
case('Via is in answers from the store', get('miss', a=A(MAX)), get('hit', has=['Via: ?']))
case('Via once, the proxy\'s own is not stored', get('miss', a=A(MAX)), get('hit', x=lambda c, got, seen: one(got, 'Via')), get('hit', x=lambda c, got, seen: one(got, 'Via')))
case('via off', get('miss', a=A(MAX), lacks=['Via']), get('hit', lacks=['Via']), conf='no-via')
case('Age once', get('miss', a=A(MAX, 'Age: 5')), get('hit', x=lambda c, got, seen: one(got, 'Age'), age=5))
case('X-Cache of another proxy stays', get('miss', a=A(MAX, 'X-Cache: HIT from other.test')), get('hit', has=['X-Cache: ?']))
for name in ('Cache-Status', 'X-Cache', 'X-Cache-Lookup', 'Date', 'Content-Length'):
    case('%s once' % name, get('miss', a=A(MAX)), get('hit', x=lambda c, got, seen, n=name: one(got, n)))


def one(got, name):
    from cachetest import check
    check(len(got.fields.all(name)) == 1, '%s not once' % name, got.raw_head)


# result codes
HIT = 'TCP_(MEM_)?HIT'
case('result TCP_MISS, TCP_MEM_HIT', get('miss', a=A(MAX), log='TCP_MISS'), get('hit', log='TCP_MEM_HIT'), get('hit', log='TCP_MEM_HIT'))
case('result TCP_REFRESH_UNMODIFIED', get('miss', a=A(SHORT, TAG)), get('val', at=100, log='TCP_REFRESH_UNMODIFIED'))
case('result TCP_REFRESH_MODIFIED', get('miss', a=A(SHORT, TAG)), get('mod', at=100, log='TCP_REFRESH_MODIFIED'))
case('result TCP_REFRESH_FAIL_OLD', get('miss', a=A(SHORT, TAG)), get('stale', at=100, a=A(status=503), log='TCP_REFRESH_FAIL_OLD'))
case('result TCP_REFRESH_FAIL_ERR', get('miss', a=A(SHORT + ', must-revalidate', TAG)), get('fail', at=100, a=A(nothing=True), log='TCP_REFRESH_FAIL_ERR'))
case('result TCP_IMS_HIT', get('miss', a=A(MAX, 'Last-Modified: {-100}')), get('304', 'If-Modified-Since: {-100}', log='TCP_IMS_HIT'))
case('result TCP_INM_HIT', get('miss', a=A(MAX, TAG)), get('304', 'If-None-Match: "a"', log='TCP_INM_HIT'))
case('result TCP_CLIENT_REFRESH_MISS', get('miss', a=A(MAX, TAG)), get('asked', 'Cache-Control: no-cache', log='TCP_CLIENT_REFRESH_MISS'))
case('result TCP_NEGATIVE_HIT', get('miss', a=A(status=404)), get('hit', log='TCP_NEGATIVE_HIT'), conf='plain-expiry')
case('result of a HEAD', get('miss', a=A(MAX)), head('hit', log='TCP_MEM_HIT'))
case('result of a range', get('miss', a=A(MAX)), get('hit', 'Range: bytes=0-1', status=206, gets='th', log='TCP_MEM_HIT'))
case('result of only-if-cached', get('none', 'Cache-Control: only-if-cached', status=504, log='(TCP|NONE)_.*'))
case('result of POST', send('POST', body=b'x', log='TCP_MISS'))
case('result of PURGE', get('miss', a=A(MAX)), send('PURGE', 'none', status=200, log='TCP_.*'))
