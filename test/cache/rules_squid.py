# SPDX-License-Identifier: Apache-2.0
"""Squid's directives that touch caching."""
from cachetest import A, case, get

MAX = 'Cache-Control: max-age=3600'
SHORT = 'Cache-Control: max-age=100'

# cache, send_hit, store_miss
case('cache deny: never stored', get('miss', rest='/never-cache', a=A(MAX)), get('miss', rest='/never-cache'))
case('store_miss deny: not stored', get('miss', rest='/never-store', a=A(MAX)), get('miss', rest='/never-store'))
case('send_hit deny: stored, not sent', get('miss', rest='/never-hit', a=A(MAX)), get('asked', rest='/never-hit', a=A(MAX), log='TCP_MISS.*'))
case('no cache_dir: nothing is stored', get('miss', a=A(MAX)), get('miss'), get('none', 'Cache-Control: only-if-cached', status=504), conf='none')

# refresh_pattern REGEX MIN PERCENT MAX; minutes


def pattern(name, rest, *steps):
    for s in steps:
        s.rest = rest
    case('refresh_pattern ' + name, *steps, conf='patterns')


pattern('min: fresh without a word', '/min', get('miss', a=A('Last-Modified: {+0}')), get('hit', at=599), get('asked', at=601))
pattern('min without a validator', '/Min', get('miss', a=A()), get('hit', at=599), get('asked', at=601))
pattern('-i: the pattern is without case', '/mIn', get('miss', a=A('ETag: "a"')), get('hit', at=599), get('val', at=601))
pattern('min does not overrule max-age', '/min', get('miss', a=A('Cache-Control: max-age=100')), get('hit', at=99), get('asked', at=100))
pattern('min does not overrule Expires', '/min', get('miss', a=A('Expires: {+100}')), get('hit', at=99), get('asked', at=100))
pattern('percent', '/percent', get('miss', a=A('Last-Modified: {-1000}')), get('hit', at=490), get('val', at=510))
pattern('patterns are case-sensitive', '/PERCENT', get('miss', a=A('Last-Modified: {-1000}')), get('hit', at=190), get('val', at=210))
pattern('max', '/max', get('miss', a=A('Last-Modified: {-1000000}')), get('hit', at=599), get('val', at=601))
pattern('max does not overrule max-age', '/max', get('miss', a=A('Cache-Control: max-age=10000')), get('hit', at=9999), get('asked', at=10000))
pattern('the first that matches counts', '/max/percent', get('miss', a=A('Last-Modified: {-1000}')), get('hit', at=490), get('val', at=510))
pattern('override-expire: min overrules Expires', '/override-expire', get('miss', a=A('Expires: {-100}', 'ETag: "a"')), get('hit', at=599), get('val', at=601))
pattern('override-expire: min overrules max-age', '/override-expire', get('miss', a=A('Cache-Control: max-age=1', 'ETag: "a"')), get('hit', at=599), get('val', at=601))
pattern('override-expire: a longer max-age stays', '/override-expire', get('miss', a=A('Cache-Control: max-age=5000', 'ETag: "a"')), get('hit', at=4999), get('val', at=5000))
pattern('override-lastmod: min for what was just modified', '/override-lastmod', get('miss', a=A('Last-Modified: {-10}')), get('hit', at=599), get('val', at=601))
pattern('reload-into-ims: a reload becomes a validation', '/reload-into-ims', get('miss', a=A(MAX, 'ETag: "a"')), get('val', 'Cache-Control: no-cache', at=1), get('hit', at=2))
pattern('ignore-reload', '/ignore-reload', get('miss', a=A(MAX, 'ETag: "a"')), get('hit', 'Cache-Control: no-cache', at=1), get('hit', 'Pragma: no-cache', at=1))
pattern('ignore-no-store', '/ignore-no-store', get('miss', a=A('Cache-Control: no-store, max-age=100')), get('hit', at=99))
pattern('ignore-private', '/ignore-private', get('miss', a=A('Cache-Control: private, max-age=100')), get('hit', at=99))
pattern('ignore-no-store is not ignore-private', '/ignore-no-store', get('miss', a=A('Cache-Control: private, max-age=100')), get('miss'))
pattern('max-stale: within', '/stale-max', get('miss', a=A(SHORT, 'ETag: "a"')), get('stale', at=390, a=A(status=503)))
pattern('max-stale: beyond', '/stale-max', get('miss', a=A(SHORT, 'ETag: "a"')), get('fail', at=410, a=A(status=503), status=503))
pattern('refresh-ims: a client\'s If-Modified-Since asks the origin', '/refresh-ims', get('miss', a=A(MAX, 'Last-Modified: {-1000}')), get('val304', 'If-Modified-Since: {-1000}', a=A('Last-Modified: {-1000}', status=304)), get('hit', of=0, age=None))
pattern('store-stale: kept without validator or freshness', '/store-stale', get('miss', a=A()), get('stale', at=10, a=A(nothing=True)))
pattern('the last line is for all others', '/other', get('miss', a=A('Last-Modified: {-1000}')), get('hit', at=190), get('val', at=210))

# negative_ttl, minimum_expiry_time
for status in (404, 403, 500, 502, 503, 414):
    case('negative_ttl keeps a %d' % status, get('miss', a=A(status=status)), get('hit', at=29, log='TCP_NEGATIVE_HIT'), get('asked', at=31), conf='plain-expiry')
case('negative_ttl does not keep a 200', get('miss'), get('asked'), conf='plain-expiry')
case('negative_ttl and no-store', get('miss', a=A('Cache-Control: no-store', status=404)), get('asked'), conf='plain-expiry')
case('negative_ttl 0, the default', get('miss', a=A(status=404)), get('asked'))
case('a stored 404 with max-age', get('miss', a=A(MAX, status=404)), get('hit', log='TCP_(MEM_|NEGATIVE_)?HIT'))
case('minimum_expiry_time 0: short ones are stored', get('miss', a=A('Cache-Control: max-age=5')), get('hit', at=4), get('asked', at=5), conf='plain-expiry')

# offline_mode, max_stale
case('offline_mode: what is stale is sent', get('miss', a=A(SHORT, 'ETag: "a"')), get('hit', at=10000, log='TCP_OFFLINE_HIT', age=10000), conf='offline')
case('offline_mode: a miss still asks', get('miss', a=A(SHORT)), get('hit', log='TCP_(MEM_|OFFLINE_)?HIT'), conf='offline')
case('max_stale: within', get('miss', a=A(SHORT, 'ETag: "a"')), get('stale', at=150, a=A(nothing=True)), conf='max-stale')
case('max_stale: beyond', get('miss', a=A(SHORT, 'ETag: "a"')), get('fail', at=170, a=A(status=503), status=503), conf='max-stale')
case('max_stale bounds a request\'s max-stale', get('miss', a=A(SHORT, 'ETag: "a"')), get('hit', 'Cache-Control: max-stale', at=150), get('any', 'Cache-Control: max-stale', at=170), conf='max-stale')

# reload_into_ims, refresh_all_ims, cache_miss_revalidate, vary_ignore_expire
case('reload_into_ims', get('miss', a=A(MAX, 'ETag: "a"')), get('val', 'Cache-Control: no-cache', at=1), conf='reload')
case('reload_into_ims without a validator fetches', get('miss', a=A(MAX)), get('asked', 'Cache-Control: no-cache', at=1), conf='reload')
case('refresh_all_ims', get('miss', a=A(MAX, 'Last-Modified: {-1000}')), get('val304', 'If-Modified-Since: {-1000}', a=A('Last-Modified: {-1000}', status=304)), conf='refresh-all-ims')
case('cache_miss_revalidate off: a miss fetches all of it', get('miss', 'If-None-Match: "x"', 'If-Modified-Since: {-10}', a=A(MAX), unasked=['If-None-Match', 'If-Modified-Since']), get('hit'), conf='miss-revalidate-off')
case('cache_miss_revalidate on: the condition goes along', get('any', 'If-None-Match: "x"', times=1, asked=['If-None-Match: "x"']))
case('vary_ignore_expire', get('miss', a=A('Vary: Foo', 'Expires: {+0}', 'Last-Modified: {-1000}')), get('hit', at=100), conf='vary-ignore-expire')
case('vary_ignore_expire: without Vary Expires counts', get('miss', a=A('Expires: {+0}', 'Last-Modified: {-1000}')), get('asked', at=100), conf='vary-ignore-expire')

# sizes
for framing in ('length', 'chunked', 'close'):
    case('maximum_object_size, ' + framing, get('miss', a=A(MAX, body='x' * 5000, framing=framing)), get('miss'), conf='sizes')
    case('minimum_object_size, ' + framing, get('miss', a=A(MAX, body='x' * 500, framing=framing)), get('miss'), conf='sizes')
    case('a size between, ' + framing, get('miss', a=A(MAX, body='x' * 2000, framing=framing)), get('hit'), conf='sizes')

# store_id_program: URLs with /same/ANYTHING get one id
case('store_id_program: two URLs, one object', get('miss', rest='/same/a', a=A(MAX)), get('hit', rest='/same/b', of=0), conf='store-id')
case('store_id_program: ERR leaves the URL', get('miss', rest='/other/a', a=A(MAX)), get('miss', rest='/other/b', a=A(MAX)), get('hit', rest='/other/a', of=0, age=None), conf='store-id')

# rules that judge each request and each answer, also one from the store
RULES = dict(conf='rules')
case('http_access deny holds for what is stored', get('miss', a=A(MAX)), get('none', 'X-Bad: 1', status=403), get('hit'), **RULES)
case('http_reply_access deny holds for what is stored', get('miss', a=A(MAX, 'Content-Type: image/png')), get('none', 'X-Judged: 1', status=403), get('hit'), **RULES)
case('http_reply_access deny: the answer refused to one may be stored for others', get('fail', 'X-Judged: 1', status=403, a=A(MAX, 'Content-Type: image/png')), get('any', status=200, a=A(MAX, 'Content-Type: image/png')), **RULES)
case('reply_header_access holds for what is stored', get('miss', a=A(MAX, 'X-Secret: x'), has=['X-Secret: x']), get('hit', 'X-Hide: 1', lacks=['X-Secret']), get('hit', has=['X-Secret: x']), **RULES)
case('reply_header_access for one is not stored for all', get('miss', 'X-Hide: 1', a=A(MAX, 'X-Secret: x'), lacks=['X-Secret']), get('hit', has=['X-Secret: x']), **RULES)
case('reply_header_access holds for a validated answer', get('miss', a=A(SHORT, 'ETag: "a"', 'X-Secret: x')), get('val', 'X-Hide: 1', at=100, lacks=['X-Secret']), get('hit', at=150, has=['X-Secret: x']), **RULES)
case('miss_access deny: hits only', get('none', 'X-No-Miss: 1', status=403), get('miss', a=A(MAX)), get('hit', 'X-No-Miss: 1'), **RULES)
case('reply_body_max_size holds for what is stored', get('miss', a=A(MAX, body='x' * 2000)), get('none', 'X-Small: 1', status=403), get('hit'), **RULES)
case('reply_body_max_size: small ones pass', get('miss', a=A(MAX)), get('hit', 'X-Small: 1'), **RULES)
