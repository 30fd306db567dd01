# SPDX-License-Identifier: Apache-2.0
"""RFC 9111, 4.1: Vary."""
from cachetest import A, case, get, head, send

MAX = 'Cache-Control: max-age=3600'


def vary(*names):
    return A(MAX, *['Vary: ' + n for n in names])


def pair(name, want, first, second, *names):
    """Requests with these fields, one after the other."""
    case('4.1 ' + name, get('miss', *first, a=vary(*names)), get(want, *second, a=vary(*names)))


pair('the same value', 'hit', ['Foo: 1'], ['Foo: 1'], 'Foo')
pair('another value', 'miss', ['Foo: 1'], ['Foo: 2'], 'Foo')
pair('absent then', 'miss', ['Foo: 1'], [], 'Foo')
pair('absent before', 'miss', [], ['Foo: 1'], 'Foo')
pair('absent both times', 'hit', [], [], 'Foo')
pair('empty is not absent', 'miss', ['Foo:'], [], 'Foo')
pair('names are without case', 'hit', ['foo: 1'], ['FOO: 1'], 'fOo')
pair('other fields are not in the key', 'hit', ['Foo: 1', 'Other: 2'], ['Foo: 1', 'Other: 3'], 'Foo')
pair('two fields, both the same', 'hit', ['Foo: 1', 'Bar: a'], ['Foo: 1', 'Bar: a'], 'Foo, Bar')
pair('two fields, the first another', 'miss', ['Foo: 1', 'Bar: a'], ['Foo: 2', 'Bar: a'], 'Foo, Bar')
pair('two fields, the second another', 'miss', ['Foo: 1', 'Bar: a'], ['Foo: 1', 'Bar: b'], 'Foo, Bar')
pair('two fields, one absent', 'miss', ['Foo: 1', 'Bar: a'], ['Foo: 1'], 'Foo, Bar')
pair('two fields, both absent then', 'miss', ['Foo: 1'], [], 'Foo, Bar')
pair('two fields in two lines', 'miss', ['Foo: 1', 'Bar: a'], ['Foo: 1', 'Bar: b'], 'Foo', 'Bar')
pair('three fields the same', 'hit', ['Foo: 1', 'Bar: abc', 'Baz: 789'], ['Foo: 1', 'Bar: abc', 'Baz: 789'], 'Foo, Bar, Baz')
pair('three fields, the first another', 'miss', ['Foo: 1', 'Bar: abc', 'Baz: 789'], ['Foo: 2', 'Bar: abc', 'Baz: 789'], 'Foo, Bar, Baz')
pair('three fields, the last another', 'miss', ['Foo: 1', 'Bar: abc', 'Baz: 789'], ['Foo: 1', 'Bar: abc', 'Baz: 7890'], 'Foo, Bar, Baz')
pair('three fields, one another by its end', 'miss', ['Foo: 1', 'Bar: abc4', 'Baz: 789'], ['Foo: 1', 'Bar: abc', 'Baz: 789'], 'Foo, Bar, Baz')
pair('three fields, one absent both times', 'hit', ['Foo: 1', 'Baz: 789'], ['Foo: 1', 'Baz: 789'], 'Foo, Bar, Baz')
pair('the order of the request\'s fields is of no matter', 'hit', ['Foo: 1', 'Bar: a'], ['Bar: a', 'Foo: 1'], 'Foo, Bar')
pair('values do not run into each other', 'miss', ['Foo: 1', 'Bar: 23'], ['Foo: 12', 'Bar: 3'], 'Foo, Bar')
pair('values that look like separators', 'miss', ['Foo: a, Bar: b'], ['Foo: a', 'Bar: b'], 'Foo, Bar')
pair('a list with odd spaces and commas', 'miss', ['Foo: 1', 'Bar: a'], ['Foo: 1', 'Bar: b'], ' Foo ,  ,BAR,')
pair('the same name twice', 'hit', ['Foo: 1'], ['Foo: 1'], 'Foo, foo')
pair('many fields', 'miss', ['F%d: x' % i for i in range(30)], ['F%d: x' % i for i in range(29)] + ['F29: y'], ', '.join('F%d' % i for i in range(30)))
pair('many fields the same', 'hit', ['F%d: x' % i for i in range(30)], ['F%d: x' % i for i in range(30)], ', '.join('F%d' % i for i in range(30)))
pair('a long value', 'hit', ['Foo: ' + 'a' * 4000], ['Foo: ' + 'a' * 4000], 'Foo')
pair('a long value with another end', 'miss', ['Foo: ' + 'a' * 4000], ['Foo: ' + 'a' * 3999 + 'b'], 'Foo')
pair('values are case-sensitive', 'miss', ['Foo: a'], ['Foo: A'], 'Foo')

# what the origin did not see selects nothing
pair('who names a field in Connection does not choose for whom the answer is', 'miss', ['Foo: 1', 'Connection: Foo'], ['Foo: 1'], 'Foo')
pair('what Connection names is absent', 'hit', ['Foo: 1', 'Connection: keep-alive, foo'], [], 'Foo')
pair('what Connection names is absent, later', 'hit', [], ['Foo: 1', 'Connection: Foo'], 'Foo')
pair('what Connection names, in another line', 'miss', ['Foo: 1', 'Connection: keep-alive', 'Connection: Foo'], ['Foo: 1'], 'Foo')
pair('Connection that names other fields', 'hit', ['Foo: 1', 'Connection: keep-alive, Bar'], ['Foo: 1'], 'Foo')
pair('what the proxy makes of the client is no client\'s field', 'miss', [], [], 'X-Forwarded-For')
pair('what the proxy makes of the client, in another case', 'miss', ['X-Forwarded-For: 1.2.3.4'], ['X-Forwarded-For: 1.2.3.4'], 'Foo, x-forwarded-for')
case('4.1 what request_header_access takes away is absent', get('miss', 'Foo: 1', 'X-Strip: 1', a=vary('Foo')), get('miss', 'Foo: 1', a=vary('Foo')), get('hit', 'Foo: 1', of=1), get('hit', of=0), get('hit', 'Foo: 2', 'X-Strip: 1', of=0),
    conf='rules')

# normalising
pair('spaces around the value', 'hit', ['Foo: 1'], ['Foo:    1  '], 'Foo')
pair('spaces in a list', 'hit', ['Foo: 1,2'], ['Foo:  1, 2 '], 'Foo')
pair('lines are combined', 'hit', ['Foo: 1, 2'], ['Foo: 1', 'Foo: 2'], 'Foo')
pair('lines in another order are another value', 'miss', ['Foo: 1', 'Foo: 2'], ['Foo: 2', 'Foo: 1'], 'Foo')
pair('Accept-Language in another order', 'hit', ['Accept-Language: en, de'], ['Accept-Language: de, en'], 'Accept-Language')
pair('Accept-Language in another case', 'hit', ['Accept-Language: en, de'], ['Accept-Language: eN, De'], 'Accept-Language')
pair('Accept-Language with other weights', 'miss', ['Accept-Language: en, de;q=0.5'], ['Accept-Language: de, en;q=0.5'], 'Accept-Language')
pair('Accept-Encoding, spaces', 'hit', ['Accept-Encoding: gzip, br'], ['Accept-Encoding: gzip,br'], 'Accept-Encoding')
pair('Accept-Encoding, another', 'miss', ['Accept-Encoding: gzip'], ['Accept-Encoding: identity'], 'Accept-Encoding')
pair('quoted strings are left alone', 'miss', ['Foo: "a, b"'], ['Foo: "a,b"'], 'Foo')
pair('Cookie', 'miss', ['Cookie: a=1; b=2'], ['Cookie: a=1; b=3'], 'Cookie')
pair('User-Agent', 'miss', ['User-Agent: a'], ['User-Agent: b'], 'User-Agent')
pair('User-Agent, the same', 'hit', ['User-Agent: a'], ['User-Agent: a'], 'User-Agent')

# *
for name, lines in (('*', ['*']), ('*, *', ['*, *']), ('two lines of *', ['*', '*']), ('empty member and *', [', *']), ('an empty line and *', ['', '*']), ('*, Foo', ['*, Foo']),
        ('Foo, *', ['Foo, *']), ('Foo and * in lines', ['Foo', '*'])):
    pair('never reused: ' + name, 'miss', ['Foo: 1'], ['Foo: 1'], *lines)
pair('an empty Vary is none', 'hit', ['Foo: 1'], ['Foo: 2'], '')

# several variants
case('4.1 variants live side by side', get('miss', 'Foo: 1', a=vary('Foo')), get('miss', 'Foo: 2', a=vary('Foo')), get('miss', 'Foo: 3', a=vary('Foo')),
    get('hit', 'Foo: 1', of=0, age=None), get('hit', 'Foo: 2', of=1), get('hit', 'Foo: 3', of=2), get('miss', a=vary('Foo')), get('hit', 'Foo: 2', of=1), get('hit', of=6))
case('4.1 a hundred variants', *[get('miss', 'Foo: %d' % i, a=vary('Foo')) for i in range(40)], get('hit', 'Foo: 39', of=39), get('hit', 'Foo: 20', of=20))
case('4.1 each variant ages by itself', get('miss', 'Foo: 1', a=A('Cache-Control: max-age=100', 'Vary: Foo')), get('miss', 'Foo: 2', at=50, a=A('Cache-Control: max-age=100', 'Vary: Foo')),
    get('miss', 'Foo: 1', at=100, a=vary('Foo')), get('hit', 'Foo: 2', at=149, of=1, age=99), get('miss', 'Foo: 2', at=150, a=vary('Foo')))
case('4.1 another Vary with a later answer', get('miss', 'Foo: 1', 'Bar: 1', a=vary('Foo')), get('miss', 'Foo: 2', 'Bar: 2', a=vary('Bar')), get('miss', 'Foo: 3', 'Bar: 3', a=vary('Foo')))
case('4.1 a fresh variant is used with another Vary beside it', get('miss', 'Foo: 1', 'Bar: 1', a=vary('Foo')), get('miss', 'Foo: 2', 'Bar: 2', a=vary('Bar')), get('hit', 'Foo: 9', 'Bar: 2', of=1))
case('4.1 the newest of several that match', get('miss', 'Foo: 1', a=vary('Foo')), get('miss', 'Foo: 2', 'Bar: 1', at=10, a=vary('Bar')), get('hit', 'Foo: 1', 'Bar: 1', at=10, of=1, age=0))
case('4.1 no Vary any more', get('miss', 'Foo: 1', a=A('Cache-Control: max-age=100', 'Vary: Foo')), get('miss', 'Foo: 1', at=100, a=A(MAX)), get('hit', 'Foo: 2', at=100))
case('4.1 Vary comes later', get('miss', 'Foo: 1', a=A('Cache-Control: max-age=100')), get('hit', 'Foo: 2', of=0), get('miss', 'Foo: 1', at=100, a=vary('Foo')), get('miss', 'Foo: 2', at=100, a=vary('Foo')),
    get('hit', 'Foo: 1', at=100, of=2))
case('4.1 the Vary line is sent with a hit', get('miss', 'Foo: 1', a=vary('Foo, Bar')), get('hit', 'Foo: 1', has=['Vary: Foo, Bar']))
case('4.1 HEAD is answered from the variant', get('miss', 'Foo: 1', a=A(MAX, 'Vary: Foo', 'X-A: 1')), head('hit', 'Foo: 1', has=['X-A: 1']), head('miss', 'Foo: 2'))
case('4.1 an invalidation takes all variants', get('miss', 'Foo: 1', a=vary('Foo')), get('miss', 'Foo: 2', a=vary('Foo')), send('POST', body=b'x'), get('miss', 'Foo: 1'), get('miss', 'Foo: 2'))

# 4.3.1 with variants
TAGGED = [A('Cache-Control: max-age=100', 'Vary: Foo', 'ETag: "%s"' % t) for t in 'abc']
case('4.3.1 a stale variant is validated with the field that selects it', get('miss', 'Foo: 1', a=TAGGED[0]), get('val', 'Foo: 1', at=100, asked=['Foo: 1', 'If-None-Match: "a"']))
case('4.3.1 a new variant is asked for with the tags of the others', get('miss', 'Foo: 1', a=TAGGED[0]), get('miss', 'Foo: 2', a=TAGGED[1]),
    get('any', 'Foo: 3', a=A('Vary: Foo', 'ETag: "c"', MAX)), get('hit', 'Foo: 3', of=2))
case('4.3.4 a 304 freshens the variant whose tag it has', get('miss', 'Foo: 1', a=TAGGED[0]), get('miss', 'Foo: 2', a=TAGGED[1]),
    get('any', 'Foo: 1', at=100, a=A('ETag: "a"', 'Vary: Foo', MAX, status=304)), get('hit', 'Foo: 1', at=100, of=0, age=None))
