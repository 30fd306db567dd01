# SPDX-License-Identifier: Apache-2.0
"""RFC 9111, 5.2.1 and 5.4: what requests may ask of a cache."""
from cachetest import A, case, get, head

MAX = 'Cache-Control: max-age=3600'
CC = 'Cache-Control: '

# 5.2.1.1 max-age
case('5.2.1.1 max-age=0 with a validator', get('miss', a=A(MAX, 'ETag: "a"')), get('val', CC + 'max-age=0'), get('val', CC + 'max-age=0', at=1), get('hit', at=1))
case('5.2.1.1 max-age=0 without a validator', get('miss', a=A(MAX)), get('asked', CC + 'max-age=0', at=1))
case('5.2.1.1 max-age=1 and an older answer', get('miss', a=A(MAX)), get('asked', CC + 'max-age=1', at=10))
case('5.2.1.1 the limit', get('miss', a=A(MAX)), get('hit', CC + 'max-age=50', at=50), get('asked', CC + 'max-age=50', at=51))
case('5.2.1.1 Age counts', get('miss', a=A(MAX, 'Age: 1800')), get('hit', CC + 'max-age=1800'), get('asked', CC + 'max-age=600'))
case('5.2.1.1 it makes nothing fresher', get('miss', a=A('Cache-Control: max-age=100')), get('asked', CC + 'max-age=1000', at=100))
case('5.2.1.1 quoted', get('miss', a=A(MAX, 'ETag: "a"')), get('val', CC + 'max-age="0"', at=1))
case('5.2.1.1 in another case', get('miss', a=A(MAX, 'ETag: "a"')), get('val', CC + 'MAX-AGE=0', at=1))
case('5.2.1.1 overflow', get('miss', a=A(MAX)), get('hit', CC + 'max-age=99999999999999999999'))
case('5.2.1.1 HEAD', get('miss', a=A(MAX)), head('hit', CC + 'max-age=10', at=10), head('asked', CC + 'max-age=10', at=11))

# 5.2.1.2 max-stale
case('5.2.1.2 max-stale with a value', get('miss', a=A('Cache-Control: max-age=100')), get('hit', CC + 'max-stale=50', at=150), get('asked', CC + 'max-stale=50', at=151))
case('5.2.1.2 max-stale without a value', get('miss', a=A('Cache-Control: max-age=100')), get('hit', CC + 'max-stale', at=10000))
case('5.2.1.2 Age counts', get('miss', a=A('Cache-Control: max-age=1500', 'Age: 2000', 'ETag: "a"')), get('hit', CC + 'max-stale=1000'), get('val', CC + 'max-stale=400'))
for name, fields in (('Age', ('Cache-Control: max-age=1500', 'Age: 2000')), ('Date', ('Date: {-2000}', 'Expires: {-500}'))):
    case('5.2.1.2 what came stale by its %s, without a validator' % name, get('miss', a=A(*fields)), get('hit', CC + 'max-stale=1000'), get('asked', CC + 'max-stale=400', a=A(*fields)),
        get('hit', CC + 'max-stale'), get('asked', a=A(*fields)))
for directive in ('must-revalidate', 'proxy-revalidate', 'no-cache', 's-maxage=100'):
    case('5.2.1.2 max-stale does not overrule ' + directive, get('miss', a=A('Cache-Control: max-age=100, ' + directive, 'ETag: "a"')), get('val', CC + 'max-stale=1000', at=101))
case('5.2.1.2 heuristic freshness too', get('miss', a=A('Last-Modified: {-1000}')), get('hit', CC + 'max-stale=100', at=250), get('val', CC + 'max-stale=100', at=310))
case('5.2.1.2 max-stale and max-age', get('miss', a=A('Cache-Control: max-age=100', 'ETag: "a"')), get('hit', CC + 'max-stale=100, max-age=160', at=150), get('val', CC + 'max-stale=100, max-age=120', at=150))

# 5.2.1.3 min-fresh
case('5.2.1.3 min-fresh', get('miss', a=A('Cache-Control: max-age=100', 'ETag: "a"')), get('hit', CC + 'min-fresh=50', at=50), get('val', CC + 'min-fresh=50', at=51))
case('5.2.1.3 more than there ever is', get('miss', a=A('Cache-Control: max-age=1500', 'ETag: "a"')), get('val', CC + 'min-fresh=2000'))
case('5.2.1.3 Age counts', get('miss', a=A('Cache-Control: max-age=1500', 'Age: 1000', 'ETag: "a"')), get('hit', CC + 'min-fresh=500'), get('val', CC + 'min-fresh=1000'))
case('5.2.1.3 with max-stale', get('miss', a=A('Cache-Control: max-age=100', 'ETag: "a"')), get('any', CC + 'min-fresh=50, max-stale=10', at=60))

# 5.2.1.4 no-cache, 5.4 Pragma
RELOAD = 'TCP_CLIENT_REFRESH_MISS'
for name, line in (('no-cache', CC + 'no-cache'), ('No-Cache', CC + 'No-Cache'), ('among others', CC + 'foo, no-cache, bar="x"'), ('Pragma', 'Pragma: no-cache')):
    case('5.2.1.4 %s fetches anew' % name, get('miss', a=A(MAX)), get('asked', line, log=RELOAD, a=A(MAX)), get('hit', of=1))
    case('5.2.1.4 %s and a validator' % name, get('miss', a=A(MAX, 'ETag: "a"', 'Last-Modified: {-100}')), get('asked', line, log=RELOAD, a=A(MAX)), get('hit', of=1))
case('5.2.1.4 no-cache with nothing stored', get('miss', CC + 'no-cache', a=A(MAX)), get('hit'))
case('5.2.1.4 no-cache goes on to the origin', get('miss', CC + 'no-cache', asked=['Cache-Control: no-cache']))
case('5.4 another Pragma', get('miss', a=A(MAX)), get('hit', 'Pragma: foo'))
case('5.2.1.4 no-cache in a quoted string is none', get('miss', a=A(MAX)), get('hit', CC + 'ext="no-cache"'))
case('5.2.3 unknown directives', get('miss', a=A(MAX)), get('hit', CC + 'nothing-to-see-here'), get('hit', CC + 'no-cachee'), get('hit', CC + ', ,'))
case('5.2.1.6 no-transform', get('miss', a=A(MAX)), get('hit', CC + 'no-transform'))

# 5.2.1.7 only-if-cached
case('5.2.1.7 nothing stored', get('none', CC + 'only-if-cached', status=504), get('miss'))
case('5.2.1.7 stored', get('miss', a=A(MAX)), get('hit', CC + 'only-if-cached'))
case('5.2.1.7 stale', get('miss', a=A('Cache-Control: max-age=100', 'ETag: "a"')), get('hit', CC + 'only-if-cached', at=99), get('none', CC + 'only-if-cached', status=504, at=100),
    get('hit', CC + 'only-if-cached, max-stale=100', at=100))
case('5.2.1.7 with max-age', get('miss', a=A(MAX)), get('none', CC + 'only-if-cached, max-age=10', status=504, at=11))
case('5.2.1.7 another variant', get('miss', 'Foo: 1', a=A(MAX, 'Vary: Foo')), get('none', 'Foo: 2', CC + 'only-if-cached', status=504), get('hit', 'Foo: 1', CC + 'only-if-cached'))
case('5.2.1.7 no-cache answers', get('miss', a=A('Cache-Control: no-cache', 'ETag: "a"')), get('none', CC + 'only-if-cached', status=504))
case('5.2.1.7 HEAD', head('none', CC + 'only-if-cached', status=504))
case('5.2.1.7 the 504 is not stored', get('none', CC + 'only-if-cached', status=504), get('miss', a=A(MAX)), get('hit', CC + 'only-if-cached'))
