/* SPDX-License-Identifier: Apache-2.0 */
/* Idle connections by where they lead, newest first. Runs in a worker. */
#include "origin/pool.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/hmap.h"
#include "base/mem.h"
#include "base/sb.h"
#include "core/peerload.h"
#include "core/shared.h"
#include "shm/board.h"

enum { KEY_MAX = 512, DEAF_MS = 5000 };

struct pool_bucket {
	struct list	 idle;
	unsigned	 n;		/* of them */
	unsigned	 members;	/* connections that belong here, idle or in use */
	struct span	 key;		/* stands behind this struct */
};

static struct hmap	 buckets;
static struct list	 by_age = { &by_age, &by_age };
static unsigned		 total;

/* What makes two requests able to share a connection. False: too long to be worth keeping. */
static bool
make_key(const struct txn *t, struct sb *b)
{
	static const struct addr	 none;

	if (t->peer != NULL) {
		SB_LIT(b, "peer ");
		sb_u64(b, t->peer->index);
	} else {
		/* Host is a client's word: nobody else's connection to that name */
		if (t->redirected) {
			SB_LIT(b, "to ");
			sb_add(b, (const char *)t->host_addrs.addrs[0].ip, 16);
		}
		sb_span(b, t->target.host);
	}
	sb_char(b, ':');
	sb_u64(b, t->peer != NULL ? t->peer->port : t->target.port);
	if (memcmp(&t->bind4, &none, sizeof none) != 0 ||
	    memcmp(&t->bind6, &none, sizeof none) != 0) {
		sb_add(b, (const char *)t->bind4.ip, 16);
		sb_add(b, (const char *)t->bind6.ip, 16);
	}
	if (t->tos != 0 || t->mark != 0)
		sb_printf(b, "/%d/%u", t->tos, t->mark);
	return sb_ok(b);
}

void
pool_local(int fd, struct addr *a)
{
	struct sockaddr_storage	 ss;
	socklen_t		 n = sizeof ss;

	if (getsockname(fd, (struct sockaddr *)&ss, &n) == 0)
		addr_from_sock(a, (struct sockaddr *)&ss);
}

static struct pool_bucket	*find_bucket(const struct txn *t);

/* max-conn= counts idle connections too: they give way to a new one. */
static void
close_surplus(struct txn *t)
{
	struct pool_bucket	*b;

	while ((b = find_bucket(t)) != NULL && b->n > 0 &&
	    peerload_of(t->peer) + b->n > t->peer->max_conn) {
		struct oconn *old = CONTAINER_OF(b->idle.prev, struct oconn, node);

		pool_close(&old);
	}
}

struct oconn *
pool_new(struct txn *t, struct io *io, const struct addr *addr, void (*cb)(struct io *, unsigned))
{
	struct oconn	*c = mem_zero(sizeof *c);

	c->tag = OCONN_TAG;
	c->addr = *addr;
	c->opened_ms = clock_ms();
	list_init(&c->node);
	list_init(&c->age);
	timer_init(&c->timer, NULL);
	io_move(&c->conn.io, io, cb);
	pool_local(c->conn.io.fd, &c->local);
	c->peer = t->peer;
	peerload_take(c->peer);
	if (c->peer != NULL && c->peer->max_conn > 0)
		close_surplus(t);
	return c;
}

/*
 * In use from now on. It belongs to its bucket until it is closed: the next time it is kept nothing
 * is looked up.
 */
static void
unlist(struct oconn *c)
{
	if (list_empty(&c->node))
		return;
	list_remove(&c->node);
	list_remove(&c->age);
	timer_stop(&c->timer);
	c->bucket->n--;
	total--;
	board_count(shared.board, shared.slot, BOARD_ORIGIN_IDLE, (uint64_t)-1);
}

static void
leave_bucket(struct oconn *c)
{
	struct pool_bucket	*b = c->bucket;

	c->bucket = NULL;
	if (b == NULL || --b->members > 0)
		return;
	hmap_take(&buckets, b->key);
	free(b);
}

void
pool_close(struct oconn **cp)
{
	struct oconn	*c = *cp;

	*cp = NULL;
	OBJ_OK(c, OCONN_TAG);
	peerload_leave(c->peer);
	unlist(c);
	leave_bucket(c);
	buf_drop(&c->conn.in);
	io_close(&c->conn.io);
	OBJ_GONE(c);
	free(c);
}

/* An idle connection has nothing to say: bytes nobody asked for, the end, an error, all end it. */
static void
on_idle_event(struct io *io, unsigned events)
{
	struct oconn	*c = CONTAINER_OF(io, struct oconn, conn.io);

	if (events & (IO_READ | IO_HUP | IO_ERR))
		pool_close(&c);
}

static void
on_idle_time(struct timer *t)
{
	struct oconn	*c = CONTAINER_OF(t, struct oconn, timer);

	pool_close(&c);
}

static struct pool_bucket *
find_bucket(const struct txn *t)
{
	char		 key[KEY_MAX];
	struct sb	 b;

	sb_fixed(&b, key, sizeof key);
	return total == 0 || !make_key(t, &b) ? NULL : hmap_get(&buckets, sb_done(&b));
}

/* Numbers of clients' connections are never used again. Who has no client owns nothing. */
static uint64_t
owner_of(const struct txn *t)
{
	return t->client != NULL ? t->f.connection : UINT64_MAX;
}

void
pool_own(const struct txn *t, struct oconn *c)
{
	OBJ_OK(c, OCONN_TAG);
	c->owner = owner_of(t);
}

static struct oconn *
find_idle(struct txn *t, const struct pool_bucket *bucket, uint64_t owner,
    bool (*allowed)(struct txn *t, const struct addr *a))
{
	LIST_EACH(&bucket->idle, n) {
		struct oconn *c = CONTAINER_OF(n, struct oconn, node);

		OBJ_OK(c, OCONN_TAG);
		if (c->owner == owner && allowed(t, &c->addr))
			return c;
	}
	return NULL;
}

/*
 * The other side may have vanished meanwhile, with its machine or with what a firewall knew of this
 * connection: then nothing comes back, and TCP itself would try for a quarter of an hour. What is
 * sent here is short and can be repeated, but for a client that logged in.
 */
static void
listen_for_life(const struct oconn *c)
{
	static const int	 deaf_ms = DEAF_MS;

	if (c->uses == 1 && c->owner == 0)
		setsockopt(c->conn.io.fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &deaf_ms, sizeof deaf_ms);
}

struct oconn *
pool_take(struct txn *t, bool own, bool (*allowed)(struct txn *t, const struct addr *a),
    void (*cb)(struct io *, unsigned))
{
	struct pool_bucket	*bucket = find_bucket(t);
	struct oconn		*c = NULL;

	if (bucket == NULL)
		return NULL;
	if (t->client != NULL)
		c = find_idle(t, bucket, owner_of(t), allowed);
	if (c == NULL && !own)
		c = find_idle(t, bucket, 0, allowed);
	if (c == NULL)
		return NULL;
	unlist(c);
	c->conn.io.cb = cb;
	c->peer = t->peer;
	peerload_take(c->peer);
	listen_for_life(c);
	return c;
}

static struct pool_bucket *
bucket_of(struct span key)
{
	struct pool_bucket	*b = hmap_get(&buckets, key);

	if (b != NULL)
		return b;
	b = mem_alloc(sizeof *b + key.n);
	memcpy(b + 1, key.p, key.n);
	b->key = span_at((const char *)(b + 1), key.n);
	b->n = b->members = 0;
	list_init(&b->idle);
	hmap_put(&buckets, b->key, b);
	return b;
}

void
pool_place(const struct txn *t, struct oconn *c)
{
	char		 key[KEY_MAX];
	struct sb	 b;

	if (c->bucket != NULL)
		return;
	sb_fixed(&b, key, sizeof key);
	if (!make_key(t, &b))
		return;
	c->bucket = bucket_of(sb_done(&b));
	c->bucket->members++;
}

/* Nothing is waiting to be read: an answer's end was its end. */
static bool
is_quiet(struct oconn *c)
{
	char	 byte;

	if (c->conn.io.ready & (IO_HUP | IO_ERR))
		return false;
	if (!(c->conn.io.ready & IO_READ))
		return true;
	if (recv(c->conn.io.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN)
		return false;
	c->conn.io.ready &= (uint8_t)~IO_READ;
	return true;
}

void
pool_keep(const struct settings *s, struct oconn **cp)
{
	struct oconn	*c = *cp;

	OBJ_OK(c, OCONN_TAG);
	MUST(buf_used(&c->conn.in) == 0);
	if (shared.draining || s->pconn_total == 0 || s->pconn_per_host == 0 || c->bucket == NULL ||
	    !is_quiet(c) || clock_ms() - c->opened_ms >= s->pconn_lifetime_ms) {
		pool_close(cp);
		return;
	}
	*cp = NULL;
	buf_drop(&c->conn.in);
	c->x = NULL;
	peerload_leave(c->peer);
	c->peer = NULL;
	c->conn.io.cb = on_idle_event;
	list_push(&c->bucket->idle, &c->node);
	list_add(&by_age, &c->age);
	c->bucket->n++;
	total++;
	board_count(shared.board, shared.slot, BOARD_ORIGIN_IDLE, 1);
	if (c->timer.cb == NULL)
		timer_init(&c->timer, on_idle_time);
	timer_set(&c->timer, s->server_idle_pconn_timeout_ms);
	if (c->bucket->n > s->pconn_per_host) {
		struct oconn *old = CONTAINER_OF(c->bucket->idle.prev, struct oconn, node);

		pool_close(&old);
	} else if (total > s->pconn_total) {
		struct oconn *old = CONTAINER_OF(by_age.next, struct oconn, age);

		pool_close(&old);
	}
}

void
pool_flush(void)
{
	while (!list_empty(&by_age)) {
		struct oconn *c = CONTAINER_OF(by_age.next, struct oconn, age);

		pool_close(&c);
	}
}
