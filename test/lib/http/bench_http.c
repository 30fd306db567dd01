/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nanoseconds per parsed head, target and header look-up. Not a test: `make
 * test/lib/http/bench_http` and run it.
 */
#include <stdio.h>
#include <time.h>

#include "base/must.h"
#include "http/chunked.h"
#include "http/date.h"
#include "http/framing.h"
#include "http/head.h"
#include "http/target.h"

static const char request[] =
    "GET http://www.example.com/static/js/app.bundle.min.js?v=20240115 HTTP/1.1\r\n"
    "Host: www.example.com\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate\r\n"
    "Proxy-Connection: keep-alive\r\n"
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "Referer: http://www.example.com/index.html\r\n"
    "Cache-Control: max-age=0\r\n"
    "\r\n";

static const struct head_limits limits = { 65536, 8192, 200 };

static double
now_ns(void)
{
	struct timespec	 t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void
bench_head(void)
{
	static struct head	 h;
	struct arena		 a;

	arena_init(&a, 65536);
	MUST(head_parse_request(&h, request, sizeof request - 1, 0, &limits, &a) == HEAD_DONE);
	arena_reset(&a);
}

static void
bench_target(void)
{
	struct target	 t;
	struct arena	 a;

	arena_init(&a, 65536);
	MUST(target_parse(&t, SPAN("http://www.example.com/static/js/app.bundle.min.js?v=20240115"),
	    false, &a) == TARGET_OK);
	arena_reset(&a);
}

static void
bench_lookup(void)
{
	MUST(field_lookup(SPAN("if-modified-since")) == FIELD_IF_MODIFIED_SINCE);
}

static void
bench_all(void)
{
	static struct head	 h;
	struct target		 t;
	struct framing		 f;
	struct arena		 a;

	arena_init(&a, 65536);
	MUST(head_parse_request(&h, request, sizeof request - 1, 0, &limits, &a) == HEAD_DONE);
	MUST(target_parse(&t, h.target, false, &a) == TARGET_OK);
	MUST(framing_request(&h, &f) == FRAMING_OK && framing_persistent(&h));
	head_remove_hop(&h);
	arena_reset(&a);
}

static void
bench_date(void)
{
	int64_t	 t;

	MUST(date_parse(SPAN("Sun, 06 Nov 1994 08:49:37 GMT"), 0, &t));
}

static void
run(const char *what, void (*once)(void))
{
	double	 best = 1e9;

	for (int round = 0; round < 15; round++) {
		double	 from = now_ns(), each;

		for (int i = 0; i < 100000; i++)
			once();
		each = (now_ns() - from) / 100000;
		best = each < best ? each : best;
	}
	printf("%-40s %7.1f ns\n", what, best);
}

int
main(void)
{
	printf("request of %zu bytes, 10 fields\n", sizeof request - 1);
	run("head_parse_request", bench_head);
	run("target_parse", bench_target);
	run("field_lookup", bench_lookup);
	run("date_parse", bench_date);
	run("head, target, framing, hop-by-hop", bench_all);
	return 0;
}
