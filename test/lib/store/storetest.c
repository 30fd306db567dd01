/* SPDX-License-Identifier: Apache-2.0 */
/* Helpers of the store's tests. */
#include "storetest.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/must.h"

uint64_t	 storetest_seed = 88172645463325252;

static char	 dir[64];

const char *
storetest_dir(void)
{
	if (dir[0] == '\0') {
		snprintf(dir, sizeof dir, "/tmp/sepia-store-XXXXXX");
		MUST(mkdtemp(dir) != NULL);
	}
	return dir;
}

const char *
storetest_path(const char *name)
{
	static char	 path[512];

	snprintf(path, sizeof path, "%s/%s", storetest_dir(), name);
	return path;
}

void
storetest_clean(void)
{
	DIR		*d;
	struct dirent	*e;

	if (dir[0] == '\0')
		return;
	d = opendir(dir);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			unlink(storetest_path(e->d_name));
	if (d != NULL)
		closedir(d);
	rmdir(dir);
	dir[0] = '\0';
}

static uint64_t
mixed(uint64_t v)
{
	v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9;
	v = (v ^ v >> 27) * 0x94d049bb133111eb;
	return v ^ v >> 31;
}

struct store_key
storetest_key(uint64_t n)
{
	return (struct store_key){ { mixed(n + 1), mixed(~n) } };
}

uint8_t
storetest_byte(uint64_t n, uint64_t v, uint64_t i)
{
	return (uint8_t)(mixed(n * 1000003 + v * 7919 + i / 8) >> i % 8 * 8);
}

void
storetest_fill(char *p, uint64_t n, uint64_t v, uint64_t from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (char)storetest_byte(n, v, from + i);
}

struct store_dir
storetest_options(void)
{
	return (struct store_dir){ .path = storetest_dir(), .bytes = 32 * 65536,
	    .mean_object = 1024, .segment_bytes = 65536, .inline_bytes = 4096,
	    .chunk_bytes = 16384 };
}

struct store *
storetest_open(unsigned slots)
{
	struct store_dir	 d = storetest_options();
	struct store		*s;

	clock_tick();
	s = store_open(&(struct store_options){ .dirs = &d, .dirs_n = 1, .slots = slots,
	    .underway = 64 });
	MUST(s != NULL);
	return s;
}

enum store_put
storetest_put(struct store *s, uint64_t n, uint64_t v, uint64_t len)
{
	struct store_key	 k = storetest_key(n);
	char			 head[64], *body = malloc(len + 1);
	struct store_meta	 m = { .attr = SPAN("attributes"), .expires = v, .stored = n,
	    .flags = 7 };
	enum store_put		 how;

	MUST(body != NULL);
	m.head = span_at(head, (size_t)snprintf(head, sizeof head,
	    "%" PRIu64 " %" PRIu64 " %" PRIu64, n, v, len));
	storetest_fill(body, n, v, 0, len);
	how = store_put(s, &k, &m, span_at(body, len));
	free(body);
	return how;
}

bool
storetest_update(struct store *s, uint64_t n)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(n);
	struct store_hit	 h;
	struct store_meta	 m;

	if (store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &h) != STORE_HIT)
		return false;
	m = (struct store_meta){ .attr = h.attr, .head = h.head, .expires = h.expires,
	    .stored = h.stored, .flags = h.flags };
	store_update(s, &h, &m, STORE_BLOCK);
	store_release(s, &h);
	return true;
}

uint64_t
storetest_any(uint64_t below)
{
	storetest_seed ^= storetest_seed << 13;
	storetest_seed ^= storetest_seed >> 7;
	storetest_seed ^= storetest_seed << 17;
	return storetest_seed % below;
}

/* The extent's bytes, all of them what they should be. */
static bool
read_extent(struct store *s, struct store_extent *e, uint64_t n, uint64_t v)
{
	char	*p = malloc(e->len + 1);
	size_t	 got;
	bool	 ok = store_check(s, e, STORE_BLOCK) == STORE_HIT &&
	    store_read(s, e, e->pos, p, e->len, STORE_BLOCK, &got) == STORE_HIT &&
		    got == e->len;

	for (uint64_t i = 0; i < e->len && ok; i++)
		MUST((uint8_t)p[i] == storetest_byte(n, v, e->pos + i));
	free(p);
	return ok;
}

int64_t
storetest_get(struct store *s, uint64_t n)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(n);
	struct store_hit	 h;
	struct store_extent	 e;
	uint64_t		 name, v, len;
	char			 head[64];
	bool			 whole = true;

	if (store_get(s, &k, STORE_BLOCK, buf, sizeof buf, &h) != STORE_HIT)
		return -1;
	MUST(span_is(h.attr, "attributes") && h.flags == 7 && h.stored == n);
	MUST(sscanf(span_copy(h.head, head, sizeof head), "%" SCNu64 " %" SCNu64 " %" SCNu64, &name,
	    &v, &len) == 3);
	MUST(name == n && len == h.total && h.expires == v);
	for (size_t i = 0; h.extent.checked && i < h.body.n; i++)
		MUST((uint8_t)h.body.p[i] == storetest_byte(n, v, i));
	for (uint64_t pos = 0; whole && pos < h.total; pos = e.pos + e.len) {
		whole = store_extent(s, &h, pos, STORE_BLOCK, &e) == STORE_HIT;
		if (whole) {
			MUST(e.pos == pos && e.len > 0);
			whole = read_extent(s, &e, n, v);
			store_extent_done(s,
			    &(struct store_extent){ .tag = e.tag, .dir = e.dir, .pinned = e.pinned,
			    .segment = e.segment });
		}
	}
	store_release(s, &h);
	return whole ? (int64_t)v : -1;
}

void
storetest_keep(struct store *s, uint64_t now_s)
{
	for (int i = 0; i < 10000 && store_keep(s, now_s) == 0; i++)
		continue;
}
