# SPDX-License-Identifier: Apache-2.0
"""RFC 9111, 4.2.4 and 4.3; RFC 5861; RFC 8246: validation, by the client and by the cache; stale answers."""
from cachetest import A, case, get, head

MAX = 'Cache-Control: max-age=3600'
SHORT = 'Cache-Control: max-age=100'
LM = 'Last-Modified: {-3000}'
AGED = 'Last-Modified: {-3100}'      # the same, 100 seconds later
BODY = 'one and the same body'


def client(name, want, stored, *fields, **options):
    """A fresh stored answer and a client's conditions."""
    case('4.3.2 ' + name, get('miss', a=A(MAX, *stored)), get(want, *fields, **options))


# 4.3.2; RFC 9110, 13.1.2: If-None-Match
TAG = ['ETag: "abcdef"']
for name, tags in (('the tag', '"abcdef"'), ('the first of several', '"abcdef", "1234", "5678"'), ('in the middle', '"1234", "abcdef", "5678"'), ('the last', '"1234", "5678", "abcdef"'),
        ('without spaces', '"1234","abcdef"'), ('with empty members', ', ,"abcdef",'), ('*', '*'), ('a weak one of the same', 'W/"abcdef"'), ('among weak ones', 'W/"1", W/"abcdef"')):
    client('If-None-Match matches: ' + name, '304', TAG, 'If-None-Match: ' + tags, has=['ETag: "abcdef"'])
for name, tags in (('another', '"x"'), ('a prefix', '"abcde"'), ('longer', '"abcdefg"'), ('another case', '"ABCDEF"'), ('inside of another tag', '"x,\\"abcdef"'), ('several others', '"a", "b", W/"c"')):
    client('If-None-Match does not match: ' + name, 'hit', TAG, 'If-None-Match: ' + tags)
client('two lines of If-None-Match', '304', TAG, 'If-None-Match: "x"', 'If-None-Match: "abcdef"')
client('a weak stored tag', '304', ['ETag: W/"abcdef"'], 'If-None-Match: W/"abcdef"', has=['ETag: W/"abcdef"'])
client('a weak stored tag, a strong one asked', '304', ['ETag: W/"abcdef"'], 'If-None-Match: "abcdef"')
client('a tag with a comma', '304', ['ETag: "a,b"'], 'If-None-Match: "x", "a,b"')
client('a tag with a comma, another', 'hit', ['ETag: "a"'], 'If-None-Match: "a,b"')
client('an empty tag', '304', ['ETag: ""'], 'If-None-Match: ""')
client('a tag with obs-text', '304', ['ETag: "abcdef\xfc"'], 'If-None-Match: "abcdef\xfc"', has=['ETag: "abcdef\xfc"'])
client('no stored tag', 'hit', [LM], 'If-None-Match: "abcdef"')
client('* and no stored tag', '304', [LM], 'If-None-Match: *')
# RFC 9110, 13.1.3: If-Modified-Since
for form in ('', '850:', 'asc:'):
    client('If-Modified-Since is Last-Modified ' + form, '304', [LM], 'If-Modified-Since: {%s-3000}' % form)
    client('If-Modified-Since is later ' + form, '304', [LM], 'If-Modified-Since: {%s-2000}' % form)
    client('If-Modified-Since is earlier ' + form, 'hit', [LM], 'If-Modified-Since: {%s-3001}' % form)
client('If-Modified-Since in the future', '304', [LM], 'If-Modified-Since: {+3000}')
client('an invalid If-Modified-Since', 'hit', [LM], 'If-Modified-Since: yesterday')
client('two lines of If-Modified-Since', 'any', [LM], 'If-Modified-Since: {-3000}', 'If-Modified-Since: {-3000}')
client('no Last-Modified, If-Modified-Since before Date', 'hit', [], 'If-Modified-Since: {-10}')
client('no Last-Modified, If-Modified-Since is Date', '304', [], 'If-Modified-Since: {+0}')
client('an obsolete stored Last-Modified', '304', ['Last-Modified: {850:-3000}'], 'If-Modified-Since: {-3000}')
# RFC 9110, 13.2.2: precedence
client('If-None-Match matches, If-Modified-Since does not', '304', TAG + [LM], 'If-None-Match: "abcdef"', 'If-Modified-Since: {-5000}')
client('If-None-Match does not, If-Modified-Since does', 'hit', TAG + [LM], 'If-None-Match: "x"', 'If-Modified-Since: {-1}')
client('If-None-Match without a stored tag, If-Modified-Since does', 'hit', [LM], 'If-None-Match: "x"', 'If-Modified-Since: {-1}')
# RFC 9110, 15.4.5: fields of a 304
client('fields of a 304', '304', TAG + ['Vary: Foo', 'Expires: {+100}', 'Content-Location: /x', 'X-A: 1'], 'If-None-Match: "abcdef"',
    has=['ETag: "abcdef"', 'Vary: Foo', 'Expires: {+100}', 'Content-Location: /x', MAX, 'Date: ?', 'Age: 0'])
client('a 304 says no Content-Length but the right one, no coding', '304', TAG, 'If-None-Match: "abcdef"', lacks=['Transfer-Encoding'])
case('4.3.2 HEAD and If-None-Match', get('miss', a=A(MAX, *TAG)), head('304', 'If-None-Match: "abcdef"'), head('hit', 'If-None-Match: "x"'))
case('4.3.2 If-Match, If-Unmodified-Since are the origin\'s', get('miss', a=A(MAX, *TAG)), get('any', 'If-Match: "abcdef"'), get('any', 'If-Unmodified-Since: {+0}'))
case('4.3.2 a stored 404 is not turned into a 304', get('miss', a=A(MAX, *TAG, status=404)), get('hit', 'If-None-Match: "abcdef"', status=404))
case('4.3.2 a stored 301 is not', get('miss', a=A(MAX, *TAG, 'Location: /x', status=301)), get('hit', 'If-None-Match: "abcdef"', status=301))
case('4.3.2 with nothing stored the conditions go on', get('any', 'If-None-Match: "abcdef"', times=1, asked=['If-None-Match: "abcdef"'], a=A(MAX, *TAG, status=304), status=304), get('miss'))
case('4.3.2 with nothing stored If-Modified-Since goes on', get('any', 'If-Modified-Since: {-100}', times=1, asked=['If-Modified-Since: {-100}'], a=A(LM, status=304), status=304), get('miss'))
case('4.3.2 a 200 to a client\'s condition is stored', get('miss', 'If-None-Match: "x"', a=A(MAX, *TAG)), get('hit'))

# 4.3.1: the cache's own conditions; 4.3.3, 4.3.4: what comes back
case('4.3.1 by ETag', get('miss', a=A(SHORT, 'ETag: "a"')), get('val', at=100, asked=['If-None-Match: "a"'], unasked=['If-Modified-Since'], a=A(SHORT, 'ETag: "a"', status=304)),
    get('hit', at=199), get('val', at=200))
case('4.3.1 by a weak ETag', get('miss', a=A(SHORT, 'ETag: W/"a"')), get('val', at=100, asked=['If-None-Match: W/"a"']))
case('4.3.1 by Last-Modified', get('miss', a=A(SHORT, LM)), get('val', at=100, asked=['If-Modified-Since: {-3100}'], unasked=['If-None-Match'], a=A(SHORT, AGED, status=304)), get('hit', at=199))
case('4.3.1 by both', get('miss', a=A(SHORT, LM, 'ETag: "a"')), get('val', at=100, asked=['If-None-Match: "a"', 'If-Modified-Since: {-3100}']))
case('4.3.1 neither: all of it', get('miss', a=A(SHORT)), get('asked', at=100, unasked=['If-None-Match', 'If-Modified-Since'], a=A(SHORT)), get('hit', at=199))
case('4.3.3 the origin sends another', get('miss', a=A(SHORT, 'ETag: "a"')), get('mod', at=100, a=A(SHORT, 'ETag: "b"')), get('hit', at=199), get('val', at=200, asked=['If-None-Match: "b"']))
case('4.3.3 the origin sends 404', get('miss', a=A(SHORT, 'ETag: "a"')), get('mod', at=100, a=A(SHORT, status=404)), get('hit', at=150, status=404))
case('4.3.3 the origin sends a redirect', get('miss', a=A(SHORT, 'ETag: "a"')), get('mod', at=100, a=A('Location: /x', status=302)), get('asked', at=150))
case('4.3.3 the origin sends one that may not be stored', get('miss', a=A(SHORT, 'ETag: "a"')), get('mod', at=100, a=A('Cache-Control: no-store')), get('asked', at=101))
case('4.3.3 the same tag, but all of it', get('miss', a=A(SHORT, 'ETag: "a"')), get('mod', at=100, a=A(SHORT, 'ETag: "a"')), get('hit', at=150))
case('4.3.4 a 304 without a word on freshness', get('miss', a=A(SHORT, 'ETag: "a"')), get('val', at=100, a=A(status=304)), get('hit', at=199, age=99), get('val', at=200))
case('4.3.4 a 304 with another lifetime', get('miss', a=A(SHORT, 'ETag: "a"')), get('val', at=100, a=A('Cache-Control: max-age=1000', status=304)), get('hit', at=1099))
case('4.3.4 a 304 with Expires', get('miss', a=A('Expires: {+100}', 'ETag: "a"')), get('val', at=100, a=A('Expires: {+100}', status=304)), get('hit', at=199), get('val', at=200))
case('4.3.4 a 304 with Age', get('miss', a=A(SHORT, 'ETag: "a"')), get('val', at=100, a=A('Age: 50', status=304)), get('hit', at=149, age=99), get('val', at=150))
case('4.3.4 a 304 that says no-store', get('miss', a=A(SHORT, 'ETag: "a"')), get('val', at=100, a=A('Cache-Control: no-store', status=304)), get('asked', at=101))
case('4.3.4 a 304 without Date', get('miss', a=A(SHORT, 'ETag: "a"')), get('val', at=100, a=A(status=304, date=False)), get('hit', at=199))
case('4.3.4 a 304 with the same tag twice', get('miss', a=A(SHORT, 'ETag: "a"')), get('val', at=100, a=A('ETag: "a"', SHORT, status=304)), get('val', at=200, a=A('ETag: "a"', SHORT, status=304)), get('hit', at=299))
case('4.3.4 a 304 with another Last-Modified and the same tag', get('miss', a=A(SHORT, LM, 'ETag: "a"')), get('val', at=100, a=A('ETag: "a"', 'Last-Modified: {-50}', status=304)))
case('4.3.4 no-cache is validated each time', get('miss', a=A('Cache-Control: no-cache', 'ETag: "a"')), *[get('val') for _ in range(3)])
case('4.3.4 the object stays whole through ten validations', get('miss', a=A(SHORT, 'ETag: "a"', body='0123456789' * 10000)), *[get('val', at=100 * i, a=A(SHORT, status=304)) for i in range(1, 11)],
    get('hit', at=1099))

# 3.2: fields that a 304 changes
for name, first, second in (('Test-Header', 'A', 'B'), ('X-Test-Header', 'A', 'B'), ('Content-Foo', 'A', 'B'), ('X-Content-Foo', 'A', 'B'), ('Content-Location', '/foo', '/bar'),
        ('Content-Security-Policy', "default-src 'self'", "default-src 'self' cdn.example.com"), ('X-Frame-Options', 'deny', 'sameorigin'), ('X-XSS-Protection', '1', '1; mode=block'),
        ('Clear-Site-Data', 'cache', 'cookies'), ('Public-Key-Pins', 'A', 'B'), ('Expires', '{+100}', '{+3600}'), ('Link', '</a>', '</b>')):
    for validator in (LM, 'ETag: "x"'):
        case('3.2 a 304 (%s) changes %s' % (validator.split(':')[0], name), get('miss', a=A(SHORT, validator, '%s: %s' % (name, first))),
            get('val', at=100, a=A(MAX, '%s: %s' % (name, second), status=304), has=['%s: %s' % (name, second)]),
            get('hit', at=150, has=['%s: %s' % (name, '?' if name == 'Expires' else second)], x=None))
    case('3.2 a 304 that has no %s leaves it' % name, get('miss', a=A(SHORT, LM, '%s: %s' % (name, '/' + first if first.startswith('{') else first))),
        get('val', at=100, a=A(MAX, status=304), has=['%s: ?' % name]), get('hit', at=150, has=['%s: ?' % name]))
case('3.2 a 304 adds a field', get('miss', a=A(SHORT, LM)), get('val', at=100, a=A(MAX, 'X-New: 1', status=304), has=['X-New: 1']), get('hit', at=150, has=['X-New: 1']))
case('3.2 lines of a field are replaced as a whole', get('miss', a=A(SHORT, LM, 'X-A: 1', 'X-A: 2')), get('val', at=100, a=A(MAX, 'X-A: 3', status=304), has=['X-A: 3']), get('hit', at=150, has=['X-A: 3']))
case('3.2 Cache-Control of a 304 takes the place of the stored', get('miss', a=A(SHORT, LM)), get('val', at=100, a=A(MAX, status=304), has=[MAX]), get('hit', at=150, has=[MAX]))
for line in ('Content-Encoding: x', 'Content-Length: 5', 'Content-Range: bytes 0-1/2'):
    case('3.2 a 304 does not change ' + line, get('miss', a=A(SHORT, LM)), get('val', at=100, a=A(MAX, line, status=304)), get('hit', at=150, lacks=['Content-Encoding', 'Content-Range']))
for name in ('Connection', 'Keep-Alive', 'Proxy-Authenticate', 'Upgrade', 'Transfer-Encoding', 'Set-Cookie'):
    case('3.1 a 304 brings no %s into the store' % name, get('miss', a=A(SHORT, LM)), get('any', at=100, a=A(MAX, '%s: %s' % (name, 'X-A' if name == 'Connection' else 'chunked' if name == 'Transfer-Encoding' else 'a=b'), status=304)),
        get('any' if name == 'Transfer-Encoding' else 'hit', at=150, of=0, lacks=[name], age=None if name != 'Transfer-Encoding' else 'auto'))

# the client's condition and the cache's own
case('4.3.2 stale, the client has what is stored', get('miss', a=A(SHORT, 'ETag: "a"')), get('val304', 'If-None-Match: "a"', at=100, a=A(SHORT, 'ETag: "a"', status=304)), get('hit', at=150, of=0))
case('4.3.2 stale, the client has another', get('miss', a=A(SHORT, 'ETag: "a"')), get('val', 'If-None-Match: "old"', at=100, a=A(SHORT, 'ETag: "a"', status=304)), get('hit', at=150, of=0))
case('4.3.2 stale, the client has a newer one than the store', get('miss', a=A(SHORT, 'ETag: "a"')), get('any', 'If-None-Match: "b"', at=100, a=A(SHORT, 'ETag: "b"', status=304), status=304), get('any', at=101))
case('4.3.2 stale, If-Modified-Since', get('miss', a=A(SHORT, LM)), get('val304', 'If-Modified-Since: {-3100}', at=100, a=A(SHORT, AGED, status=304)), get('hit', at=150, of=0))
case('4.3.2 stale, If-Modified-Since older than the stored', get('miss', a=A(SHORT, LM)), get('val', 'If-Modified-Since: {-5000}', at=100, a=A(SHORT, AGED, status=304)), get('hit', at=150, of=0))
case('4.3.2 stale, both changed', get('miss', a=A(SHORT, 'ETag: "a"')), get('asked', 'If-None-Match: "a"', at=100, a=A(SHORT, 'ETag: "b"')), get('hit', at=150))

# 4.3.5: HEAD
case('4.3.5 HEAD of a stale object goes to the origin as HEAD', get('miss', a=A(SHORT, 'X-A: 1', body=BODY)), head('any', at=100, times=1, a=A(SHORT, body=BODY), status=200))
case('4.3.5 HEAD freshens', get('miss', a=A(SHORT, 'ETag: "a"', 'X-A: 1', body=BODY)), head('any', at=100, times=1, a=A(MAX, 'ETag: "a"', 'X-A: 2', body=BODY), has=['X-A: 2']),
    get('hit', at=150, of=0, has=['X-A: 2'], age=50))
case('4.3.5 HEAD with another tag makes it stale', get('miss', a=A(MAX, 'ETag: "a"', body=BODY)), head('any', 'Cache-Control: no-cache', at=1, times=1, a=A(MAX, 'ETag: "b"', body=BODY)), get('asked', at=2, a=A(MAX, 'ETag: "b"')))
case('4.3.5 HEAD with another length makes it stale', get('miss', a=A(MAX, 'ETag: "a"', body=BODY)), head('any', 'Cache-Control: no-cache', at=1, times=1, a=A(MAX, 'ETag: "a"', body=BODY + 'x')), get('asked', at=2))
case('4.3.5 HEAD with another Last-Modified makes it stale', get('miss', a=A(MAX, LM, body=BODY)), head('any', 'Cache-Control: no-cache', at=1, times=1, a=A(MAX, 'Last-Modified: {-5}', body=BODY)), get('asked', at=2))
case('4.3.5 an error answered to HEAD changes nothing', get('miss', a=A(MAX, 'ETag: "a"', body=BODY)), head('any', 'Cache-Control: no-cache', at=1, times=1, a=A(status=500, body=BODY)), get('hit', at=2, of=0, age=2))

# 4.2.4: stale answers when the origin fails
for name, bad in (('closes', A(nothing=True)), ('500', A(status=500)), ('502', A(status=502)), ('503', A(status=503)), ('504', A(status=504))):
    case('4.2.4 the origin fails (%s): what is stale is sent' % name, get('miss', a=A(SHORT, 'ETag: "a"')), get('stale', at=150, a=bad, age=150), get('val', at=151))
    case('5861 4 stale-if-error, ' + name, get('miss', a=A(SHORT + ', stale-if-error=60', 'ETag: "a"')), get('stale', at=150, a=bad), get('fail', at=161, a=bad, x=lambda c, got, seen: None, status=None))
    for directive in ('must-revalidate', 'proxy-revalidate', 'no-cache', 's-maxage=100'):
        case('4.2.4 %s: never stale (%s)' % (directive, name), get('miss', a=A(SHORT + ', ' + directive, 'ETag: "a"')), get('fail', at=150, a=bad, status=504 if name == 'closes' else bad.status))
    case('4.2.4 must-revalidate and stale-if-error (%s)' % name, get('miss', a=A(SHORT + ', must-revalidate, stale-if-error=600', 'ETag: "a"')), get('fail', at=150, a=bad, status=504 if name == 'closes' else bad.status))
case('5861 4 beyond its time the error is passed on', get('miss', a=A(SHORT + ', stale-if-error=60', 'ETag: "a"')), get('fail', at=161, a=A(status=503), status=503))
case('5861 4 stale-if-error=0', get('miss', a=A(SHORT + ', stale-if-error=0', 'ETag: "a"')), get('fail', at=150, a=A(status=503), status=503))
case('5861 4 in the request', get('miss', a=A(SHORT, 'ETag: "a"')), get('stale', 'Cache-Control: stale-if-error=600', at=150, a=A(status=503)))
case('5861 4 a 404 is no failure', get('miss', a=A(SHORT + ', stale-if-error=600', 'ETag: "a"')), get('mod', at=150, a=A(status=404)))
case('5861 4 501 is none either', get('miss', a=A(SHORT + ', stale-if-error=600', 'ETag: "a"')), get('mod', at=150, a=A(status=501)))
case('5861 4 without a validator too', get('miss', a=A(SHORT + ', stale-if-error=600')), get('stale', at=150, a=A(status=503)), get('stale', at=200, a=A(nothing=True)))
case('4.2.4 an error for a client\'s reload is passed on', get('miss', a=A(MAX, 'ETag: "a"')), get('fail', 'Cache-Control: no-cache', at=1, a=A(status=503), status=503), get('hit', at=2, of=0, age=2))

# RFC 5861, 3: stale-while-revalidate
SWR = SHORT + ', stale-while-revalidate=60'
case('5861 3 answered at once, validated behind', get('miss', a=A(SWR, 'ETag: "a"')), get('behind', at=150, a=A(SWR, 'ETag: "a"', status=304), age=150), get('hit', at=151, age=1))
case('5861 3 the limit', get('miss', a=A(SWR, 'ETag: "a"')), get('val', at=161, a=A(SWR, status=304)))
case('5861 3 nobody is there for another protocol', get('miss', a=A(SWR, 'ETag: "a"')), get('behind', 'Upgrade: foo', 'Connection: upgrade', at=150, a=A(SWR, 'ETag: "a"', status=304), age=150, unasked=['Upgrade']))
case('4.3 another protocol says nothing of what is stored', get('miss', a=A(SHORT, 'ETag: "a"')), get('any', 'Upgrade: foo', 'Connection: upgrade', at=150, status=101,
    a=A('Upgrade: foo', 'Connection: upgrade', status=101, framing='close')), get('val', at=151))
case('5861 3 the last second', get('miss', a=A(SWR, 'ETag: "a"')), get('behind', at=160, a=A(SWR, status=304)), get('hit', at=161, age=1))
case('5861 3 replaced behind', get('miss', a=A(SWR, 'ETag: "a"')), get('behind', at=150, a=A(SWR, 'ETag: "b"', body='the new one'), gets=None, of=0, age=150), get('hit', at=151, of=0, gets='the new one', age=1))
case('5861 3 the validation behind fails', get('miss', a=A(SWR, 'ETag: "a"')), get('behind', at=150, a=A(status=503), age=150), get('behind', at=155, of=0, a=A(SWR, status=304), age=155))
case('5861 3 the validation behind gets no answer', get('miss', a=A(SWR, 'ETag: "a"')), get('any', at=150, a=A(nothing=True), status=200, age=150), get('any', at=155))
case('5861 3 fresh: nothing is asked', get('miss', a=A(SWR, 'ETag: "a"')), get('hit', at=99))
for directive in ('must-revalidate', 'proxy-revalidate', 'no-cache'):
    case('5861 3 not with ' + directive, get('miss', a=A(SWR + ', ' + directive, 'ETag: "a"')), get('val', at=150))
case('5861 3 not against max-age=0', get('miss', a=A(SWR, 'ETag: "a"')), get('val', 'Cache-Control: max-age=0', at=150))
case('5861 3 not against no-cache', get('miss', a=A(SWR, 'ETag: "a"')), get('asked', 'Cache-Control: no-cache', at=150))
case('5861 3 an invalid value', get('miss', a=A(SHORT + ', stale-while-revalidate=x', 'ETag: "a"')), get('val', at=150))
case('5861 3 without a validator', get('miss', a=A(SWR)), get('hit', at=150, times=1, age=150, a=A(SWR, body='the new one')), get('hit', at=151, of=1, age=None))

# RFC 8246
case('8246 fresh', get('miss', a=A(MAX + ', immutable', 'ETag: "a"')), get('hit', at=3599), get('val', at=3600))
case('8246 no-cache still asks', get('miss', a=A(MAX + ', immutable', 'ETag: "a"')), get('asked', 'Cache-Control: no-cache', at=1))
case('8246 stale is validated', get('miss', a=A(SHORT + ', immutable', 'ETag: "a"')), get('val', 'Cache-Control: max-age=0', at=100))
