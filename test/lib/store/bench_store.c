/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the store costs: bench_store [OBJECTS]. Lookup and read of a 1 KB object from the page
 * cache, storing one, opening a store that holds OBJECTS (1,000,000) of them, memory of the index.
 * Not a test: it prints.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "base/must.h"
#include "storetest.h"

enum { BODY = 1024, HEAD = 300, ATTR = 60, LOOKUPS = 1000000 };

static double
now(clockid_t c)
{
	struct timespec	 t;

	clock_gettime(c, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct store *
open_big(uint64_t objects)
{
	struct store_dir	 d = { .path = storetest_dir(),
	    .bytes = objects * 2048 + (512 << 20), .mean_object = 1536 };
	struct store		*s;

	clock_tick();
	s = store_open(&(struct store_options){ .dirs = &d, .dirs_n = 1, .slots = 4 });
	MUST(s != NULL);
	return s;
}

/* Lookups of what is not there: the index alone. */
static void
miss(struct store *s, const char *what)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_hit	 h;
	struct store_follow	 f;
	double			 t = now(CLOCK_PROCESS_CPUTIME_ID);

	for (uint64_t i = 0; i < LOOKUPS; i++) {
		struct store_key k = storetest_key(1ULL << 40 | i);

		MUST(store_get(s, &k, STORE_NOWAIT, buf, 16384, &h) == STORE_MISS &&
		    !store_growing(s, &k, &f));
	}
	printf("%-44s %.2f us\n", what, (now(CLOCK_PROCESS_CPUTIME_ID) - t) / LOOKUPS);
}

static void
look_up(struct store *s, uint64_t objects, uint64_t among, const char *what)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_hit	 h;
	double			 t = now(CLOCK_PROCESS_CPUTIME_ID);
	uint64_t		 hits = 0, cold = 0;

	for (uint64_t i = 0; i < LOOKUPS; i++) {
		struct store_key k = storetest_key(i * 7919 % among * (objects / among));
		enum store_got got = store_get(s, &k, STORE_NOWAIT, buf, 16384, &h);

		MUST(got != STORE_MISS);
		cold += got == STORE_WOULD_BLOCK;
		if (got == STORE_HIT) {
			hits += h.body.n == BODY && h.extent.checked;
			store_release(s, &h);
		}
	}
	printf("%-44s %.2f us (%llu hits, %llu not in memory, of %d)\n", what,
	    (now(CLOCK_PROCESS_CPUTIME_ID) - t) / LOOKUPS, (unsigned long long)hits,
	    (unsigned long long)cold, LOOKUPS);
}

int
main(int argc, char **argv)
{
	uint64_t		 objects = (argc > 1) ? strtoull(argv[1], NULL, 10) : 1000000,
	    stored = 0;
	static char		 body[BODY], head[HEAD], attr[ATTR];
	struct store_meta	 m = { .attr = span_at(attr, ATTR), .head = span_at(head, HEAD) };
	struct store		*s;
	struct store_stats	 st;
	struct store_key	 k;
	double			 t, spent = 0;

	msg_init(STDERR_FILENO, "bench", MSG_WARNING);
	s = open_big(objects);
	storetest_fill(body, 1, 1, 0, BODY);
	for (uint64_t i = 0; i < objects; i += 10000) {
		t = now(CLOCK_PROCESS_CPUTIME_ID);
		for (uint64_t n = i; n < i + 10000 && n < objects; n++) {
			k = storetest_key(n);
			stored += store_put(s, &k, &m, span_at(body, BODY)) == STORE_STORED;
		}
		spent += now(CLOCK_PROCESS_CPUTIME_ID) - t;
		storetest_keep(s, 1);
	}
	printf("%-44s %.2f us\n", "store_put, 1 KB", spent / (double)objects);
	look_up(s, objects, objects, "store_get, 1 KB, any of all");
	look_up(s, objects, 1000, "store_get, 1 KB, 1000 popular ones");
	miss(s, "store_get and store_growing, not there");
	store_close(&s);
	t = now(CLOCK_MONOTONIC);
	s = open_big(objects);
	printf("%-44s %.2f ms\n", "store_open", (now(CLOCK_MONOTONIC) - t) / 1000);
	look_up(s, objects, objects, "store_get after reopening, any of all");
	store_stat(s, 0, &st);
	printf("%llu stored, %llu in the index, %.2f bytes of index for each, %llu lost to crowding\n", (unsigned long long)stored,
	    (unsigned long long)store_count(s, 0), (double)st.index_bytes / (double)objects,
	    (unsigned long long)st.index_full);
	t = now(CLOCK_MONOTONIC);
	storetest_keep(s, 1);
	printf("%-44s %.0f ms\n", "sealing and syncing all of it",
	    (now(CLOCK_MONOTONIC) - t) / 1000);
	store_close(&s);
	unlink(storetest_path("sepia-index"));
	s = open_big(objects);
	t = now(CLOCK_MONOTONIC);
	storetest_keep(s, 1);
	printf("%-44s %.0f ms\n", "a lost index filled again", (now(CLOCK_MONOTONIC) - t) / 1000);
	printf("%llu in the index\n", (unsigned long long)store_count(s, 0));
	store_close(&s);
	storetest_clean();
	return 0;
}
