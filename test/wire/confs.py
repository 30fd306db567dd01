# SPDX-License-Identifier: Apache-2.0
"""The configurations that the wire tests run the proxy with. coredump_dir: LeakSanitizer needs processes that may be traced."""

COMMON = '''
http_port 127.0.0.1:{port}
workers 1
visible_hostname proxy.test
pid_filename {dir}/pid
run_dir {dir}
access_log stdio:{dir}/access.log
shutdown_lifetime 1 second
coredump_dir {dir}
hosts_file {dir}/../hosts
dns_timeout 3 seconds
'''

ALL = '''
http_access allow all
destination_access allow all
'''


def hosts(world):
    """Names for the tests, among them ones that lead where the destination guard must not let anybody."""
    lines = ['127.0.0.1 origin.test xn--bcher-kva.test under_score.test a.very.long.name.test']
    lines += ['127.0.0.1 loop4.test', '::ffff:127.0.0.1 mapped.test', '169.254.169.254 metadata.test', '0.0.0.0 zero.test']
    lines += ['127.0.0.1 ' + ' '.join('c%d.test' % i for i in range(n, n + 20)) for n in range(1, 2000, 20)]
    if world.origin.has_v6:
        lines += ['::1 six.test', '::1 loop6.test']
    lines += ['2002:7f00:1:: sixtofour.test', '64:ff9b::7f00:1 nat64.test', '127.0.0.1 both.test', '192.0.2.1 both.test']
    with open(world.folder + '/hosts', 'w') as f:
        f.write('\n'.join(lines) + '\n')


CONFS = {
    'main': COMMON + ALL,
    'limits': COMMON + ALL + '''
request_header_max_size 8 KB
request_line_max_size 2 KB
header_max_fields 40
reply_header_max_size 8 KB
request_body_max_size 10000 bytes
reply_body_max_size 20000 bytes all
''',
    # short, but longer than anybody may be kept from its processor
    'times': COMMON + ALL + '''
request_timeout 3 seconds
request_start_timeout 3 seconds
client_idle_pconn_timeout 3 seconds
read_timeout 3 seconds
write_timeout 4 seconds
connect_timeout 3 seconds
''',
    'huge': COMMON + ALL + '''
request_header_max_size 1 MB
reply_header_max_size 1 MB
request_line_max_size 1 MB
header_max_fields 8192
''',
    'parent': COMMON + ALL + 'cache_peer 127.0.0.1 parent {origin} 0 no-query default\nnever_direct allow all\n',
    'xff-off': COMMON + ALL + 'forwarded_for off\n',
    'xff-transparent': COMMON + ALL + 'forwarded_for transparent\n',
    'xff-delete': COMMON + ALL + 'forwarded_for delete\n',
    'xff-truncate': COMMON + ALL + 'forwarded_for truncate\nvia off\n',
    'header-rules': COMMON + ALL + '''
acl trusted req_header X-Trusted ^1$
request_header_access X-Inner allow trusted
request_header_access X-Inner deny all
request_header_access If-Range allow trusted
request_header_access If-Range deny all
request_header_access Expect allow trusted
request_header_access Expect deny all
reply_header_access X-Inner deny all
reply_header_access X-Changed deny all
reply_header_replace X-Changed other
''',
    'one-request': COMMON + ALL + 'server_persistent_connections off\n',
    'half-closed': COMMON + ALL + 'half_closed_clients on\n',
    'rules': COMMON + '''
acl loop dst 127.0.0.0/8
acl loop6 dst ::1
acl named dstdomain .denied.test 10.9.8.7
acl badport port 1-1023
acl path urlpath_regex ^/secret
acl get method GET HEAD POST CONNECT
http_access deny loop
http_access deny loop6
http_access deny named
http_access deny badport
http_access deny path
http_access deny !get
http_access deny all
destination_access allow all
''',
    'storm': COMMON + ALL + 'read_timeout 3 seconds\ntunnel_idle_timeout 1 second\nrequest_timeout 2 seconds\nclient_idle_pconn_timeout 2 seconds\n'
        'server_idle_pconn_timeout 1 second\n',
    'few': COMMON + ALL + 'max_filedescriptors 100\nread_timeout 20 seconds\nclient_idle_pconn_timeout 2 seconds\nrequest_start_timeout 20 seconds\nserver_idle_pconn_timeout 1 second\n',
    'guard': COMMON + 'http_access allow all\n',
}


def install(world):
    hosts(world)
    for name, text in CONFS.items():
        world.confs[name] = lambda w, t=text: t.replace('{origin}', str(w.origin.port))
