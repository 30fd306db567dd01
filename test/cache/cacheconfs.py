# SPDX-License-Identifier: Apache-2.0
"""The configurations that the cache's cases run the proxy with. 'quiet': answers need not have Cache-Status and X-Cache."""

COMMON = '''
http_port 127.0.0.1:{port}
workers {workers}
visible_hostname proxy.test
pid_filename {dir}/pid
run_dir {dir}
logformat steps %{X-Step}>h %Ss %>Hs %<st
access_log stdio:{dir}/access.log logformat=steps
shutdown_lifetime 1 second
coredump_dir {dir}
hosts_file {dir}/../hosts
http_access allow all
destination_access allow all
'''
STORE = 'cache_dir sepia {dir}/store 256\n'
BOTH = COMMON + STORE


def conf(text, **more):
    return dict(text=text, **more)


CONFS = {
    'main': conf(BOTH + '''
acl purge method PURGE
acl never urlpath_regex /never-cache
cache deny never
acl unsent urlpath_regex /never-hit
send_hit deny unsent
acl unstored urlpath_regex /never-store
store_miss deny unstored
'''),
    'patterns': conf(BOTH + '''
refresh_pattern -i /MIN 10 0% 20
refresh_pattern /percent 0 50% 100
refresh_pattern /max 0 50% 10
refresh_pattern /override-expire 10 0% 20 override-expire
refresh_pattern /override-lastmod 10 20% 20 override-lastmod
refresh_pattern /reload-into-ims 0 20% 4320 reload-into-ims
refresh_pattern /ignore-reload 0 20% 4320 ignore-reload
refresh_pattern /ignore-no-store 10 20% 4320 ignore-no-store
refresh_pattern /ignore-private 10 20% 4320 ignore-private
refresh_pattern /stale-max 0 20% 4320 max-stale=300
refresh_pattern /refresh-ims 0 20% 4320 refresh-ims
refresh_pattern /store-stale 0 0% 0 store-stale
refresh_pattern . 0 20% 4320
'''),
    'plain-expiry': conf(BOTH + 'minimum_expiry_time 0 seconds\nnegative_ttl 30 seconds\n'),
    'offline': conf(BOTH + 'offline_mode on\n'),
    'max-stale': conf(BOTH + 'max_stale 1 minute\n'),
    'reload': conf(BOTH + 'reload_into_ims on\n'),
    'refresh-all-ims': conf(BOTH + 'refresh_all_ims on\n'),
    'miss-revalidate-off': conf(BOTH + 'cache_miss_revalidate off\n'),
    'vary-ignore-expire': conf(BOTH + 'vary_ignore_expire on\n'),
    'sizes': conf(BOTH + 'maximum_object_size 4 KB\nminimum_object_size 1 KB\n'),
    'model': conf(BOTH),
    'parts': conf(BOTH),
    'rules': conf(BOTH.replace('http_access allow all', '''
acl barred req_header X-Bad ^1$
http_access deny barred
http_access allow all
acl pictures rep_mime_type image/png
acl judged req_header X-Judged ^1$
http_reply_access deny pictures judged
http_reply_access allow all
acl hiding req_header X-Hide ^1$
reply_header_access X-Secret deny hiding
acl stripping req_header X-Strip ^1$
request_header_access Foo deny stripping
acl cached-only req_header X-No-Miss ^1$
miss_access deny cached-only
miss_access allow all
acl small req_header X-Small ^1$
reply_body_max_size 1000 bytes small
''')),
    'small': conf(BOTH.replace('/store 256', '/store 64')),
    'collapse': conf(COMMON + 'cache_dir sepia {dir}/store 256\nmaximum_object_size 64 MB\ncollapsed_forwarding on\n'),
    # for themselves: where there is no room everybody fetches for himself
    'rest': conf(COMMON + 'cache_dir sepia {dir}/store 512\nmaximum_object_size 64 MB\ncollapsed_forwarding on\n'),
    'follow': conf(BOTH + '''maximum_object_size 2500 KB
collapsed_forwarding on
logformat bytes %{X-Step}>h %Ss %<st %<bs %Sh
access_log stdio:{dir}/bytes.log logformat=bytes
'''),
    'quick-abort': conf(BOTH + 'quick_abort_min 16 KB\nquick_abort_max 32 KB\nquick_abort_pct 90\n'),
    'quick-abort-never': conf(BOTH + 'quick_abort_min -1 KB\n'),
    'quick-abort-always': conf(BOTH + 'quick_abort_min 0 KB\nquick_abort_max 0 KB\n'),
    'range-offset': conf(BOTH + 'acl whole urlpath_regex /whole\nrange_offset_limit none whole\nrange_offset_limit 1000 bytes all\n'),
    'store-id': conf(BOTH + 'store_id_program {dir}/../storeid.py\nstore_id_children 2 startup=1 concurrency=10\n'),
    'no-via': conf(BOTH + 'via off\n'),
    'peer-pass': conf(BOTH + 'cache_peer 127.0.0.1 parent {origin} 0 no-query originserver login=PASS\nnever_direct allow all\n'),
    'peer-star': conf(BOTH + 'cache_peer 127.0.0.1 parent {origin} 0 no-query originserver login=*:secret\nnever_direct allow all\n'),
    'peer-fixed': conf(BOTH + 'cache_peer 127.0.0.1 parent {origin} 0 no-query originserver login=joe:secret\nnever_direct allow all\n'),
    'none': conf(COMMON, quiet=True),
}
