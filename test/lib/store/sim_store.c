/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the store's replacement is worth: the store itself (without syncs) against LRU, FIFO, SIEVE
 * and S3-FIFO of the same number of bytes, on traces of Zipf's law, alone and mixed with scans.
 * Prints hit ratios in percent; with "check" as argument it fails when the store has less than LRU
 * or more than a point less than S3-FIFO.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "storetest.h"
#include "store/diskio.h"

enum { OBJECTS = 200000, REQUESTS = 1500000, WARM = 300000, RECORD = 192, NONE = -1 };

static uint32_t	*trace;
static uint32_t	 ids;			/* names in the trace are below */
static uint64_t	 seed;

static double
uniform(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (double)(seed >> 11) / 9007199254740992.0;
}

/* scans: this share of the requests belongs to runs over objects that are never asked for again. */
static void
make_trace(double alpha, double scans)
{
	double *sum = mem_alloc(OBJECTS * sizeof *sum), all = 0;
	uint32_t fresh = OBJECTS, run = 0;

	seed = 0x9e3779b97f4a7c15;
	for (uint32_t i = 0; i < OBJECTS; i++)
		sum[i] = all += pow(i + 1, -alpha);
	for (uint32_t i = 0; i < REQUESTS; i++) {
		uint32_t low = 0, high = OBJECTS - 1;
		double u = uniform() * all;

		if (run == 0 && scans > 0 && uniform() < scans / 1000 / (1 - scans))
			run = 1000;
		if (run > 0) {
			run--;
			trace[i] = fresh++;
			continue;
		}
		while (low < high) {
			uint32_t mid = (low + high) / 2;

			if (sum[mid] < u)
				low = mid + 1;
			else
				high = mid;
		}
		trace[i] = low;
	}
	ids = fresh;
	free(sum);
}

/* Queues over names: a doubly linked list each; 0 is the head's side. */
struct queue {
	int32_t	 head, tail;
	uint32_t n;
};
static int32_t	*up, *down;		/* towards the head, towards the tail */
static uint8_t	*in, *freq;		/* which queue a name is in, 0: none */

static void
push(struct queue *q, uint8_t which, int32_t x)
{
	up[x] = NONE;
	down[x] = q->head;
	if (q->head != NONE)
		up[q->head] = x;
	else
		q->tail = x;
	q->head = x;
	q->n++;
	in[x] = which;
}

static void
take(struct queue *q, int32_t x)
{
	if (up[x] != NONE)
		down[up[x]] = down[x];
	else
		q->head = down[x];
	if (down[x] != NONE)
		up[down[x]] = up[x];
	else
		q->tail = up[x];
	q->n--;
	in[x] = 0;
}

static void
clear(void)
{
	memset(in, 0, ids);
	memset(freq, 0, ids);
}

static double
run_lru(uint32_t cap, bool fifo)
{
	struct queue q = { NONE, NONE, 0 };
	uint64_t hits = 0;

	clear();
	for (uint32_t i = 0; i < REQUESTS; i++) {
		int32_t x = (int32_t)trace[i];

		hits += in[x] && i >= WARM;
		if (in[x] && fifo)
			continue;
		if (in[x])
			take(&q, x);
		else if (q.n == cap)
			take(&q, q.tail);
		push(&q, 1, x);
	}
	return (double)hits * 100 / (REQUESTS - WARM);
}

static double
run_sieve(uint32_t cap)
{
	struct queue q = { NONE, NONE, 0 };
	int32_t hand = NONE;
	uint64_t hits = 0;

	clear();
	for (uint32_t i = 0; i < REQUESTS; i++) {
		int32_t x = (int32_t)trace[i];

		if (in[x]) {
			hits += i >= WARM;
			freq[x] = 1;
			continue;
		}
		if (q.n == cap) {
			int32_t y = (hand != NONE) ? hand : q.tail;

			while (freq[y]) {
				freq[y] = 0;
				y = (up[y] != NONE) ? up[y] : q.tail;
			}
			hand = up[y];
			take(&q, y);
		}
		freq[x] = 0;
		push(&q, 1, x);
	}
	return (double)hits * 100 / (REQUESTS - WARM);
}

enum { SMALL = 1, MAIN = 2, GHOST = 3 };

static void
s3_evict(struct queue *s, struct queue *m, struct queue *g, uint32_t cap)
{
	while (s->n + m->n >= cap) {
		int32_t x = (s->n >= cap / 10 && s->n > 0) || m->n == 0 ? s->tail : m->tail;

		if (in[x] == SMALL) {
			take(s, x);
			if (freq[x] > 1) {
				freq[x] = 0;
				push(m, MAIN, x);
				continue;
			}
			if (g->n >= cap - cap / 10)
				take(g, g->tail);
			push(g, GHOST, x);
		} else {
			take(m, x);
			if (freq[x] > 0) {
				freq[x]--;
				push(m, MAIN, x);
			}
		}
	}
}

static double
run_s3fifo(uint32_t cap)
{
	struct queue s = { NONE, NONE, 0 }, m = s, g = s;
	uint64_t hits = 0;

	clear();
	for (uint32_t i = 0; i < REQUESTS; i++) {
		int32_t x = (int32_t)trace[i];
		bool ghost = in[x] == GHOST;

		if (in[x] == SMALL || in[x] == MAIN) {
			hits += i >= WARM;
			freq[x] = (uint8_t)(freq[x] < 3 ? freq[x] + 1 : 3);
			continue;
		}
		if (ghost)
			take(&g, x);
		s3_evict(&s, &m, &g, cap);
		freq[x] = 0;
		if (ghost)
			push(&m, MAIN, x);
		else
			push(&s, SMALL, x);
	}
	return (double)hits * 100 / (REQUESTS - WARM);
}

static int
no_sync(int fd)
{
	(void)fd;
	return 0;
}

static int
no_zero(int fd, off_t at, off_t n)
{
	(void)fd;
	(void)at;
	(void)n;
	return 0;
}

static double
run_store(uint32_t cap)
{
	_Alignas(8) static char	 buf[4096], body[RECORD - 96];
	struct store_dir	 d = storetest_options();
	struct store_meta	 m = { 0 };
	struct store_hit	 h;
	uint64_t		 hits = 0;
	struct store		*s;

	/*
	 * its entry in the table of contents counts too: next to nothing beside real objects, a
	 * seventh of these
	 */
	d.bytes = (uint64_t)cap * (RECORD + 32);
	d.mean_object = RECORD;
	d.segment_bytes = (uint32_t)(d.bytes / 128 / 4096 * 4096);
	if (d.segment_bytes < 8192)
		d.segment_bytes = 8192;
	d.inline_bytes = 1024;
	d.chunk_bytes = 1024;
	s = store_open(&(struct store_options){ .dirs = &d, .dirs_n = 1, .slots = 1 });
	for (uint32_t i = 0; i < REQUESTS; i++) {
		struct store_key k = storetest_key(trace[i]);

		if (store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &h) == STORE_HIT) {
			hits += i >= WARM;
			store_release(s, &h);
			continue;
		}
		while (store_put(s, &k, &m, span_at(body, sizeof body)) != STORE_STORED)
			store_keep(s, 1);
		if (i % 8 == 0)
			store_keep(s, 1);
	}
	store_close(&s);
	storetest_clean();
	return (double)hits * 100 / (REQUESTS - WARM);
}

int
main(int argc, char **argv)
{
	static const struct { double alpha, scans; } traces[] =
	    { { 0.7, 0 }, { 0.9, 0 }, { 1.1, 0 }, { 0.9, 0.2 }, { 0.9, 0.5 } };
	static const unsigned	 percents[] = { 1, 10 };
	struct diskio		 quick = diskio_system;
	bool			 check = argc > 1 && strcmp(argv[1], "check") == 0, bad = false;

	msg_init(STDERR_FILENO, "sim", MSG_ERROR);
	clock_tick();
	quick.sync = no_sync;
	quick.zero = no_zero;
	diskio = &quick;
	trace = mem_alloc(REQUESTS * sizeof *trace);
	up = mem_alloc((OBJECTS + REQUESTS) * sizeof *up);
	down = mem_alloc((OBJECTS + REQUESTS) * sizeof *down);
	in = mem_alloc(OBJECTS + REQUESTS);
	freq = mem_alloc(OBJECTS + REQUESTS);
	printf("zipf scans  size | %7s %7s %7s %7s %7s\n", "store", "LRU", "FIFO", "SIEVE",
	    "S3-FIFO");
	for (size_t t = 0; t < COUNT_OF(traces); t++) {
		make_trace(traces[t].alpha, traces[t].scans);
		for (size_t p = 0; p < COUNT_OF(percents); p++) {
			uint32_t cap = OBJECTS / 100 * percents[p];
			double store = run_store(cap), lru = run_lru(cap, false),
			    s3 = run_s3fifo(cap);

			printf("%4.1f %4.0f%% %4u%% | %7.2f %7.2f %7.2f %7.2f %7.2f\n",
			    traces[t].alpha, traces[t].scans * 100, percents[p],
			    store, lru, run_lru(cap, true), run_sieve(cap), s3);
			fflush(stdout);
			bad |= store < lru || store < s3 - 1;
		}
	}
	return check && bad;
}
