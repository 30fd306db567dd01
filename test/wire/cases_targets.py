# SPDX-License-Identifier: Apache-2.0
"""Targets: odd but valid URLs, malformed ones, and spellings of hosts that must not get around rules or the destination guard."""
from wire import case, check, table


def got(c, url, method='GET', proxy='main', fields=''):
    return c.ask(('%s %s HTTP/1.1\r\nHost: x.test\r\nX-Case: %s\r\n%s\r\n' % (method, url, c.id, fields)).encode('latin-1'), proxy, method=method)


def port(c, url):
    return url.replace('@P', str(c.world.origin.port)).replace('@I', c.id)


@table('target', [
    ('no path', 'http://origin.test:@P', '/'), ('slash', 'http://origin.test:@P/', '/'), ('query without path', 'http://origin.test:@P?a=b', '/?a=b'),
    ('empty query', 'http://origin.test:@P/?', '/?'), ('two slashes', 'http://origin.test:@P//a//b', '//a//b'), ('dots', 'http://origin.test:@P/a/../b/./c', '/a/../b/./c'),
    ('percent', 'http://origin.test:@P/%7Ea%2fb%00', '/%7Ea%2fb%00'), ('bad percent', 'http://origin.test:@P/%zz%', '/%zz%'),
    ('semicolons', 'http://origin.test:@P/a;b=c;d', '/a;b=c;d'), ('colons and at', 'http://origin.test:@P/a:b@c', '/a:b@c'),
    ('brackets', 'http://origin.test:@P/a[1]?b[2]={3}', '/a[1]?b[2]={3}'), ('quotes', "http://origin.test:@P/'a\"|^`\\<>", "/'a\"|^`\\<>"),
    ('a URL in the path', 'http://origin.test:@P/http://other/', '/http://other/'), ('a URL in the query', 'http://origin.test:@P/?u=http://other:80/', '/?u=http://other:80/'),
    ('question marks', 'http://origin.test:@P/a?b?c', '/a?b?c'),
    ('scheme in odd case', 'HtTp://origin.test:@P/a', '/a'), ('host in upper case', 'http://ORIGIN.TEST:@P/a', '/a'), ('final dot', 'http://origin.test.:@P/a', '/a'),
    ('userinfo', 'http://user:pw@origin.test:@P/a', '/a'), ('empty userinfo', 'http://@origin.test:@P/a', '/a'), ('port with zeros', 'http://origin.test:0@P/a', any),
    ('percent in the host', 'http://%6Frigin.test:@P/a', '/a'), ('underscore', 'http://under_score.test:@P/a', '/a'),
    ('IDN', 'http://b%C3%BCcher.test:@P/a', '/a'), ('IDN as ASCII', 'http://xn--bcher-kva.test:@P/a', '/a'), ('IDN in upper case', 'http://B%C3%9CCHER.test:@P/a', '/a'),
    ('IPv4', 'http://127.0.0.1:@P/a', '/a'), ('IPv4 with a final dot', 'http://127.0.0.1.:@P/a', '/a'), ('IPv4 in hex', 'http://0x7f.0.0.1:@P/a', '/a'),
    ('IPv4 in octal', 'http://0177.0.0.01:@P/a', '/a'), ('IPv4 as a number', 'http://2130706433:@P/a', '/a'), ('IPv4 in hex as a number', 'http://0x7f000001:@P/a', '/a'),
    ('IPv4 of two parts', 'http://127.1:@P/a', '/a'), ('IPv4 in full-width digits', 'http://%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1:@P/a', '/a'),
    ('IPv4 with ideographic stops', 'http://127%E3%80%820%E3%80%820%E3%80%821:@P/a', '/a'), ('mapped', 'http://[::ffff:127.0.0.1]:@P/a', '/a'),
    ('long path', 'http://origin.test:@P/' + 'a' * 8000, '/' + 'a' * 8000),
])
def good(c, url, wanted):
    a = got(c, port(c, url))
    if wanted is any and a.status == 400:
        return
    check(a.status == 200, 'answered %s' % a.status, a.raw_head, a.body[:300])
    r = c.one()
    check(wanted is any or r.target == wanted, 'the target was changed', r.head)
    check('@' not in r.fields.get('Host') and r.fields.get('Host').endswith(':%d' % c.world.origin.port), 'Host is wrong', r.head)
    check(r.fields.get('Host') == r.fields.get('Host').lower(), 'Host is not canonical', r.head)


@case('IPv6 literal')
def ipv6(c):
    if not c.world.origin.has_v6:
        return
    for host in ('[::1]', '[0:0:0:0:0:0:0:1]', '[::0001]', '[::0.0.0.1]'):
        c.seen.clear()
        a = got(c, 'http://%s:%d/a' % (host, c.world.origin.port))
        check(a.status == 200 and c.one().fields.get('Host') == '[::1]:%d' % c.world.origin.port, 'answered %s' % a.status, a.body[:300])


@table('malformed target', [
    ('no authority', 'http:///a', 400), ('nothing behind the scheme', 'http://', 400), ('one slash', 'http:/origin.test/', 400), ('no slashes', 'http:origin.test', 400),
    ('no scheme', '://origin.test/', 400), ('a relative path', 'a/b', 400), ('a host only', 'origin.test', 400), ('host and port only', 'origin.test:@P', 400),
    ('a query only', '?a', 400), ('a fragment only', '#a', 400), ('r9112 3.2: a fragment', 'http://origin.test:@P/a#b', 400),
    ('r9112 3.2: an empty fragment', 'http://origin.test:@P/a?b#', 400), ('r9112 3.2: a fragment behind the host', 'http://origin.test:@P#a', 400),
    ('r9112 3.2: a fragment in origin form', '/a#b', 400), ('r9112 3.2: a fragment of the proxy', '/proxy.pac#b', 400), ('a backslash', 'http:\\\\origin.test\\', 400), ('a backslash in the host', 'http://origin.test\\@evil.test/', 400),
    ('scheme with a digit first', '1http://origin.test/', 400), ('scheme with an underscore', 'ht_tp://origin.test/', 400),
    ('port 0', 'http://origin.test:0/', 400), ('port 65536', 'http://origin.test:65536/', 400), ('port with letters', 'http://origin.test:8o/', 400),
    ('negative port', 'http://origin.test:-1/', 400), ('port with plus', 'http://origin.test:+80/', 400), ('port 2^32 + 80', 'http://origin.test:4294967376/', 400),
    ('two ports', 'http://origin.test:80:80/', 400), ('port only', 'http://:@P/', 400), ('empty host with userinfo', 'http://user@/', 400),
    ('empty label', 'http://origin..test:@P/', 400), ('dot in front', 'http://.origin.test:@P/', 400), ('dot only', 'http://.:@P/', 400), ('two dots at the end', 'http://origin.test..:@P/', 400),
    ('label of 64', 'http://%s.test:@P/' % ('a' * 64), 400), ('name of 260', 'http://%s:@P/' % '.'.join(['a' * 51] * 5), 400), ('percent zero', 'http://origin%00.test:@P/', 400),
    ('percent slash', 'http://origin%2ftest:@P/', 400), ('percent at', 'http://user%40origin.test:@P/', 400), ('percent space', 'http://origin%20.test:@P/', 400),
    ('percent colon', 'http://origin.test%3A80/', 400), ('percent dot twice', 'http://origin%2E%2Etest:@P/', 400), ('percent CRLF', 'http://origin.test%0d%0a:@P/', 400),
    ('bad percent', 'http://origin.te%s:@P/' % '%z', 400), ('bad UTF-8', 'http://%ff%fe.test:@P/', 400), ('overlong UTF-8', 'http://%c0%ae.test:@P/', 400),
    ('space', 'http://origin .test:@P/', 400), ('quote', 'http://"origin.test":@P/', 400), ('comma', 'http://a,b.test:@P/', (400, 503)), ('asterisk', 'http://*.test:@P/', (400, 503)),
    ('IPv4 with 256', 'http://127.0.0.256:@P/', 400), ('IPv4 of five parts', 'http://127.0.0.0.1:@P/', 400), ('IPv4 over 32 bits', 'http://4294967296:@P/', 400),
    ('IPv4 with an empty part', 'http://127..1:@P/', 400), ('IPv4 in bad octal', 'http://127.0.0.08:@P/', 400), ('IPv4 in bad hex', 'http://127.0.0.0x:@P/', (400, 200)),
    ('IPv6 without brackets', 'http://::1:@P/', 400), ('IPv6 not closed', 'http://[::1:@P/', 400), ('IPv6 with text behind', 'http://[::1]a:@P/', 400), ('IPv6 of nine parts', 'http://[1:2:3:4:5:6:7:8:9]:@P/', 400),
    ('IPv6 with two gaps', 'http://[1::2::3]:@P/', 400), ('IPv6 with a zone', 'http://[fe80::1%25lo]:@P/', 400), ('IPv6 with a bare zone', 'http://[fe80::1%lo]:@P/', 400), ('IPvFuture', 'http://[v1.x]:@P/', 400),
    ('brackets around IPv4', 'http://[127.0.0.1]:@P/', 400), ('empty brackets', 'http://[]:@P/', 400), ('brackets inside', 'http://a[::1]:@P/', 400),
    ('userinfo with a bracket', 'http://a]b[@origin.test:@P/', 400), ('a host behind two ats', 'http://a@b@origin.test:@P/', (400, 200)),
])
def malformed(c, url, status):
    a = got(c, port(c, url))
    check(a.status in (status if isinstance(status, tuple) else (status,)), 'answered %s' % a.status, a.raw_head, a.body[:300])
    check(a.status == 200 or not c.seen, 'it reached the origin')


@table('scheme', [(s, s) for s in ('https', 'ftp', 'gopher', 'ws', 'wss', 'file', 'x+y-z.1', 'cache_object', 'javascript', 'urn')])
def scheme(c, name):
    a = got(c, '%s://origin.test:%d/' % (name, c.world.origin.port))
    check(a.status in (501, 400), 'answered %s' % a.status, a.raw_head)
    check(not c.seen, 'it reached the origin')


@table('default port', [('none', 'http://c1.test/'), ('empty', 'http://c1.test:/'), ('80', 'http://c1.test:80/')])
def default_port(c, url):
    a = got(c, url, proxy='rules')
    check(a.status == 403 and b'"status": 403' in a.body and b'"url": "http://c1.test/"' in a.body, 'the URL is not canonical', a.body)


# acl dst 127.0.0.0/8 and the like: the rules judge what is connected to, however it is written.
SPELLINGS = [
    '127.0.0.1', '127.0.0.1.', '127.1', '127.0.1', '0x7f.1', '0x7f.0.0.1', '0x7F.0X0.0.1', '0177.1', '0177.0.0.1', '00000177.1', '2130706433', '0x7f000001', '017700000001', '0x7f000001.', '127.255.255.254', '127.0.0.0x1', '127.0x000000001', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:127.0.0.1]', '[::FFFF:127.1.2.3]', '%31%32%37.0.0.1',
    '127%2e0%2e0%2e1', '%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1', '127%E3%80%820.0.1', '%E2%91%A0%E2%91%A1%E2%91%A6.0.0.1', '127.0.0.%C2%B9', 'origin.test', 'ORIGIN.test.', 'loop4.test', 'mapped.test', 'u:p@127.0.0.1', 'both.test',
]


@table('acl dst', [(s, s) for s in SPELLINGS])
def dst(c, host):
    a = got(c, 'http://%s:%d/' % (host, c.world.origin.port), proxy='rules')
    check(a.status == 403, 'answered %s' % a.status, a.raw_head, a.body[:400])
    check(not c.seen, 'it reached the origin')
    if '@' in host:
        return
    a = got(c, '%s:%d' % (host, c.world.origin.port), 'CONNECT', 'rules')
    check(a.status == 403, 'CONNECT is answered %s' % a.status, a.raw_head)


@table('rule on the name', [(s, s) for s in ('denied.test', 'DENIED.TEST', 'denied.test.', 'a.b.Denied.test', '%64enied.test', 'den%C4%B1ed.test'.replace('%C4%B1', 'i'),
    '%EF%BD%84enied.test', 'denied%E3%80%82test', 'denied%2etest', 'u@denied.test', 'allowed.test@denied.test', '10.9.8.7', '0xa.9.8.7', '10.591879', '168364039')])
def named(c, host):
    a = got(c, 'http://%s:%d/' % (host, c.world.origin.port), proxy='rules')
    check(a.status == 403 and b'ERR_ACCESS_DENIED' in a.raw_head, 'answered %s' % a.status, a.raw_head, a.body[:300])


# The default guard, without any rule: nothing of this machine or of its link.
GUARDED = [
    '127.0.0.1', '127.1.2.3', '0.0.0.0', '0', '0.1.2.3', '169.254.169.254', '169.254.0.1', '0xa9fea9fe', '2852039166', '0251.0376.0251.0376', '100.100.100.200', '192.0.0.192', '224.0.0.1', '239.255.255.255', '255.255.255.255', '240.0.0.1',
    '[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[fe80::1]', '[fd00:ec2::254]', '[ff02::1]',
    '[::ffff:127.0.0.1]', '[::ffff:169.254.169.254]', '[::ffff:0.0.0.0]', '[::127.0.0.1]', '[::169.254.169.254]', '[64:ff9b::127.0.0.1]', '[64:ff9b::a9fe:a9fe]', '[64:ff9b:1::127.0.0.1]',
    '[2002:7f00:1::]', '[2002:7f00:0001:1::5]', '[2002:a9fe:a9fe::1]', '[2001:0:0:0:0:0:80ff:fffe]', '[2001:0:7f00:1::]', '[::ffff:0:127.0.0.1]', '[fec0::1%s]' % '',
    'loop4.test', 'loop6.test', 'mapped.test', 'metadata.test', 'zero.test', 'sixtofour.test', 'nat64.test', 'localhost', 'LOCALHOST.', 'foo.localhost',
]


@table('default guard', [(s, s) for s in GUARDED if s != '[fec0::1]'])
def guard(c, host):
    for method, url in (('GET', 'http://%s:%d/' % (host, c.world.origin.port)), ('CONNECT', '%s:%d' % (host, c.world.origin.port))):
        a = got(c, url, method, 'guard')
        check(a.status == 403 or (a.status == 503 and 'localhost' in host.lower()) or (a.status == 503 and host == 'loop6.test' and not c.world.origin.has_v6),
            '%s is answered %s' % (method, a.status), a.raw_head, a.body[:400])
        check(not c.seen, 'it reached the origin')


@case('the guard knows the proxy\'s own port')
def own_port(c):
    for host in ('127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'):
        p = c.world.proxy('guard').port
        check(got(c, 'http://%s:%d/' % (host, p), proxy='guard').status == 403, 'the proxy connects to itself')
        check(got(c, '%s:%d' % (host, p), 'CONNECT', 'guard').status == 403, 'the proxy connects to itself')


@case('only refused addresses of several are left out')
def several(c):
    """both.test is 127.0.0.1 (refused) and 192.0.2.1 (which nobody answers): the refused one must not be tried."""
    a = got(c, 'http://both.test:%d/' % c.world.origin.port, proxy='guard', fields='')
    check(a.status in (403, 503, 504, None) and not c.seen, 'answered %s' % a.status)


@table('rule', [('port', 'http://192.0.2.1:1000/', 'GET', 403), ('path', 'http://192.0.2.1:8080/secret/x', 'GET', 403), ('method', 'http://192.0.2.1:8080/', 'get', 403),
    ('CONNECT to a port', '192.0.2.1:25', 'CONNECT', 403)])
def rules(c, url, method, status):
    a = got(c, url, method, 'rules')
    check(a.status == status, 'answered %s' % a.status)


@table('name', [('that does not exist', 'http://no.such.name.invalid/', 503), ('on an unreachable port', 'http://127.0.0.1:1/', 503)])
def unreachable(c, url, status):
    a = got(c, url)
    check(a.status in (502, 503) and a.complete, 'answered %s' % a.status)
    a.client.send(c.get())
    check(a.client.answer().status == 200, 'the connection does not go on')
