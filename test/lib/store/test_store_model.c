/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store against a model: three workers put, grow, change, delete and read at random, a keeper
 * reclaims all the while, and all of them are killed at random; now and then everything is killed,
 * the store opened anew, or its index taken away. A key is written by one worker; any may read it.
 * The model knows for each key the oldest version that may still be seen and the newest that may be
 * seen already. SECONDS from the environment (STORE_MODEL_S).
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "base/must.h"
#include "storetest.h"

enum { KEYS = 600, WORKERS = 3, KEEPER = 4, SLOTS = 5 };

struct key_model {
	/* versions below low are gone; none above high was begun */
	_Atomic uint64_t	 low, high;
	/* versions up to it were deleted: not even the loss of the index brings them back */
	_Atomic uint64_t	 deleted;
};

struct model {
	struct key_model	 keys[KEYS];
	_Atomic uint64_t	 hits, misses, puts, follows, deletes, updates, again, slow, cut;
};

static struct model	*model;
static struct store	*s;

static uint64_t
some_length(void)
{
	return storetest_any(4) == 0 ? storetest_any(45000) : storetest_any(5000);
}

/* v was seen; low: the oldest that might be seen before it was looked for. */
static void
judge_version(uint64_t n, uint64_t low, int64_t v)
{
	if ((uint64_t)v < low || (uint64_t)v > model->keys[n].high) {
		fprintf(stderr, "key %llu: version %lld, allowed %llu to %llu\n",
		    (unsigned long long)n, (long long)v, (unsigned long long)low,
		    (unsigned long long)model->keys[n].high);
		abort();
	}
}

static void
read_key(uint64_t n)
{
	uint64_t low = model->keys[n].low;
	int64_t v = storetest_get(s, n);

	if (v < 0) {
		model->misses++;
		return;
	}
	model->hits++;
	judge_version(n, low, v);
}

/*
 * What was read before, if the store says that it would read the same again: then it is what stands
 * in the file, and as new as it has to be.
 */
static void
read_again(uint64_t n)
{
	static struct { struct store_hit h; uint64_t n; bool is; _Alignas(8) char buf[8192];
	    } kept[8], *was;
	struct store_key	 k = storetest_key(n);
	uint64_t		 low = model->keys[n].low;
	char			 now[sizeof was->buf];
	size_t			 got = 0;

	was = &kept[n % COUNT_OF(kept)];
	if (was->is && was->n == n && store_get_again(s, &k, &was->h)) {
		judge_version(n, low, (int64_t)was->h.expires);
		if (was->h.body.n > 0)
			MUST(store_read(s, &was->h.extent, 0, now, was->h.body.n, STORE_BLOCK,
			    &got) == STORE_HIT);
		MUST(got == was->h.body.n && memcmp(now, was->h.body.p, got) == 0);
		model->again++;
	} else {
		was->n = n;
		was->is = store_get(s, &k, STORE_BLOCK, was->buf, sizeof was->buf,
		    &was->h) == STORE_HIT;
	}
	if (was->is)
		store_release(s, &was->h);
}

static uint64_t
begin_version(uint64_t n)
{
	return ++model->keys[n].high;
}

/*
 * While a lost index is filled again a version that was replaced may show itself, if the newer one
 * has been dropped to make room; then what is put tells nothing about what may be seen.
 */
static bool
is_certain(void)
{
	struct store_stats	 st;

	store_stat(s, 0, &st);
	return !st.rebuilding;
}

static void
put_key(uint64_t n)
{
	uint64_t v = begin_version(n);

	bool certain = is_certain();

	if (storetest_put(s, n, v, some_length()) == STORE_STORED)
		model->keys[n].low = certain ? v : model->keys[n].low;
	else
		usleep(2000);		/* the keeper is behind, or was just killed */
	model->puts++;
}

static void
delete_key(uint64_t n)
{
	uint64_t v = begin_version(n), before;
	struct store_key k = storetest_key(n);
	struct store_stats st;
	bool certain = is_certain();

	store_stat(s, 0, &st);
	before = st.unburied;
	store_delete(s, &k);
	store_stat(s, 0, &st);
	/* else it does not hold through the loss of the index */
	if (st.unburied == before)
		model->keys[n].deleted = v;
	else
		usleep(2000);
	if (st.unburied == before || certain)
		model->keys[n].low = v + 1;
	model->keys[n].high = v + 1;
	model->deletes++;
}

/* Piece by piece, with others reading along; given up now and then. */
static void
grow_key(uint64_t n, struct store_claim *c)
{
	uint64_t		 v = begin_version(n), len = some_length();
	bool			 certain = is_certain();
	struct store_key	 k = storetest_key(n);
	char			 head[64], piece[3000];
	struct store_meta	 m = { .attr = SPAN("attributes"), .expires = v, .stored = n,
	    .flags = 7 };
	enum store_put		 how;
	struct store_object	*o;

	m.head = span_at(head, (size_t)snprintf(head, sizeof head, "%llu %llu %llu",
	    (unsigned long long)n, (unsigned long long)v, (unsigned long long)len));
	o = store_begin(s, &k, &m, storetest_any(2) ? len : STORE_UNKNOWN, c, &how);
	if (o == NULL) {
		store_claim_end(s, c);
		return;
	}
	for (uint64_t at = 0; at < len && how == STORE_STORED; at += sizeof piece) {
		size_t some = (len - at < sizeof piece) ? len - at : sizeof piece;

		storetest_fill(piece, n, v, at, some);
		how = store_append(o, span_at(piece, some));
		if (storetest_any(2) == 0)
			usleep(100);
		if (storetest_any(40) == 0)
			how = STORE_OFF;
	}
	if (how != STORE_STORED)
		store_abort(&o);
	else if (store_commit(&o) == STORE_STORED && certain)
		model->keys[n].low = v;
	model->puts++;
}

static void
follow_key(uint64_t n, const struct store_follow *f)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_hit	 h;
	uint64_t		 name, v, len, there, pos = 0;
	char			 head[64], piece[5000];
	size_t			 got;
	enum store_way		 way = STORE_ASKED;

	for (int i = 0; i < 200 && way == STORE_ASKED; i++) {
		way = store_follow_look(s, f, true, &there);
		if (way == STORE_ASKED)
			usleep(50);
	}
	if (way != STORE_GROWING || store_follow_head(s, f, STORE_BLOCK, buf, sizeof buf,
	    &h) != STORE_HIT)
		return;
	MUST(sscanf(span_copy(h.head, head, sizeof head), "%llu %llu %llu",
	    (unsigned long long *)&name, (unsigned long long *)&v,
	    (unsigned long long *)&len) == 3);
	MUST(name == n && (h.total == len || h.total == STORE_UNKNOWN));
	for (int i = 0; i < 300; i++) {
		if (store_follow_read(s, f, pos, piece, sizeof piece, STORE_BLOCK,
		    &got) != STORE_HIT)
			break;
		MUST(pos + got <= len);
		for (size_t k = 0; k < got; k++)
			MUST((uint8_t)piece[k] == storetest_byte(n, v, pos + k));
		pos += got;
		if (got == 0)
			usleep(50);
	}
	store_release(s, &h);
	model->follows += pos > 0;
}

static void
claim_key(uint64_t n, bool mine)
{
	struct store_key	 k = storetest_key(n);
	struct store_claim	 c;
	struct store_follow	 f;

	switch (store_claim(s, &k, &c, &f)) {
	case STORE_CLAIMED:
		if (mine)
			grow_key(n, &c);
		else
			store_claim_end(s, &c);
		break;
	case STORE_FOLLOW:
		follow_key(n, &f);
		break;
	case STORE_ALONE:
		break;
	}
}

/* Popular keys are asked for more often. */
static uint64_t
some_key(void)
{
	uint64_t a = storetest_any(KEYS), b = storetest_any(KEYS);

	return (a < b) ? a : b;
}

/*
 * One body at a time, piece by piece between other things: none of it is lost meanwhile, but where
 * a keeper is killed with it in its memory.
 */
static void
read_slowly(void)
{
	static struct { struct store_reader r; struct store_hit h; uint64_t n, v, pos; bool is;
	    } slow;
	_Alignas(8) static char	 buf[STORETEST_BUF];
	static char		 piece[5000];
	struct store_extent	 e;
	size_t			 got;

	if (!slow.is) {
		struct store_key k;

		slow.n = some_key();
		k = storetest_key(slow.n);
		if (store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &slow.h) != STORE_HIT)
			return;
		slow.v = slow.h.expires;
		slow.pos = slow.h.base;
		slow.is = slow.pos < slow.h.total &&
		    store_reader_begin(s, &slow.r, &slow.h, slow.pos, slow.h.total, NULL);
		store_release(s, &slow.h);
		return;
	}
	if (store_extent(s, &slow.h, slow.pos, STORE_BLOCK, &e) == STORE_HIT) {
		MUST(store_check(s, &e, STORE_BLOCK) == STORE_HIT &&
		    store_read(s, &e, slow.pos, piece, sizeof piece, STORE_BLOCK,
		    &got) == STORE_HIT);
		store_extent_done(s, &e);
		for (size_t k = 0; k < got; k++)
			MUST((uint8_t)piece[k] == storetest_byte(slow.n, slow.v, slow.pos + k));
		slow.pos += got;
		store_reader_at(s, &slow.r, slow.pos);
		if (slow.pos < slow.h.total)
			return;
		model->slow++;
	} else {
		model->cut++;
	}
	store_reader_end(s, &slow.r);
	slow.is = false;
}

static _Noreturn void
work(unsigned slot)
{
	store_join(s, slot);
	for (;;) {
		uint64_t n = some_key(), own = n - n % WORKERS + slot % WORKERS;

		switch (storetest_any(13)) {
		case 0: case 1:
			put_key(own);
			break;
		case 2:
			claim_key(storetest_any(4) * WORKERS + slot % WORKERS, true);
			break;
		case 3:
			for (int i = 0; i < 20; i++)
				claim_key(storetest_any(12), false);	/* only to follow whoever
									 * stores it just now */
			break;
		case 4:
			if (storetest_any(40) == 0)
				delete_key(own);
			break;
		case 5:
			model->updates += storetest_update(s, own);
			break;
		case 6:
			read_again(storetest_any(24));
			break;
		case 7:
			read_slowly();
			break;
		default:
			read_key(n);
			break;
		}
	}
}

static _Noreturn void
keep(void)
{
	store_join(s, KEEPER);
	for (uint64_t now_s = 1;; now_s++)
		if (store_keep(s, now_s) != 0)
			usleep(200);
}

static pid_t	 pids[SLOTS];

static void
start(unsigned slot)
{
	storetest_any(2);
	pids[slot] = fork();
	MUST(pids[slot] >= 0);
	if (pids[slot] != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);	/* nobody is left behind when the test fails */
	storetest_seed = storetest_seed * 31 + slot * 17 + (uint64_t)getpid() + 1;
	if (slot == KEEPER)
		keep();
	work(slot);
}

/* They end by our signal and in no other way. */
static void
stop(unsigned slot)
{
	int	 status;

	kill(pids[slot], SIGKILL);
	MUST(waitpid(pids[slot], &status, 0) == pids[slot]);
	MUST(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	store_slot_died(s, slot);
}

static void
stop_all(void)
{
	for (unsigned i = 1; i < SLOTS; i++)
		stop(i);
}

static void
start_all(void)
{
	for (unsigned i = 1; i < SLOTS; i++)
		start(i);
}

static void
open_again(bool without_index)
{
	stop_all();
	store_close(&s);
	if (without_index)
		unlink(storetest_path("sepia-index"));
	s = storetest_open(SLOTS);
	for (unsigned n = 0; n < KEYS && !is_certain(); n++)
		model->keys[n].low = model->keys[n].deleted + 1;
	start_all();
}

static double
now_s(void)
{
	struct timespec	 t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(void)
{
	const char		*for_s = getenv("STORE_MODEL_S");
	double			 until = now_s() + ((for_s != NULL) ? atof(for_s) : 4);
	struct store_stats	 st;
	unsigned		 kills = 0, opens = 0;

	msg_init(STDERR_FILENO, "model", MSG_ERROR);
	storetest_seed = (uint64_t)getpid() * 0x9e3779b97f4a7c15;
	model = mmap(NULL, sizeof *model, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	MUST(model != MAP_FAILED);
	s = storetest_open(SLOTS);
	start_all();
	while (now_s() < until) {
		usleep((useconds_t)storetest_any(30000));
		if (storetest_any(25) == 0) {
			open_again(getenv("STORE_MODEL_KEEP_INDEX") == NULL &&
			    storetest_any(3) == 0);
			opens++;
		} else {
			unsigned slot = 1 + (unsigned)storetest_any(SLOTS - 1);

			stop(slot);
			start(slot);
			kills++;
		}
	}
	store_stat(s, 0, &st);
	stop_all();
	printf("%u kills, %u openings; %llu hits, %llu misses, %llu puts, %llu followed, %llu deletes, %llu heads, %llu again, %llu slowly, %llu cut; carried %llu dropped %llu damaged %llu\n",
	    kills, opens, (unsigned long long)model->hits, (unsigned long long)model->misses,
	    (unsigned long long)model->puts, (unsigned long long)model->follows,
	    (unsigned long long)model->deletes, (unsigned long long)model->updates,
	    (unsigned long long)model->again, (unsigned long long)model->slow,
	    (unsigned long long)model->cut, (unsigned long long)st.carried,
	    (unsigned long long)st.dropped, (unsigned long long)st.damaged);
	MUST(model->hits > 100 && model->puts > 100 && model->again > 0 && model->slow > 0 &&
	    model->cut <= 1 + model->slow / 50);
	store_close(&s);
	storetest_clean();
	return 0;
}
