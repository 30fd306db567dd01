# SPDX-License-Identifier: Apache-2.0
"""Heads of requests: what RFC 9112, 2 to 5 lets be one, and the limits."""
from wire import case, check, table


def refused(c, raw, status, proxy='main'):
    """raw is answered with status, the connection ends, and nothing reaches the origin, whatever follows it."""
    a = c.ask(raw + c.get(), proxy, 'GET')
    wanted = status if isinstance(status, tuple) else (status,)
    check(a.status in wanted, 'answered %s instead of %s' % (a.status, status), a.raw_head)
    check(a.fields.tokens('Connection') == ['close'], 'the refusal does not say close', a.raw_head)
    check(a.complete and a.client.gone(), 'the connection stayed open after %s' % a.status, a.client.rest)
    check(c.seen == [], 'the request reached the origin', *[r.head for r in c.seen])


def passes(c, raw, method='GET'):
    a = c.ask(raw, method=method)
    check(a.status == 200 and a.complete, 'answered %s instead of 200' % a.status, a.raw_head, a.body[:200])
    return c.one()


def fill(c, text):
    return text.replace('@U', c.url()).replace('@H', c.authority).encode('latin-1')


# Each is refused as a whole. @U is a URL of the origin, @H its host and port.
@table('malformed head', [
    # request-line
    ('two spaces before the target', 'GET  @U HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('two spaces before the version', 'GET @U  HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('tab before the target', 'GET\t@U HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('tab before the version', 'GET @U\tHTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('vertical tab before the version', 'GET @U\x0bHTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('space at the end of the line', 'GET @U HTTP/1.1 \r\nHost: @H\r\n\r\n', 400),
    ('space in front of the method', ' GET @U HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('tab in front of the method', '\tGET @U HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('space in the target', 'GET @U/a b HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('a second version in the target', 'GET @U HTTP/1.1 HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('no version', 'GET @U\r\nHost: @H\r\n\r\n', 400),
    ('HTTP/0.9', 'GET @U\r\n', 400),
    ('no target', 'GET HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('empty target', 'GET  HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('no method', '@U HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('empty method', ' @U HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('colon in the method', 'GE:T @U HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('slash in the method', 'GE/T @U HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('brace in the method', '{GET} @U HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('NUL in the method', 'GE\0T @U HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('byte over 127 in the method', 'G\xc9T @U HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('NUL in the target', 'GET @U/\0 HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('control in the target', 'GET @U/\x01 HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('DEL in the target', 'GET @U/\x7f HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('bare CR in the target', 'GET @U/\rx HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('version in lower case', 'GET @U http/1.1\r\nHost: @H\r\n\r\n', 400),
    ('version of another protocol', 'GET @U HTTPS/1.1\r\nHost: @H\r\n\r\n', 400),
    ('version without minor', 'GET @U HTTP/1\r\nHost: @H\r\n\r\n', 400),
    ('version with an empty minor', 'GET @U HTTP/1.\r\nHost: @H\r\n\r\n', 400),
    ('version with two digits', 'GET @U HTTP/1.10\r\nHost: @H\r\n\r\n', 400),
    ('version with leading zero', 'GET @U HTTP/01.1\r\nHost: @H\r\n\r\n', 400),
    ('version with a letter', 'GET @U HTTP/1.x\r\nHost: @H\r\n\r\n', 400),
    ('version with a sign', 'GET @U HTTP/+1.1\r\nHost: @H\r\n\r\n', 400),
    ('version with a space', 'GET @U HTTP/1. 1\r\nHost: @H\r\n\r\n', 400),
    ('version with a comma', 'GET @U HTTP/1,1\r\nHost: @H\r\n\r\n', 400),
    ('version 0.9 written out', 'GET @U HTTP/0.9\r\nHost: @H\r\n\r\n', 505),
    ('version 2.0', 'GET @U HTTP/2.0\r\nHost: @H\r\n\r\n', 505),
    ('version 3.0', 'GET @U HTTP/3.0\r\nHost: @H\r\n\r\n', 505),
    ('version 9.9', 'GET @U HTTP/9.9\r\nHost: @H\r\n\r\n', 505),
    ('preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505),
    ('a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400),
    ('a status line', 'HTTP/1.1 200 OK\r\nHost: @H\r\n\r\n', 400),
    ('six empty lines in front', '\r\n\r\n\r\n\r\n\r\n\r\nGET @U HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('a lone LF in front', '\nGET @U HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('a lone CR in front', '\rGET @U HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('a space line in front', ' \r\nGET @U HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    # line ends
    ('LF after the request line', 'GET @U HTTP/1.1\nHost: @H\r\n\r\n', 400),
    ('LF after a field', 'GET @U HTTP/1.1\r\nHost: @H\n\r\n', 400),
    ('LF as the empty line', 'GET @U HTTP/1.1\r\nHost: @H\r\n\n', 400),
    ('LF everywhere', 'GET @U HTTP/1.1\nHost: @H\n\n', 400),
    ('CR after the request line', 'GET @U HTTP/1.1\rHost: @H\r\n\r\n', 400),
    ('CR after a field', 'GET @U HTTP/1.1\r\nHost: @H\rX: y\r\n\r\n', 400),
    ('CR CR LF after the request line', 'GET @U HTTP/1.1\r\r\nHost: @H\r\n\r\n', 400),
    ('CR CR LF after a field', 'GET @U HTTP/1.1\r\nHost: @H\r\r\n\r\n', 400),
    ('CR CR LF as the empty line', 'GET @U HTTP/1.1\r\nHost: @H\r\n\r\r\n', 400),
    ('CR in a value', 'GET @U HTTP/1.1\r\nHost: @H\r\nX: a\rb\r\n\r\n', 400),
    ('CR at the beginning of a value', 'GET @U HTTP/1.1\r\nHost: @H\r\nX:\rb\r\n\r\n', 400),
    ('CR in a name', 'GET @U HTTP/1.1\r\nHost: @H\r\nX\rY: b\r\n\r\n', 400),
    ('CR and space: a fold for some', 'GET @U HTTP/1.1\r\nHost: @H\r\nX: a\r b\r\n\r\n', 400),
    # fields
    ('space before the colon', 'GET @U HTTP/1.1\r\nHost: @H\r\nX : y\r\n\r\n', 400),
    ('tab before the colon', 'GET @U HTTP/1.1\r\nHost: @H\r\nX\t: y\r\n\r\n', 400),
    ('space before the colon of Host', 'GET @U HTTP/1.1\r\nHost : @H\r\n\r\n', 400),
    ('space in a name', 'GET @U HTTP/1.1\r\nHost: @H\r\nX Y: z\r\n\r\n', 400),
    ('folded value', 'GET @U HTTP/1.1\r\nHost: @H\r\nX: a\r\n b\r\n\r\n', 400),
    ('folded value with a tab', 'GET @U HTTP/1.1\r\nHost: @H\r\nX: a\r\n\tb\r\n\r\n', 400),
    ('fold of nothing', 'GET @U HTTP/1.1\r\nHost: @H\r\nX: a\r\n \r\n\r\n', 400),
    ('first field begins with a space', 'GET @U HTTP/1.1\r\n Host: @H\r\n\r\n', 400),
    ('first field begins with a tab', 'GET @U HTTP/1.1\r\n\tX: y\r\nHost: @H\r\n\r\n', 400),
    ('folded Host', 'GET @U HTTP/1.1\r\nHost:\r\n @H\r\n\r\n', 400),
    ('empty name', 'GET @U HTTP/1.1\r\nHost: @H\r\n: y\r\n\r\n', 400),
    ('no colon', 'GET @U HTTP/1.1\r\nHost: @H\r\nX\r\n\r\n', 400),
    ('no colon in the last line', 'GET @U HTTP/1.1\r\nHost: @H\r\nGET / HTTP/1.1\r\n\r\n', 400),
    ('NUL in a name', 'GET @U HTTP/1.1\r\nHost: @H\r\nX\0: y\r\n\r\n', 400),
    ('NUL in a value', 'GET @U HTTP/1.1\r\nHost: @H\r\nX: a\0b\r\n\r\n', 400),
    ('NUL at the end of a value', 'GET @U HTTP/1.1\r\nHost: @H\r\nX: a\0\r\n\r\n', 400),
    ('SOH in a value', 'GET @U HTTP/1.1\r\nHost: @H\r\nX: a\x01b\r\n\r\n', 400),
    ('ESC in a value', 'GET @U HTTP/1.1\r\nHost: @H\r\nX: \x1b[2J\r\n\r\n', 400),
    ('DEL in a value', 'GET @U HTTP/1.1\r\nHost: @H\r\nX: a\x7fb\r\n\r\n', 400),
    ('vertical tab in a value', 'GET @U HTTP/1.1\r\nHost: @H\r\nX: a\x0bb\r\n\r\n', 400),
    ('form feed in a value', 'GET @U HTTP/1.1\r\nHost: @H\r\nX: a\x0cb\r\n\r\n', 400),
    ('quote in a name', 'GET @U HTTP/1.1\r\nHost: @H\r\n"X": y\r\n\r\n', 400),
    ('parenthesis in a name', 'GET @U HTTP/1.1\r\nHost: @H\r\nX(: y\r\n\r\n', 400),
    ('at sign in a name', 'GET @U HTTP/1.1\r\nHost: @H\r\nX@Y: y\r\n\r\n', 400),
    ('semicolon in a name', 'GET @U HTTP/1.1\r\nHost: @H\r\nX;: y\r\n\r\n', 400),
    ('comma in a name', 'GET @U HTTP/1.1\r\nHost: @H\r\nX,Y: y\r\n\r\n', 400),
    ('slash in a name', 'GET @U HTTP/1.1\r\nHost: @H\r\nX/Y: y\r\n\r\n', 400),
    ('equals in a name', 'GET @U HTTP/1.1\r\nHost: @H\r\nX=Y: y\r\n\r\n', 400),
    ('backslash in a name', 'GET @U HTTP/1.1\r\nHost: @H\r\nX\\Y: y\r\n\r\n', 400),
    ('brackets in a name', 'GET @U HTTP/1.1\r\nHost: @H\r\n[X]: y\r\n\r\n', 400),
    ('byte over 127 in a name', 'GET @U HTTP/1.1\r\nHost: @H\r\nX\xe4: y\r\n\r\n', 400),
    ('non-breaking space in a name', 'GET @U HTTP/1.1\r\nHost: @H\r\n\xa0X: y\r\n\r\n', 400),
    ('control in a name', 'GET @U HTTP/1.1\r\nHost: @H\r\n\x0bX: y\r\n\r\n', 400),
    # Host
    ('no Host in 1.1', 'GET @U HTTP/1.1\r\nX: y\r\n\r\n', 400),
    ('no fields at all in 1.1', 'GET @U HTTP/1.1\r\n\r\n', 400),
    ('two Hosts', 'GET @U HTTP/1.1\r\nHost: @H\r\nHost: @H\r\n\r\n', 400),
    ('two different Hosts', 'GET @U HTTP/1.1\r\nHost: @H\r\nHost: evil.test\r\n\r\n', 400),
    ('two Hosts in 1.0', 'GET @U HTTP/1.0\r\nHost: @H\r\nHost: @H\r\n\r\n', 400),
    ('two Hosts, one empty', 'GET @U HTTP/1.1\r\nHost: @H\r\nHost:\r\n\r\n', 400),
    ('list in Host', 'GET @U HTTP/1.1\r\nHost: a.test, b.test\r\n\r\n', 400),
    ('space in Host', 'GET @U HTTP/1.1\r\nHost: a b\r\n\r\n', 400),
    ('tab in Host', 'GET @U HTTP/1.1\r\nHost: a\tb\r\n\r\n', 400),
    ('userinfo in Host', 'GET @U HTTP/1.1\r\nHost: u@a.test\r\n\r\n', 400),
    ('path in Host', 'GET @U HTTP/1.1\r\nHost: a.test/x\r\n\r\n', 400),
    ('query in Host', 'GET @U HTTP/1.1\r\nHost: a.test?x\r\n\r\n', 400),
    ('fragment in Host', 'GET @U HTTP/1.1\r\nHost: a.test#x\r\n\r\n', 400),
    ('scheme in Host', 'GET @U HTTP/1.1\r\nHost: http://a.test\r\n\r\n', 400),
    ('port with letters in Host', 'GET @U HTTP/1.1\r\nHost: a.test:8x\r\n\r\n', 400),
    ('port over 65535 in Host', 'GET @U HTTP/1.1\r\nHost: a.test:65536\r\n\r\n', 400),
    ('negative port in Host', 'GET @U HTTP/1.1\r\nHost: a.test:-1\r\n\r\n', 400),
    ('two ports in Host', 'GET @U HTTP/1.1\r\nHost: a.test:80:80\r\n\r\n', 400),
    ('bare IPv6 in Host', 'GET @U HTTP/1.1\r\nHost: ::1\r\n\r\n', 400),
    ('open bracket in Host', 'GET @U HTTP/1.1\r\nHost: [::1\r\n\r\n', 400),
    ('text after the bracket in Host', 'GET @U HTTP/1.1\r\nHost: [::1]x\r\n\r\n', 400),
    ('IPv6 with zone in Host', 'GET @U HTTP/1.1\r\nHost: [fe80::1%25eth0]\r\n\r\n', 400),
    ('bad percent in Host', 'GET @U HTTP/1.1\r\nHost: a%zz.test\r\n\r\n', 400),
    ('encoded NUL in Host', 'GET @U HTTP/1.1\r\nHost: a%00.test\r\n\r\n', 400),
    ('encoded slash in Host', 'GET @U HTTP/1.1\r\nHost: a%2fb.test\r\n\r\n', 400),
    ('empty label in Host', 'GET @U HTTP/1.1\r\nHost: a..test\r\n\r\n', 400),
    ('quote in Host', 'GET @U HTTP/1.1\r\nHost: "a.test"\r\n\r\n', 400),
    # framing of requests
    ('both framings', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400),
    ('both framings, the other order', 'POST @U HTTP/1.1\r\nHost: @H\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n', 400),
    ('both framings, length 0', 'POST @U HTTP/1.1\r\nHost: @H\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n', 400),
    ('two differing lengths', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n123456', 400),
    ('a list of differing lengths', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 5, 6\r\n\r\n123456', 400),
    ('same number written differently', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 5\r\nContent-Length: 05x\r\n\r\n12345', 400),
    ('negative length', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: -5\r\n\r\n12345', 400),
    ('length with plus', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: +5\r\n\r\n12345', 400),
    ('length in hex', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 0x5\r\n\r\n12345', 400),
    ('length with a unit', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 5b\r\n\r\n12345', 400),
    ('length with a point', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 5.0\r\n\r\n12345', 400),
    ('length with an exponent', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 5e0\r\n\r\n12345', 400),
    ('length with a space inside', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 1 2\r\n\r\n12345', 400),
    ('length with underscore', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 1_0\r\n\r\n1234567890', 400),
    ('length in quotes', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: "5"\r\n\r\n12345', 400),
    ('empty length', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length:\r\n\r\n', 400),
    ('empty length on GET', 'GET @U HTTP/1.1\r\nHost: @H\r\nContent-Length: \r\n\r\n', 400),
    ('length with a trailing comma', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 5,\r\n\r\n12345', 400),
    ('length with a leading comma', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: ,5\r\n\r\n12345', 400),
    ('length with a semicolon', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 5;x\r\n\r\n12345', 400),
    ('length 2^64', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 18446744073709551616\r\n\r\n', 400),
    ('length 2^64 - 1', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 18446744073709551615\r\n\r\n', 400),
    ('length 2^63', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 9223372036854775808\r\n\r\n', 400),
    ('length 2^64 + 5', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 18446744073709551621\r\n\r\n12345', 400),
    ('length of many digits', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: ' + '9' * 400 + '\r\n\r\n', 400),
    ('length in full-width digits', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: \xef\xbc\x95\r\n\r\n12345', 400),
    ('differing lengths on GET', 'GET @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 0\r\nContent-Length: 1\r\n\r\n', 400),
    ('chunked in 1.0', 'POST @U HTTP/1.0\r\nHost: @H\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400),
    # CONNECT and methods that have no body
    ('CONNECT with a body', 'CONNECT @H HTTP/1.1\r\nHost: @H\r\nContent-Length: 5\r\n\r\n12345', 400),
    ('CONNECT with a chunked body', 'CONNECT @H HTTP/1.1\r\nHost: @H\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400),
    ('TRACE with a body', 'TRACE @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 5\r\n\r\n12345', 400),
    ('TRACE with a chunked body', 'TRACE @U HTTP/1.1\r\nHost: @H\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400),
    ('asterisk for GET', 'GET * HTTP/1.1\r\nHost: @H\r\n\r\n', 400),
    ('bad Max-Forwards', 'OPTIONS @U HTTP/1.1\r\nHost: @H\r\nMax-Forwards: x\r\n\r\n', 400),
    ('negative Max-Forwards', 'TRACE @U HTTP/1.1\r\nHost: @H\r\nMax-Forwards: -1\r\n\r\n', 400),
    ('unknown expectation', 'POST @U HTTP/1.1\r\nHost: @H\r\nExpect: 200-ok\r\nContent-Length: 5\r\n\r\n12345', 417),
    ('two expectations', 'POST @U HTTP/1.1\r\nHost: @H\r\nExpect: 100-continue, x\r\nContent-Length: 5\r\n\r\n12345', 417),
])
def malformed(c, text, status):
    refused(c, fill(c, text), status)


@table('good head', [
    ('plain', 'GET @U HTTP/1.1\r\nHost: @H\r\n\r\n'),
    ('one empty line in front', '\r\nGET @U HTTP/1.1\r\nHost: @H\r\n\r\n'),
    ('two empty lines in front', '\r\n\r\nGET @U HTTP/1.1\r\nHost: @H\r\n\r\n'),
    ('no space after the colon', 'GET @U HTTP/1.1\r\nHost:@H\r\n\r\n'),
    ('much space around a value', 'GET @U HTTP/1.1\r\nHost:  \t @H \t \r\n\r\n'),
    ('empty value', 'GET @U HTTP/1.1\r\nHost: @H\r\nX:\r\n\r\n'),
    ('empty value with spaces', 'GET @U HTTP/1.1\r\nHost: @H\r\nX:   \r\n\r\n'),
    ('all characters of a token', "GET @U HTTP/1.1\r\nHost: @H\r\n!#$%&'*+-.^_`|~09azAZ: y\r\n\r\n"),
    ('colons in a value', 'GET @U HTTP/1.1\r\nHost: @H\r\nX: a:b::c\r\n\r\n'),
    ('bytes over 127 in a value', 'GET @U HTTP/1.1\r\nHost: @H\r\nX: \xe4\xff\x80\r\n\r\n'),
    ('tab in a value', 'GET @U HTTP/1.1\r\nHost: @H\r\nX: a\tb\r\n\r\n'),
    ('Host in upper case', 'GET @U HTTP/1.1\r\nHOST: @H\r\n\r\n'),
    ('Host that names another', 'GET @U HTTP/1.1\r\nHost: elsewhere.test\r\n\r\n'),
    ('empty Host', 'GET @U HTTP/1.1\r\nHost:\r\n\r\n'),
    ('1.0 without Host', 'GET @U HTTP/1.0\r\n\r\n'),
    ('1.0 with Host', 'GET @U HTTP/1.0\r\nHost: @H\r\n\r\n'),
    ('minor version 2', 'GET @U HTTP/1.2\r\nHost: @H\r\n\r\n'),
    ('minor version 9', 'GET @U HTTP/1.9\r\nHost: @H\r\n\r\n'),
    ('length 0 on GET', 'GET @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 0\r\n\r\n'),
    ('two equal lengths', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n'),
    ('scheme in upper case', 'GET @U HTTP/1.1\r\nHost: @H\r\n\r\n'.replace('@U', '@V')),
    ('Expect in upper case without a body', 'GET @U HTTP/1.1\r\nHost: @H\r\nExpect: 100-CONTINUE\r\n\r\n'),
])
def good(c, text):
    raw = fill(c, text.replace('@V', c.url().replace('http', 'HTTP')))
    r = passes(c, raw)
    check(r.fields.get('Host') == c.authority, 'the Host field is not the target\'s', r.head)
    check('HTTP/1.1' in r.head.split(b'\r\n')[0].decode('latin-1'), 'the proxy does not speak its own version', r.head)


@case('a good head, byte by byte')
def drip_head(c):
    client = c.client()
    client.drip(c.get('X-A: b\r\nX-C: \t d \r\n'))
    check(client.answer().status == 200, 'not answered')
    check(c.one().fields.get('X-C') == 'd', 'white space was not removed', c.one().head)


@table('malformed head, byte by byte', [
    ('LF after the request line', 'GET @U HTTP/1.1\nHost: @H\r\n\r\n', 400),
    ('folded value', 'GET @U HTTP/1.1\r\nHost: @H\r\nX: a\r\n b\r\n\r\n', 400),
    ('space before the colon', 'GET @U HTTP/1.1\r\nHost: @H\r\nX : a\r\n\r\n', 400),
    ('NUL in a value', 'GET @U HTTP/1.1\r\nHost: @H\r\nX: a\0b\r\n\r\n', 400),
    ('CR in a value', 'GET @U HTTP/1.1\r\nHost: @H\r\nX: a\rb\r\n\r\n', 400),
    ('CR CR LF as the empty line', 'GET @U HTTP/1.1\r\nHost: @H\r\n\r\r\n', 400),
    ('no colon', 'GET @U HTTP/1.1\r\nHost: @H\r\nX\r\n\r\n', 400),
    ('first field begins with a space', 'GET @U HTTP/1.1\r\n Host: @H\r\n\r\n', 400),
    ('two Hosts', 'GET @U HTTP/1.1\r\nHost: @H\r\nHost: @H\r\n\r\n', 400),
    ('empty name', 'GET @U HTTP/1.1\r\nHost: @H\r\n: x\r\n\r\n', 400),
    ('both framings', 'POST @U HTTP/1.1\r\nHost: @H\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400),
    ('version 2.0', 'GET @U HTTP/2.0\r\nHost: @H\r\n\r\n', 505),
])
def drip_malformed(c, text, status):
    client = c.client()
    client.drip(fill(c, text))
    a = client.answer()
    check(a.status == status and client.gone() and c.seen == [], 'answered %s' % a.status, a.raw_head)


@table('split in two', [(str(n), n) for n in range(1, 80, 3)])
def split(c, n):
    raw = c.get('X-Field: value\r\n')
    client = c.client()
    client.send(raw[:-n])
    check(client.silent(0.02), 'answered before the head was whole')
    client.send(raw[-n:])
    check(client.answer().status == 200, 'not answered')
    check(c.one().fields.get('X-Field') == 'value', 'the field was changed')


def padded(c, size, line=False):
    """A request whose head (or request line without its CRLF) is size bytes."""
    raw = c.get()
    if line:
        first, rest = raw.split(b'\r\n', 1)
        body, version = first[:-9], first[-9:]
        return body + b'?' + b'a' * (size - len(first) - 1) + version + b'\r\n' + rest
    pad = size - len(raw) - len('X-Pad: \r\n')
    return c.get('X-Pad: %s\r\n' % ('p' * pad))


@table('size of the head', [
    ('at the limit', 8192, 200), ('one over', 8193, 431), ('far over', 30000, 431), ('close under', 8191, 200),
])
def head_size(c, size, status):
    raw = padded(c, size)
    check(len(raw) == size, 'the test is wrong', len(raw))
    a = c.ask(raw, 'limits')
    check(a.status == status, 'answered %s instead of %s' % (a.status, status), a.raw_head)
    check(len(c.seen) == (status == 200), 'what the origin saw does not fit')


@table('size of the request line', [
    ('at the limit', 2048, 200), ('one over', 2049, 414), ('far over', 7000, 414), ('over the head too', 40000, 414),
])
def line_size(c, size, status):
    a = c.ask(padded(c, size, True), 'limits')
    check(a.status == status, 'answered %s instead of %s' % (a.status, status), a.raw_head)
    check(len(c.seen) == (status == 200), 'what the origin saw does not fit')


@table('r9112 3: a method longer than any', [('over the line', 2100, 501), ('far over', 30000, 501), ('endless', 300000, 501), ('as long as the line allows', 1500, 200)])
def long_method(c, size, status):
    method = 'A' * size
    a = c.ask(c.get(method=method), 'limits', method=method)
    check(a.status == status, 'answered %s instead of %s' % (a.status, status), a.raw_head)
    check(len(c.seen) == (status == 200), 'what the origin saw does not fit')


@table('number of fields', [('at the limit', 39, 200), ('one over', 40, 431), ('many', 900, 431)])
def many_fields(c, n, status):
    a = c.ask(c.get(''.join('X%d: y\r\n' % i for i in range(n))), 'limits')
    check(a.status == status, 'answered %s instead of %s' % (a.status, status), a.raw_head)
    if status == 200:
        check(len([1 for f in c.one().fields.lines if f[0].startswith('X') and f[1] == 'y']) == n, 'fields were lost')


@table('large head with the usual limits', [
    ('one field of 60000 bytes', 1, 60000), ('200 fields of 250 bytes', 200, 250), ('250 short fields', 250, 1),
])
def large_head(c, n, size):
    a = c.ask(c.get(''.join('X-%d: %s\r\n' % (i, 'v' * size) for i in range(n))))
    check(a.status == 200, 'answered %s' % a.status, a.raw_head)
    check(all(len(c.one().fields.get('X-%d' % i)) == size for i in range(n)), 'fields were changed')


@case('a large head by and by')
def large_drip(c):
    raw = c.get(''.join('X-%d: %s\r\n' % (i, 'v' * 900) for i in range(60)))
    client = c.client()
    client.drip(raw, 701)
    check(client.answer().status == 200, 'not answered')
    check(len(c.one().fields.get('X-59')) == 900, 'fields were changed')


@case('an endless request line is given up')
def endless_line(c):
    client = c.client()
    client.send(b'GET http://' + b'a' * 200000)
    check(client.answer().status in (414, 431, 400), 'not refused')


@case('nothing at all, then the end')
def nothing(c):
    client = c.client()
    client.finish()
    check(client.closed(), 'the connection stays open')


@case('half a head, then the end')
def half_head(c):
    client = c.client()
    client.send(c.get()[:-2]).finish()
    a = client.answer()
    check(a.status in (None, 400), 'answered %s' % a.status)
    check(c.seen == [], 'reached the origin')
