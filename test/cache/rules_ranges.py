# SPDX-License-Identifier: Apache-2.0
"""RFC 9110, 14 and 13.1.5; RFC 9111, 3.3 and 3.4: ranges of what is stored, ranges that are stored."""
import re

from cachetest import A, case, check, get, head

MAX = 'Cache-Control: max-age=3600'
TEXT = '0123456789A'
LONG = ''.join('%08d' % i for i in range(20000))        # 160 KB


def of(text, first, last):
    return text[first:last + 1]


def whole(name, want, *fields, stored=(), **options):
    """From a complete stored answer."""
    case('14 ' + name, get('miss', a=A(MAX, 'ETag: "a"', 'Last-Modified: {-3000}', *stored, body=TEXT)), get(want, *fields, **options))


for spec, first, last in (('0-1', 0, 1), ('1-', 1, 10), ('-1', 10, 10), ('-5', 6, 10), ('0-0', 0, 0), ('10-10', 10, 10), ('5-100', 5, 10), ('0-', 0, 10), ('-11', 0, 10), ('-100', 0, 10), ('3-3', 3, 3),
        ('000-001', 0, 1), ('5-99999999999999999999', 5, 10), ('-99999999999999999999', 0, 10)):
    whole('bytes=' + spec, 'hit', 'Range: bytes=' + spec, status=206, gets=of(TEXT, first, last),
        has=['Content-Range: bytes %d-%d/11' % (first, last), 'Content-Length: %d' % (last - first + 1), 'ETag: "a"', 'Date: ?', 'Age: 0', MAX])
whole('the unit is without case', 'hit', 'Range: Bytes=0-1', status=206, gets='01')
for spec in ('11-', '11-20', '100-', '-0', '11-11,20-30', '99999999999999999999-'):
    case('14 unsatisfiable: ' + spec, get('miss', a=A(MAX, 'ETag: "a"', body=TEXT)), get('none', 'Range: bytes=' + spec, status=416, has=['Content-Range: bytes */11']), get('hit', of=0))
for spec in ('bytes=a-b', 'bytes=5-1', 'bytes=', 'bytes', 'bytes=-', 'bytes=0-1-2', 'bytes= 0 - 1', 'lines=0-1', 'bytes=0-1;x', 'bytes=0x1-2', 'bytes=--1', 'bytes=0-1,x'):
    whole('invalid, ignored: ' + spec, 'hit', 'Range: ' + spec)
whole('two Range lines', 'any', 'Range: bytes=0-1', 'Range: bytes=3-4')
case('14.2 HEAD has no ranges', get('miss', a=A(MAX, body=TEXT)), head('hit', 'Range: bytes=0-1', status=200, lacks=['Content-Range']))
case('14 a stored 404 has no ranges', get('miss', a=A(MAX, body=TEXT, status=404)), get('hit', 'Range: bytes=0-1', status=404))
case('14 a stored empty object', get('miss', a=A(MAX, body='')), get('none', 'Range: bytes=0-1', status=416, has=['Content-Range: bytes */0']))
case('14 chunked, no validator', get('miss', a=A(MAX, body=TEXT, framing='chunked')), get('hit', 'Range: bytes=2-4', status=206, gets='234', has=['Content-Range: bytes 2-4/11']))
case('14 ended by the connection\'s end', get('miss', a=A(MAX, body=TEXT, framing='close')), get('hit', 'Range: bytes=-2', status=206, gets='9A'))
case('14 of a large object', get('miss', a=A(MAX, body=LONG)), *[get('hit', 'Range: bytes=%d-%d' % (f, l), status=206, gets=of(LONG, f, l))
    for f, l in ((0, 0), (65535, 65536), (0, 159999), (159999, 159999), (32767, 98304), (1, 159998), (131071, 131073))], get('hit', 'Range: bytes=-70000', status=206, gets=LONG[-70000:]))


# 14.6 several ranges
def parts(text, ranges):
    def judge(c, got, seen):
        m = re.fullmatch('multipart/byteranges; ?boundary="?([^";]+)"?', got.fields.get('Content-Type') or '')
        check(m, 'no multipart/byteranges', got.raw_head)
        pieces = ('\r\n' + got.body.decode('latin-1')).split('\r\n--' + m.group(1))
        check(pieces[0] == '' and pieces[-1].startswith('--'), 'a malformed multipart body', got.body[:400])
        found = []
        for p in pieces[1:-1]:
            top, _, content = p.partition('\r\n\r\n')
            found.append((re.search('(?i)content-range: ([^\r\n]+)', top).group(1), content))
            check('text/x-test' in top, 'a part without its Content-Type', p[:200])
        check(found == [('bytes %d-%d/%d' % (f, l, len(text)), of(text, f, l)) for f, l in ranges], 'other parts than asked for', found)
        check('Content-Range' not in got.fields, 'Content-Range in a multipart answer', got.raw_head)
    return judge


for name, text, spec, ranges in (('two', TEXT, '0-1,4-5', [(0, 1), (4, 5)]), ('three with a suffix', TEXT, '0-1, 4-5, -1', [(0, 1), (4, 5), (10, 10)]), ('in another order', TEXT, '8-9,0-1', [(8, 9), (0, 1)]),
        ('far apart', LONG, '0-9,100000-100009,-10', [(0, 9), (100000, 100009), (159990, 159999)]), ('large', LONG, '0-69999,80000-159999', [(0, 69999), (80000, 159999)])):
    case('14.6 ' + name, get('miss', a=A(MAX, 'Content-Type: text/x-test', body=text)), 
        get('any', 'Range: bytes=' + spec, status=206, times=0, x=parts(text, ranges)))
case('14.6 one of them satisfiable', get('miss', a=A(MAX, body=TEXT)), get('hit', 'Range: bytes=2-3,50-60', status=206, gets='23'))
case('14.2 very many ranges are not served one by one', get('miss', a=A(MAX, body=LONG)), get('any', 'Range: bytes=' + ','.join('%d-' % i for i in range(300)), times=0,
    x=lambda c, got, seen: check(len(got.body) < 2 * len(LONG), 'an answer far larger than the object', len(got.body))))

# 13.1.5 If-Range
whole('If-Range with the tag', 'hit', 'Range: bytes=0-1', 'If-Range: "a"', status=206, gets='01')
whole('If-Range with another tag', 'hit', 'Range: bytes=0-1', 'If-Range: "b"', status=200)
whole('If-Range with a weak tag', 'hit', 'Range: bytes=0-1', 'If-Range: W/"a"', status=200)
whole('If-Range with the date', 'hit', 'Range: bytes=0-1', 'If-Range: {-3000}', status=206, gets='01')
whole('If-Range with a later date', 'hit', 'Range: bytes=0-1', 'If-Range: {-2000}', status=200)
whole('If-Range with an earlier date', 'hit', 'Range: bytes=0-1', 'If-Range: {-4000}', status=200)
whole('an invalid If-Range', 'hit', 'Range: bytes=0-1', 'If-Range: x', status=200)
whole('If-Range without Range', 'hit', 'If-Range: "a"', status=200)
whole('If-Range fails: an unsatisfiable range is of no matter', 'hit', 'Range: bytes=50-', 'If-Range: "b"', status=200)
case('13.1.5 a weak stored tag', get('miss', a=A(MAX, 'ETag: W/"a"', body=TEXT)), get('hit', 'Range: bytes=0-1', 'If-Range: W/"a"', status=200))
case('13.1.5 no stored validator', get('miss', a=A(MAX, body=TEXT)), get('hit', 'Range: bytes=0-1', 'If-Range: "a"', status=200))
case('13.1.5 a date that is no strong validator', get('miss', a=A(MAX, 'Last-Modified: {+0}', body=TEXT)), get('hit', 'Range: bytes=0-1', 'If-Range: {+0}', status=200))
whole('If-None-Match comes first', '304', 'Range: bytes=0-1', 'If-None-Match: "a"')
whole('If-None-Match does not match, the range counts', 'hit', 'Range: bytes=0-1', 'If-None-Match: "b"', status=206, gets='01')
case('4.3 a stale object is validated for a range', get('miss', a=A('Cache-Control: max-age=100', 'ETag: "a"', body=TEXT)), get('val', 'Range: bytes=0-1', at=100, status=206, gets='01', asked=['If-None-Match: "a"']))
case('4.3 a stale object is replaced for a range', get('miss', a=A('Cache-Control: max-age=100', 'ETag: "a"', body=TEXT)),
    get('any', 'Range: bytes=0-1', at=100, a=A(MAX, 'ETag: "b"', ranges=b'abcdefghij'), status=206, gets='ab'), get('any', at=101, a=A(MAX, 'ETag: "b"', ranges=b'abcdefghij'), status=200, gets='abcdefghij'))

# misses
PART = A(MAX, 'ETag: "a"', ranges=LONG.encode())
ALL = dict(a=PART)
case('14 nothing stored: the range goes on', get('miss', 'Range: bytes=100-199', **ALL, status=206, gets=of(LONG, 100, 199), asked=['Range: bytes=100-199']))
case('3.3 a 206 does not answer for the whole', get('miss', 'Range: bytes=100-199', **ALL, status=206, gets=of(LONG, 100, 199)), get('any', **ALL, status=200, gets=LONG), get('any', status=200, gets=LONG, times=0))
case('3.3 a stored 206 is reused', get('miss', 'Range: bytes=100-199', **ALL, status=206), get('any', 'Range: bytes=100-199', **ALL, times=0, status=206, gets=of(LONG, 100, 199)))
case('3.3 a smaller range of a stored 206', get('miss', 'Range: bytes=100-199', **ALL, status=206), get('any', 'Range: bytes=120-130', **ALL, times=0, status=206, gets=of(LONG, 120, 130), has=['Content-Range: bytes 120-130/160000']))
case('3.3 a suffix that is stored', get('miss', 'Range: bytes=-100', **ALL, status=206, gets=LONG[-100:]), get('any', 'Range: bytes=-50', **ALL, times=0, status=206, gets=LONG[-50:]),
    get('any', 'Range: bytes=159950-', **ALL, times=0, status=206, gets=LONG[-50:]))
case('3.3 a larger range than what is stored', get('miss', 'Range: bytes=100-199', **ALL, status=206), get('any', 'Range: bytes=100-299', **ALL, status=206, gets=of(LONG, 100, 299)))
case('3.4 stored parts grow together', get('miss', 'Range: bytes=0-99', **ALL, status=206), get('any', 'Range: bytes=100-199', **ALL, status=206, gets=of(LONG, 100, 199)),
    get('any', 'Range: bytes=50-149', **ALL, times=0, status=206, gets=of(LONG, 50, 149)))
case('3.4 the rest of what is stored in part is asked for', get('miss', 'Range: bytes=0-99', **ALL, status=206), get('any', **ALL, times=1, status=200, gets=LONG, asked=['Range: bytes=100-']), get('any', times=0, status=200, gets=LONG))
case('3.4 the object has changed meanwhile', get('miss', 'Range: bytes=0-99', **ALL, status=206), get('any', a=A(MAX, 'ETag: "b"', ranges=b'new ' * 100), status=200, gets='new ' * 100),
    get('any', times=0, status=200, gets='new ' * 100))
case('3.4 parts with different tags are never put together', get('miss', 'Range: bytes=0-99', **ALL, status=206), get('any', 'Range: bytes=100-199', a=A(MAX, 'ETag: "b"', ranges=b'x' * 1000), status=206, gets='x' * 100),
    get('any', 'Range: bytes=0-199', a=A(MAX, 'ETag: "b"', ranges=b'x' * 1000), status=206, gets='x' * 200))
case('3.4 parts with weak tags are never put together', get('miss', 'Range: bytes=0-99', a=A(MAX, 'ETag: W/"a"', ranges=LONG.encode()), status=206), get('any', a=A(MAX, 'ETag: W/"a"', ranges=b'other' * 100), status=200, gets='other' * 100))
case('3.3 a 206 without a validator is not put together', get('miss', 'Range: bytes=0-99', a=A(MAX, ranges=LONG.encode()), status=206), get('any', a=A(MAX, ranges=b'other' * 100), status=200, gets='other' * 100))
case('3.3 a stale 206 is not reused unasked', get('miss', 'Range: bytes=0-99', a=A('Cache-Control: max-age=100', 'ETag: "a"', ranges=LONG.encode()), status=206), get('any', 'Range: bytes=0-99', at=100, times=1,
    a=A('Cache-Control: max-age=100', 'ETag: "a"', ranges=LONG.encode()), x=lambda c, got, seen: check(got.status == 206 and got.body == LONG[:100].encode(), 'another part', got.raw_head)))
case('3.3 a 206 with no-store', get('miss', 'Range: bytes=0-99', a=A('Cache-Control: no-store', 'ETag: "a"', ranges=LONG.encode()), status=206), get('miss', 'Range: bytes=0-99', **ALL, status=206))
case('3.3 a 206 nobody asked for is not stored as whole', get('any', a=A(MAX, 'ETag: "a"', 'Content-Range: bytes 0-4/10', status=206, body='01234')), get('any', times=1, a=A(MAX, body=TEXT), status=200, gets=TEXT))
case('3.3 a 206 whose Content-Range does not fit its length', get('any', 'Range: bytes=0-9', a=A(MAX, 'ETag: "a"', 'Content-Range: bytes 0-9/20', status=206, body='01234')), get('any', 'Range: bytes=0-9', times=1, a=A(MAX, 'ETag: "a"', ranges=LONG.encode()), gets=LONG[:10]))
case('3.3 a 206 without Content-Range', get('any', 'Range: bytes=0-4', a=A(MAX, 'ETag: "a"', status=206, body='01234')), get('any', 'Range: bytes=0-4', times=1, a=A(MAX, ranges=LONG.encode()), gets=LONG[:5]))
case('14 the origin ignores the range', get('any', 'Range: bytes=0-4', times=1, a=A(MAX, body=TEXT)),
    get('any', times=0, status=200, gets=TEXT))
case('14 a 416 from the origin is passed on', get('any', 'Range: bytes=999999-', **ALL, status=416, times=1), get('any', **ALL, times=1, status=200, gets=LONG))
case('14 If-Range goes along on a miss', get('any', 'Range: bytes=0-9', 'If-Range: "a"', **ALL, times=1, status=206, gets=LONG[:10], asked=['If-Range: "a"']))

# range_offset_limit
case('range_offset_limit none: the whole is fetched', get('any', 'Range: bytes=100-199', **ALL, rest='/whole', times=1, status=206, gets=of(LONG, 100, 199), unasked=['Range']),
    get('any', **ALL, rest='/whole', times=0, status=200, gets=LONG), conf='range-offset')
case('range_offset_limit 1000: it begins before', get('any', 'Range: bytes=900-999', **ALL, times=1, status=206, gets=of(LONG, 900, 999), unasked=['Range']), get('any', **ALL, times=0, status=200, gets=LONG), conf='range-offset')
case('range_offset_limit 1000: it begins behind', get('any', 'Range: bytes=5000-5999', **ALL, times=1, status=206, gets=of(LONG, 5000, 5999), asked=['Range: bytes=5000-5999']), conf='range-offset')
