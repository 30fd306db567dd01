# SPDX-License-Identifier: Apache-2.0
"""RFC 9111, 4.2 and 5.1 to 5.3: how old, and fresh for how long. The clock stands still, so that the second is exact."""
from cachetest import A, case, fresh_for, get, head, not_reused, reused

DAY = 86400

# 4.2.1, 5.2.2.1: max-age, 5.2.2.10: s-maxage
for cc, lifetime in (
        ('max-age=100', 100), ('MaX-aGe=100', 100), ('max-age="100"', 100), ('max-age=000100', 100), ('foobar, max-age=100', 100), ('max-age=100, foobar=1', 100),
        (', ,max-age=100,,', 100), ('\tmax-age=100\t', 100), ('max-age=100,foo="a, max-age=1000"', 100), ('foo="max-age=1000", max-age=100', 100),
        ('foo="max-age=1000\\", x", max-age=100', 100), ('s-maxage=100', 100), ('S-MaxAge=100', 100), ('s-maxage="100"', 100), ('max-age=1000, s-maxage=100', 100),
        ('s-maxage=100, max-age=1000', 100), ('max-age=100, s-maxage=1000', 1000), ('s-maxage=1000, max-age=100', 1000), ('s-maxage=1000, max-age=0', 1000),
        ('max-age=100, public', 100), ('max-age=100, must-revalidate', 100), ('max-age=100, proxy-revalidate', 100), ('max-age=100, stale-if-error=0', 100),
        ('max-age=100, immutable', 100), ('max-age=61', 61), ('x-max-age=1000, max-age=100', 100), ('max-age=100, max-age=100', 100)):
    fresh_for('4.2.1 ' + cc.strip(), lifetime, 'Cache-Control: ' + cc, 'ETag: "a"')
fresh_for('4.2.1 s-maxage in its own line', 100, 'Cache-Control: max-age=1000', 'Cache-Control: s-maxage=100')
fresh_for('4.2.1 a field name in another case', 100, 'cAcHe-CoNtRoL: max-age=100')
for cc in ('max-age=2147483647', 'max-age=2147483648', 'max-age=2147483649', 'max-age=4294967295', 'max-age=4294967296', 'max-age=4294967297', 'max-age=99999999999',
        'max-age=9223372036854775807', 'max-age=9223372036854775808', 'max-age=18446744073709551616', 'max-age=100000000000000000000000000000000000', 's-maxage=99999999999'):
    case('5.2 overflow: ' + cc, get('miss', a=A('Cache-Control: ' + cc)), get('hit'), get('hit', at=30 * DAY))
for cc in ('max-age=0', 'max-age=-1', 'max-age=-3600', 's-maxage=-3600', "max-age='3600'", 'max-age =3600', 'max-age= 3600', 'max-age=3600.0', 'max-age=3600.5', 'max-age=a3600',
        'max-age=3600a', 'max-age=0x3600', 'max-age=', 'max-age', 'max-age=""', 'max-age="', 'max-age=+3600', 'max-age=1e4', 'max-age=36 00', 'max-age:3600', 's-maxage=0',
        's-maxage=0, max-age=3600', 's-maxage=x, max-age=3600', 'max-age=3600;s-maxage=1', 'max-agee=3600', 'max_age=3600'):
    not_reused('4.2.1 not fresh: ' + cc, 'Cache-Control: ' + cc)
    case('4.2.1 not fresh, validated: ' + cc, get('miss', a=A('Cache-Control: ' + cc, 'ETag: "a"')), get('val'))
case('4.2.1 conflicting max-age: the first or none, 100 and 1000', get('miss', a=A('Cache-Control: max-age=100, max-age=1000', 'ETag: "a"')), get('val', at=100))
case('4.2.1 conflicting max-age in two lines', get('miss', a=A('Cache-Control: max-age=100', 'Cache-Control: max-age=1000', 'ETag: "a"')), get('val', at=100))
case('4.2.1 conflicting s-maxage', get('miss', a=A('Cache-Control: s-maxage=100, s-maxage=1000', 'ETag: "a"')), get('val', at=100))
case('4.2.1 max-age in a quoted string is none, behind', get('miss', a=A('Cache-Control: max-age=1, foo="max-age=3600"')), get('asked', at=10))
case('4.2.1 max-age in a quoted string is none, before', get('miss', a=A('Cache-Control: foo="max-age=3600", max-age=1')), get('asked', at=10))
for directive in ('no-store', 'private', 'NO-CACHE', 'must-revalidate'):
    case('5.2 %s behind a quote that is torn' % directive, get('miss', a=A('Cache-Control: max-age=1, foo="a, %s' % directive)), get('asked', 'Cache-Control: max-stale', at=10))
    case('5.2 %s in a quoted string' % directive, get('miss', a=A('Cache-Control: max-age=1, foo="a, %s"' % directive)), get('hit', 'Cache-Control: max-stale', at=10))
case('4.2.1 max-age in a quoted string, quoted max-age', get('miss', a=A('Cache-Control: foo="max-age=3600", max-age="1"')), get('asked', at=10))
fresh_for('4.2.1 max-age overrules a past Expires', 100, 'Cache-Control: max-age=100', 'Expires: {-7200}')
fresh_for('4.2.1 max-age overrules an invalid Expires', 100, 'Cache-Control: max-age=100', 'Expires: 0')
fresh_for('4.2.1 max-age overrules a later Expires', 100, 'Cache-Control: max-age=100', 'Expires: {+7200}')
not_reused('4.2.1 max-age=0 overrules Expires', 'Cache-Control: max-age=0', 'Expires: {+7200}')
fresh_for('4.2.1 s-maxage overrules max-age=0 and a past Expires', 3600, 'Cache-Control: max-age=0, s-maxage=3600', 'Expires: {-10}')
fresh_for('4.2.1 Expires stands where Cache-Control says nothing of it', 100, 'Cache-Control: public', 'Expires: {+100}')
fresh_for('4.2.1 max-age overrules heuristics', 100, 'Cache-Control: max-age=100', 'Last-Modified: {-864000}')

# 5.3 Expires
fresh_for('5.3 Expires', 100, 'Expires: {+100}')
fresh_for('5.3 Expires, RFC 850', 100, 'Expires: {850:+100}')
fresh_for('5.3 Expires, asctime', 100, 'Expires: {asc:+100}')
fresh_for('5.3 Expires counts from Date, which is fast', 100, 'Date: {+50}', 'Expires: {+150}')
case('5.3 Expires counts from Date, which is slow', get('miss', a=A('Date: {-500}', 'Expires: {+500}')), get('hit', at=499), get('asked', at=500))
fresh_for('5.3 Expires without Date', 100, 'Expires: {+100}', date=False)
case('5.3 Expires and an invalid Date', get('miss', a=A('Date: foo', 'Expires: {+100}')), get('hit'))
for name, value in (('in the past', '{-2592000}'), ('now', '{+0}'), ('0', '0'), ('-1', '-1'), ('empty', ''), ('a word', 'never'), ('a number', '3600'), ('1970', 'Thu, 01 Jan 1970 00:00:00 GMT'),
        ('RFC 850 in the past', '{850:-100}'), ('UTC', 'Thu, 18 Aug 2050 02:01:18 UTC'), ('EST', 'Thu, 18 Aug 2050 02:01:18 EST'), ('+0000', 'Thu, 18 Aug 2050 02:01:18 +0000'),
        ('no zone', 'Thu, 18 Aug 2050 02:01:18'), ('two-digit year', 'Thu, 18 Aug 50 02:01:18 GMT'), ('no comma', 'Thu 18 Aug 2050 02:01:18 GMT'),
        ('spaces', 'Thu, 18  Aug  2050 02:01:18 GMT'), ('dashes', 'Thu, 18-Aug-2050 02:01:18 GMT'), ('periods', 'Thu, 18 Aug 2050 02.01.18 GMT'),
        ('one-digit hour', 'Thu, 18 Aug 2050 2:01:18 GMT'), ('hour 25', 'Thu, 18 Aug 2050 25:01:18 GMT'), ('day 32', 'Thu, 32 Aug 2050 02:01:18 GMT'),
        ('30 February', 'Thu, 30 Feb 2051 02:01:18 GMT'), ('ISO', '2050-08-18T02:01:18Z'), ('quoted', '"Thu, 18 Aug 2050 02:01:18 GMT"'), ('text behind', 'Thu, 18 Aug 2050 02:01:18 GMT x')):
    not_reused('5.3 Expires invalid or past: ' + name, 'Expires: ' + value)
for name, value in (('weekday', 'THU, 18 Aug 2050 02:01:18 GMT'), ('month', 'Thu, 18 AUG 2050 02:01:18 GMT'), ('zone', 'Thu, 18 Aug 2050 02:01:18 gMT'), ('2038', 'Fri, 22 Jan 2038 00:00:00 GMT'),
        ('2106', 'Sat, 01 Jan 2107 00:00:00 GMT'), ('9999', 'Fri, 31 Dec 9999 23:59:59 GMT'), ('far asctime', 'Thu Aug 18 02:01:18 2050')):
    reused('4.2 Expires valid: ' + name, 'Expires: ' + value)
not_reused('5.3 Expires before Date, both fast', 'Date: {+400}', 'Expires: {+300}')
not_reused('4.2.1 two Expires, the first past', 'Expires: {-100}', 'Expires: {+3600}')

# 4.2.3, 5.1 Age
case('4.2.3 Age is generated', get('miss', a=A('Expires: {+2592000}')), get('hit', age=0), get('hit', at=10, age=10), get('hit', at=DAY, age=DAY))
case('4.2.3 Age grows from the one received, Expires', get('miss', a=A('Expires: {+2592000}', 'Age: 30'), has=['Age: 30']), get('hit', at=10, age=40))
case('4.2.3 Age grows from the one received, max-age', get('miss', a=A('Cache-Control: max-age=600', 'Age: 30')), get('hit', at=569, age=599), get('asked', at=570))
case('4.2.3 apparent age', get('miss', a=A('Date: {-100}', 'Cache-Control: max-age=600')), get('hit', age=100), get('hit', at=499, age=599), get('asked', at=500))
case('4.2.3 apparent age or Age, whichever is more: Age', get('miss', a=A('Date: {-100}', 'Age: 200', 'Cache-Control: max-age=600')), get('hit', age=200))
case('4.2.3 apparent age or Age, whichever is more: Date', get('miss', a=A('Date: {-300}', 'Age: 200', 'Cache-Control: max-age=600')), get('hit', age=300))
case('4.2.3 Date in the future: no negative age', get('miss', a=A('Date: {+100}', 'Cache-Control: max-age=600')), get('hit', age=0), get('hit', at=50, age=50))
case('4.2.3 no Date: from receipt', get('miss', a=A('Cache-Control: max-age=600', date=False)), get('hit', age=0), get('hit', at=599, age=599), get('asked', at=600))
case('4.2.3 an invalid Date: from receipt', get('miss', a=A('Date: yesterday', 'Cache-Control: max-age=600')), get('hit', at=100, age=100))
case('9110 6.6.1 a missing Date is added', get('miss', a=A('Cache-Control: max-age=600', date=False)), get('hit', at=100, has=['Date: {-100}']))
case('5.1 Age in an HTTP/1.0 answer', get('miss', a=A('Cache-Control: max-age=600', 'Age: 100', version='1.0')), get('hit', age=100))
not_reused('4.2 Age beyond max-age', 'Cache-Control: max-age=3600', 'Age: 7200')
not_reused('4.2 Age equal to max-age', 'Cache-Control: max-age=3600', 'Age: 3600')
not_reused('4.2 Date too old for max-age', 'Date: {-7200}', 'Cache-Control: max-age=3600')
not_reused('4.2 Age beyond Expires minus Date, Date slow', 'Date: {-10}', 'Expires: {+10}', 'Age: 25')
not_reused('4.2 Age beyond Expires minus Date, Date fast', 'Date: {+10}', 'Expires: {+20}', 'Age: 15')
for name, lines in (('a word', ['abc']), ('negative', ['-7200']), ('a fraction', ['7200.0']), ('0, then 7200', ['0,7200']), ('two lines, 0 first', ['0', '7200']), ('0 twice', ['0, 0']),
        ('0 twice in lines', ['0', '0']), ('empty', ['']), ('a sign', ['+7200']), ('hex', ['0x7200']), ('with a unit', ['7200s'])):
    reused('5.1 Age to be ignored or zero: ' + name, 'Cache-Control: max-age=3600', *['Age: ' + l for l in lines])
for name, lines in (('7200, then 0', ['7200,0']), ('two lines, 7200 first', ['7200', '0']), ('7200 twice', ['7200, 7200']), ('7200 twice in lines', ['7200', '7200']),
        ('overflow', ['2147483648']), ('more overflow', ['99999999999']), ('enormous', ['99999999999999999999999999']), ('leading zeros', ['0007200'])):
    not_reused('5.1 Age too old: ' + name, 'Cache-Control: max-age=3600', *['Age: ' + l for l in lines])

# 4.2.2 heuristics: a fifth of the time since the modification, three days at most (refresh_pattern . 0 20% 4320)
case('4.2.2 a fifth of 1000 s', get('miss', a=A('Last-Modified: {-1000}')), get('hit', at=190), get('val', at=210))
case('4.2.2 a fifth of ten days', get('miss', a=A('Last-Modified: {-864000}')), get('hit', at=2 * DAY - 100), get('val', at=2 * DAY + 100))
case('4.2.2 at most three days', get('miss', a=A('Last-Modified: {-8640000}')), get('hit', at=3 * DAY - 100), get('val', at=3 * DAY + 100))
case('4.2.2 an obsolete date', get('miss', a=A('Last-Modified: {850:-1000}')), get('hit', at=190))
case('4.2.2 Last-Modified without Date', get('miss', a=A('Last-Modified: {-100000}', date=False)), get('hit', at=100))
not_reused('4.2.2 Last-Modified in the future', 'Last-Modified: {+1000}')
not_reused('4.2.2 Last-Modified is Date', 'Last-Modified: {+0}')
not_reused('4.2.2 Last-Modified invalid', 'Last-Modified: yesterday')
not_reused('4.2.2 an ETag alone gives no freshness', 'ETag: "a"')
case('4.2.2 Age counts', get('miss', a=A('Last-Modified: {-100000}', 'Age: 19000')), get('hit'), get('val', at=1010))
reused('4.2.2 Content-Disposition: attachment', 'Last-Modified: {-100000}', 'Content-Disposition: attachment; filename=a.txt')
reused('5.4 Pragma: no-cache in an answer says nothing, max-age', 'Cache-Control: max-age=3600', 'Pragma: no-cache')
reused('5.4 another Pragma in an answer', 'Cache-Control: max-age=3600', 'Pragma: foo')
case('4.2.4 stale by the clock, not by the number of hits', get('miss', a=A('Cache-Control: max-age=100')), *[get('hit') for _ in range(10)], get('hit', at=99), get('asked', at=100))
case('4.2 HEAD and GET are stale at the same time', get('miss', a=A('Cache-Control: max-age=100')), head('hit', at=99), head('asked', at=100))

# RFC 9213: targeted fields are for caches that act for the origin
for field in ('CDN-Cache-Control', 'Surrogate-Control'):
    case('9213 %s is passed on and not obeyed' % field, get('miss', a=A('Cache-Control: max-age=3600', field + ': no-store'), has=[field + ': no-store']), get('hit', has=[field + ': no-store']))
    not_reused('9213 %s gives no freshness' % field, field + ': max-age=3600')
