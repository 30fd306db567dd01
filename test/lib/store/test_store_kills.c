/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill -9 at every step: a keeper (or a worker) is killed before, after or in the middle of its
 * k-th call on the files, for one k after the other, each time in the same store; then its
 * successor goes on, or is killed at that step again and again, or everything is killed and opened
 * anew, with the index or without. Whatever happens: no version older than what is allowed, nothing
 * deleted, every byte right; what was asked for is there; who reads slowly has all of it. What lies
 * between two calls happens in shared memory and is seen by a kill before the second one. Only some
 * k are tried, others each time, unless STORE_KILLS is set: then all are. An argument: only
 * scenarios with these words. (The random counterpart: test_store_model.) Long: the scenarios share
 * one store, one way to die and one judge.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "storetest.h"
#include "store/catalog.h"
#include "store/diskio.h"
#include "store/store_inner.h"

enum { KEEPER = 1, READER, ONE, TWO, SLOTS, KEYS = 220, BURIED = 20, SEGMENTS = 10, SEGMENT = 65536,
    TIMES = 12, STRIDE = 45 };

struct fact {
	_Atomic uint64_t	 low, high;	/* versions that may be seen */
	/* none up to this one, not even when the index was lost */
	_Atomic uint64_t	 deleted;
	_Atomic bool		 going;		/* its deletion has begun */
};

/* shared with children; as they were in the image */
static struct fact	*facts, kept_facts[KEYS];
static struct store	*s;

/* ---- calls on the files, and death in them ---- */

enum moment { BEFORE, AFTER, WITHIN, MOMENTS };
static struct { enum moment moment; unsigned at, n; } trap;	/* at 0: none */

static void
die(void)
{
	kill(getpid(), SIGKILL);
}

static void
reach(enum moment moment)
{
	if (moment == BEFORE)
		trap.n++;
	if (trap.at != 0 && trap.n == trap.at && trap.moment == moment)
		die();
}

static ssize_t
read_to_death(int fd, const struct iovec *v, int n, off_t at, int flags)
{
	reach(BEFORE);
	return preadv2(fd, v, n, at, flags);
}

static ssize_t
write_to_death(int fd, const struct iovec *v, int n, off_t at)
{
	char	 all[65536];
	size_t	 sum = 0;
	ssize_t	 w;

	reach(BEFORE);
	for (int i = 0; i < n && sum + v[i].iov_len <= sizeof all; sum += v[i++].iov_len)
		if (v[i].iov_len > 0)
			memcpy(all + sum, v[i].iov_base, v[i].iov_len);
	if (trap.at != 0 && trap.moment == WITHIN && trap.n == trap.at)
		MUST(pwrite(fd, all, sum * 3 / 4, at) >= 0);
	reach(WITHIN);
	w = pwritev(fd, v, n, at);
	reach(AFTER);
	return w;
}

/* The machine goes on: nothing need be on the disk. */
static int
sync_to_death(int fd)
{
	(void)fd;
	reach(BEFORE);
	return 0;
}

static int
start_nothing(int fd, off_t at, off_t len)
{
	(void)fd;
	(void)at;
	(void)len;
	return 0;
}

static int
zero_to_death(int fd, off_t at, off_t len)
{
	int	 r;

	reach(BEFORE);
	r = diskio_system.zero(fd, at, len);
	reach(AFTER);
	return r;
}

/* ---- several processes in one ---- */

static struct appender	 appenders[SLOTS];
static bool		 joined[SLOTS];

/* This process goes on as that slot, with the segment that it has open. */
static void
as(unsigned slot)
{
	if (s->slot == slot)
		return;
	if (s->slot < SLOTS)
		appenders[s->slot] = s->fresh[0];
	if (!joined[slot]) {
		store_join(s, slot);
		joined[slot] = true;
		return;
	}
	s->slot = slot;
	s->fresh[0] = appenders[slot];
	readers_join(s->readers, slot);
}

static void
open_store(void)
{
	struct store_dir	 d = storetest_options();

	d.bytes = SEGMENTS * SEGMENT;
	memset(joined, 0, sizeof joined);
	s = store_open(&(struct store_options){ .dirs = &d, .dirs_n = 1, .slots = SLOTS,
	    .underway = 64 });
	MUST(s != NULL);
}

static struct store_stats
stat_now(void)
{
	struct store_stats	 st;

	store_stat(s, 0, &st);
	return st;
}

/* ---- what is done, and what may be seen of it ---- */

static bool
put(uint64_t n, uint64_t len)
{
	uint64_t v = ++facts[n].high;
	bool ok = storetest_put(s, n, v, len) == STORE_STORED;

	if (ok)
		facts[n].low = v;
	return ok;
}

static void
delete(uint64_t n)
{
	struct store_key k = storetest_key(n);
	uint64_t v = ++facts[n].high, before = stat_now().unburied;

	facts[n].going = true;
	store_delete(s, &k);
	facts[n].low = facts[n].high = v + 1;
	if (stat_now().unburied == before)
		facts[n].deleted = v;
}

/* A tomb in each segment. */
static void
bury_nothing(void)
{
	struct store_key k = storetest_key(KEYS + storetest_any(1000));

	store_delete(s, &k);
}

/* Key 0 is read slowly. A twelfth of the others is asked for: it is to stay. */
static bool
is_hot(uint64_t n)
{
	return n % 12 == 5;
}

static bool
act(void)
{
	uint64_t n = 1 + storetest_any(KEYS - BURIED - 1);
	bool ok = true;

	as(storetest_any(6) ? ONE : TWO);
	switch (storetest_any(16)) {
	case 0: case 1: case 2: case 3:
		delete(n);
		break;
	case 4:
		ok = put(n, 5000 + storetest_any(25000));
		break;
	case 5: case 6:
		storetest_update(s, n);
		break;
	case 7:
		bury_nothing();
		break;
	default:
		ok = put(n, storetest_any(3000));
		break;
	}
	if (is_hot(n))
		storetest_get(s, n);
	return ok;
}

static void
judge(bool without_index)
{
	for (uint64_t n = 0; n < KEYS; n++) {
		uint64_t low = without_index ? facts[n].deleted + 1 : facts[n].low;
		int64_t v = storetest_get(s, n);

		if (v >= 0 && ((uint64_t)v < low || (uint64_t)v > facts[n].high)) {
			fprintf(stderr, "key %llu: version %lld, allowed %llu to %llu\n",
			    (unsigned long long)n, (long long)v, (unsigned long long)low,
			    (unsigned long long)facts[n].high);
			abort();
		}
	}
}

static bool	 was_there[KEYS];

static void
note(bool all)
{
	for (uint64_t n = 0; n < KEYS; n++)
		was_there[n] = (all || is_hot(n)) && storetest_get(s, n) >= 0;
}

/* What was there and is not deleted: that version or a later one. */
static unsigned
count_missing(void)
{
	unsigned missing = 0;

	for (uint64_t n = 0; n < KEYS; n++)
		if (was_there[n] && !facts[n].going && storetest_get(s, n) < 0) {
			missing++;
			fprintf(stderr, "key %llu is missing\n", (unsigned long long)n);
		}
	return missing;
}

/* ---- the scenarios: how the store is prepared, who is killed ---- */

/* The oldest segment tells what was deleted out of a later one. */
static void
bury(void)
{
	as(ONE);
	MUST(put(0, 24000));
	as(TWO);
	for (uint64_t n = KEYS - BURIED; n < KEYS; n++)
		MUST(put(n, 100));
	as(ONE);
	for (uint64_t n = KEYS - BURIED; n < KEYS; n++)
		delete(n);
}

/* As much as there is room for, without a keeper. */
static void
fill(void)
{
	bury();
	for (int i = 0; i < 5000 && act(); i++)
		continue;
	MUST(stat_now().free <= 2);
}

/*
 * The segment that is the keeper's is taken too, as in a store that was made smaller: nobody could
 * carry anything to anywhere.
 */
static void
fill_to_the_last(void)
{
	fill();
	as(ONE);
	s->fresh[0].spare = 0;
	for (uint64_t i = 0; stat_now().unburied == 0 && i < 20000; i++) {
		as(i % 2 ? ONE : TWO);
		delete(i % 40);
	}
	MUST(stat_now().free == 0);
}

/* Everything was killed and began again, several times. */
static void
litter(void)
{
	bury();
	for (int life = 0; life < 5; life++) {
		for (int i = 0; i < 12; i++)
			act();
		store_close(&s);
		open_store();
	}
	for (int i = 0; i < 5000 && act(); i++)
		continue;
}

static void
half(void)
{
	bury();
	for (int i = 0; i < 150; i++)
		act();
}

static void
keep(void)
{
	store_join(s, KEEPER);
	storetest_keep(s, 1);
}

/* Only what a lost index lacks, and sealing; making room might hide what came back. */
static void
fill_index(void)
{
	store_join(s, KEEPER);
	for (int i = 0; i < 10000 && (stat_now().rebuilding || stat_now().full > 0); i++) {
		store_keep(s, 1);
		if (stat_now().rebuilding)
			judge(true);
	}
}

static void
store_some(void)
{
	joined[ONE] = joined[TWO] = false;
	for (int i = 0; i < 60; i++)
		act();
}

enum { KEEPER_DIES = 1U << KEEPER, WORKERS_DIE = 1U << ONE | 1U << TWO };

static const struct scenario {
	const char	*name;
	void		 (*prepare)(void);
	void		 (*run)(void);
	bool		 index_lost;	/* before it runs */
	unsigned	 victims;	/* slots that die */
} scenarios[] = {
	{ "room is made",		fill,			keep,		false,	KEEPER_DIES },
	{ "nothing is free",		fill_to_the_last,	keep,		false,	KEEPER_DIES },
	{ "after many crashes",		litter,			keep,		false,	KEEPER_DIES },
	{ "a lost index",		fill,			keep,		true,	KEEPER_DIES },
	{ "nothing free, no index",	fill_to_the_last,	keep,		true,	KEEPER_DIES },
	{ "a worker",			half,			store_some,	false,	WORKERS_DIE },
	{ "a worker, full",		fill,			store_some,	false,	WORKERS_DIE },
};

/* ---- images ---- */

static struct image { const char *name; char *bytes; size_t n; } images[] =
    { { "sepia-segments", NULL, 0 }, { "sepia-index", NULL, 0 } };

static void
take_image(void)
{
	struct stat	 st;

	for (size_t i = 0; i < COUNT_OF(images); i++) {
		int fd = open(storetest_path(images[i].name), O_RDONLY);

		MUST(fd >= 0 && fstat(fd, &st) == 0);
		free(images[i].bytes);
		images[i].n = (size_t)st.st_size;
		images[i].bytes = mem_alloc(images[i].n);
		MUST(pread(fd, images[i].bytes, images[i].n, 0) == (ssize_t)images[i].n);
		close(fd);
	}
	memcpy(kept_facts, facts, sizeof kept_facts);
}

static void
restore_image(const struct scenario *c)
{
	for (size_t i = 0; i < COUNT_OF(images); i++) {
		int fd = open(storetest_path(images[i].name), O_WRONLY | O_CREAT, 0600);

		MUST(fd >= 0 && pwrite(fd, images[i].bytes, images[i].n,
		    0) == (ssize_t)images[i].n);
		close(fd);
	}
	if (c->index_lost)
		unlink(storetest_path("sepia-index"));
	memcpy(facts, kept_facts, sizeof kept_facts);
	for (uint64_t n = 0; n < KEYS; n++)
		facts[n].going = false;
	for (uint64_t n = 0; n < KEYS && c->index_lost; n++)
		facts[n].low = facts[n].deleted + 1;
}

/* ---- a slow reader, in this process ---- */

static struct { struct store_hit h; struct store_reader r; uint64_t v, pos; bool is; } slow;

/* Key 0, whose chunks stand in the oldest segment. */
static void
begin_to_read(void)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(0);

	as(READER);
	slow.is = store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &slow.h) == STORE_HIT;
	if (!slow.is)
		return;			/* the index is lost */
	slow.v = slow.h.expires;
	slow.pos = slow.h.base;
	MUST(slow.pos < slow.h.total && store_reader_begin(s, &slow.r, &slow.h, slow.pos,
	    slow.h.total, NULL));
	store_release(s, &slow.h);
}

/*
 * As if a keeper had been killed between taking the words away and looking who reads (no call on
 * the files lies between).
 */
static void
lose_words_of_chunks(void)
{
	uint32_t n = 0;

	for (uint64_t pos = slow.h.base; pos < slow.h.total; pos += s->dirs[0].super.chunk_bytes)
		MUST(catalog_forget(&s->dirs[0],
		    record_chunk_key(slow.h.key, slow.h.body_id, ++n)));
}

/* Answers how many times it was cut. */
static unsigned
read_on(void)
{
	struct store_extent	 e;
	unsigned		 cut = 0;
	size_t			 got;
	char			*p = mem_alloc(65536);

	as(READER);
	while (slow.is && cut == 0 && slow.pos < slow.h.total) {
		if (store_extent(s, &slow.h, slow.pos, STORE_BLOCK, &e) != STORE_HIT) {
			cut++;
			break;
		}
		MUST(store_check(s, &e, STORE_BLOCK) == STORE_HIT &&
		    store_read(s, &e, slow.pos, p, 65536, STORE_BLOCK, &got) == STORE_HIT);
		store_extent_done(s, &e);
		for (size_t i = 0; i < got; i++)
			MUST((uint8_t)p[i] == storetest_byte(0, slow.v, slow.pos + i));
		slow.pos += got;
	}
	if (slow.is)
		store_reader_end(s, &slow.r);
	free(p);
	return cut;
}

/* ---- one death ---- */

static struct { unsigned deaths, cut, missing; } sum;

/* False: it came to its end alive. */
static bool
dies(const struct scenario *c, enum moment moment, unsigned at)
{
	pid_t	 pid;
	int	 status;
	bool	 killed;

	as(0);
	pid = fork();
	MUST(pid >= 0);
	if (pid == 0) {
		trap.moment = moment;
		trap.at = at;
		trap.n = 0;
		c->run();
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0) == pid);
	killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	MUST(killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
	for (unsigned i = 0; i < SLOTS; i++)
		if (c->victims & 1U << i)
			store_slot_died(s, i);
	sum.deaths += killed;
	return killed;
}

enum fate { GOES_ON, AGAIN, ALL, ALL_AND_INDEX, FATES };

static void
open_anew(bool without_index)
{
	store_close(&s);
	if (without_index)
		unlink(storetest_path("sepia-index"));
	open_store();
	judge(without_index);
}

/* Of the keeper's segments those that were left hardly begun. */
static unsigned
count_litter(void)
{
	const struct volume *v = &s->dirs[0];
	unsigned n = 0;

	for (uint32_t i = 0; i < v->segs->n; i++)
		n += segtab_kind(v->segs, i) == SEGTAB_MAIN &&
		    segtab_state(v->segs, i) != SEGTAB_FREE && v->segs->entry[i].used < SEGMENT / 2;
	return n;
}

/* True: there is a step k. */
static bool
one(const struct scenario *c, enum moment moment, unsigned k, enum fate fate)
{
	unsigned cut = 0, missing;
	bool died;

	restore_image(c);
	open_store();
	as(0);
	if (!c->index_lost)
		note(c->run == store_some);
	begin_to_read();
	storetest_seed = 99;
	died = dies(c, moment, k);
	for (int i = 0; died && fate == AGAIN && i < TIMES; i++)
		dies(c, moment, k);
	/* a successor goes on where the one before him was killed */
	MUST(c->prepare == litter || count_litter() <= 1);
	as(0);
	judge(c->index_lost);
	if (fate == ALL || fate == ALL_AND_INDEX)
		open_anew(fate == ALL_AND_INDEX);
	if (!died && fate == GOES_ON)
		MUST(c->run != keep || stat_now().free > 0);
	dies(&(struct scenario){ .run = fill_index, .victims = KEEPER_DIES }, BEFORE, 0);
	judge(c->index_lost || fate == ALL_AND_INDEX);
	missing = (c->run == store_some) ? count_missing() : 0;
	dies(&(struct scenario){ .run = keep, .victims = KEEPER_DIES }, BEFORE, 0);
	judge(c->index_lost || fate == ALL_AND_INDEX);
	if (!c->index_lost && fate != ALL_AND_INDEX && c->run == keep)
		missing = count_missing();
	if (fate != ALL && fate != ALL_AND_INDEX)
		cut = read_on();
	if (missing > 0 || cut > 0)
		fprintf(stderr, "%s: moment %d, step %u, fate %d: %u missing, %u cut\n", c->name,
		    moment, k, fate, missing, cut);
	/*
	 * where nothing is free what goes forward is in the keeper's memory for a moment; not what
	 * is read
	 */
	MUST(cut == 0 && (missing == 0 || c->prepare == fill_to_the_last));
	sum.missing += missing;
	sum.cut += cut;
	as(0);
	MUST(put(1, 500));
	MUST(storetest_get(s, 1) == (int64_t)facts[1].low);
	store_close(&s);
	return died;
}

/* ---- moments between two calls ---- */

/* Words of chunks that are being read are gone: the next keeper finds that they are wanted. */
static void
words_taken_away(void)
{
	open_store();
	fill();
	as(0);
	begin_to_read();
	lose_words_of_chunks();
	dies(&(struct scenario){ .run = keep, .victims = KEEPER_DIES }, BEFORE, 0);
	MUST(stat_now().carried > 0 && read_on() == 0);
	store_close(&s);
}

static bool	 keeper_is_quick;

/* Before the tomb is written the keeper finishes the index, with what is just being deleted. */
static ssize_t
write_late(int fd, const struct iovec *v, int n, off_t at)
{
	bool now = keeper_is_quick;

	keeper_is_quick = false;
	if (now)
		dies(&(struct scenario){ .run = fill_index, .victims = KEEPER_DIES }, BEFORE, 0);
	return write_to_death(fd, v, n, at);
}

static void
deleted_while_the_index_is_filled(const struct diskio *usual)
{
	struct diskio	 late = *usual;
	struct store_key k = storetest_key(7);

	open_store();
	as(ONE);
	MUST(put(7, 500));
	store_close(&s);
	unlink(storetest_path("sepia-index"));
	open_store();
	as(ONE);
	MUST(put(8, 500));	/* its segment is open */
	late.writev = write_late;
	diskio = &late;
	keeper_is_quick = true;
	store_delete(s, &k);
	diskio = usual;
	MUST(!keeper_is_quick && !stat_now().rebuilding);
	MUST(storetest_get(s, 7) == -1);
	store_close(&s);
}

static void
remove_files(void)
{
	unlink(storetest_path("sepia-segments"));
	unlink(storetest_path("sepia-index"));
}

static void
play(const struct scenario *c)
{
	bool all = getenv("STORE_KILLS") != NULL;

	memset(facts, 0, KEYS * sizeof *facts);
	storetest_seed = 88172645463325252;
	open_store();
	c->prepare();
	store_close(&s);
	take_image();
	for (int moment = 0; moment < MOMENTS; moment++)
		for (int fate = 0; fate < FATES; fate++) {
			unsigned k = all ? 1 :
			    1 + (unsigned)(time(NULL) + moment * 17 + fate * 29) % STRIDE;

			while (one(c, moment, k, fate))
				k += all ? 1 : STRIDE;
		}
	remove_files();
	printf("%s: %u deaths so far, %u missing, %u cut\n", c->name, sum.deaths, sum.missing,
	    sum.cut);
}

int
main(int argc, char **argv)
{
	struct diskio	 deadly = diskio_system;

	msg_init(STDERR_FILENO, "kills", MSG_ERROR);
	setvbuf(stdout, NULL, _IOLBF, 0);
	facts = mmap(NULL, KEYS * sizeof *facts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	    -1, 0);
	MUST(facts != MAP_FAILED);
	deadly.readv = read_to_death;
	deadly.writev = write_to_death;
	deadly.sync = sync_to_death;
	deadly.start = start_nothing;
	deadly.zero = zero_to_death;
	diskio = &deadly;
	for (size_t i = 0; i < COUNT_OF(scenarios); i++)
		if (argc < 2 || strstr(scenarios[i].name, argv[1]) != NULL)
			play(&scenarios[i]);
	memset(facts, 0, KEYS * sizeof *facts);
	words_taken_away();
	remove_files();
	deleted_while_the_index_is_filled(&deadly);
	MUST(argc > 1 || sum.deaths > 50);
	storetest_clean();
	return 0;
}
