/* SPDX-License-Identifier: Apache-2.0 */
/*
 * c-ares of one process. Its descriptors are watched through io.h, edge-triggered, so they are
 * served until they are drained.
 *
 * c-ares 1.18 asks the first server first, for every question: with a dead first server each would
 * wait for the retransmission. So there are channels for each of the first servers, their list
 * turned by one more; a time-out makes the next server's the ones in use. Now and then a question
 * goes to the first one as well, of which nobody waits for the answer: when one comes, it is in use
 * again.
 *
 * A channel of c-ares 1.18 asks a server from one UDP port until nothing is under way in it; then
 * it closes its sockets. Who wants to forge an answer would have to guess only the id (RFC 5452,
 * 4.5 and 9.2). So a question gets a channel that is idle, and with it a port of its own; only when
 * all are busy they share, and then those whose port is the freshest.
 */
#include "net/dnschan.h"

#include <ares.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "net/dnsservers.h"
#include "net/io.h"
#include "net/loop.h"

enum {
	TURNS_MOST = 3,			/* servers that can come first */
	/* channels for each of them, made as they are needed: 75 KB each */
	PORTS_MOST = 32,
	SERVERS_MOST = 16,
	/* of the 65,536 query ids, so that finding a free one stays cheap */
	UNDER_WAY_MOST = 8192,
	TRIES_MOST = 8,
	ROUNDS_MOST = 64,		/* reads in a row from one descriptor */
	PROBE_MS = 30000,
	DOMAINS_MOST = 6,
};

struct channel {
	ares_channel	 ares;
	struct list	 socks;
	struct timer	 timer;
	unsigned	 turn, under_way;
	unsigned	 asked;		/* questions since it was idle */
};

struct sock {			/* a descriptor that c-ares owns */
	struct list	 node;
	struct io	 io;
	struct channel	*c;
	/* there was room before c-ares wanted to write, or there is more to read */
	struct task	 write;
	bool		 wants_write;
};

struct question {
	void		(*cb)(void *, const struct dnsreply *);
	void		*arg;
	struct channel	*c;
	enum dnsreply_type type;
};

/* Channels whose list of servers is turned by so many. */
static struct turn {
	struct channel	*channels[PORTS_MOST];
	unsigned	 n;
}			 turns[TURNS_MOST];
static struct ares_addr_port_node	 servers[SERVERS_MOST];
static unsigned		 n_servers, n_turns, in_use, under_way;
static uint64_t		 probe_ms, each_ms, retry_ms;
static struct ares_options	 options;
static int		 option_mask;
static char		*domains[DOMAINS_MOST + 1];

static struct sock *
find(struct channel *c, int fd)
{
	LIST_EACH(&c->socks, n) {
		struct sock *s = CONTAINER_OF(n, struct sock, node);

		if (s->io.fd == fd)
			return s;
	}
	return NULL;
}

/*
 * A new question, or one that went to another server, has retry_ms before something must be done
 * about it; those that wait longer are asked for only when the timer runs, because c-ares looks
 * through all of them to answer.
 */
static void
arm(struct channel *c)
{
	if (c->under_way == 0 ||
	    (timer_is_set(&c->timer) && c->timer.due_ms <= clock_ms() + retry_ms))
		return;
	timer_set(&c->timer, retry_ms);
}

static bool
readable(int fd)
{
	struct pollfd	 p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* c-ares reads one piece of a TCP stream per call, so it is called until nothing is left. */
static void
serve(struct channel *c, int fd, bool write)
{
	struct sock	*s;

	for (int i = 0; i < ROUNDS_MOST; i++) {
		ares_process_fd(c->ares, fd, write ? fd : ARES_SOCKET_BAD);
		write = false;
		if (find(c, fd) == NULL || !readable(fd)) {
			arm(c);
			return;
		}
	}
	s = find(c, fd);
	if (s != NULL)
		task_later(&s->write);
	arm(c);
}

static void
on_io(struct io *io, unsigned events)
{
	struct sock	*s = CONTAINER_OF(io, struct sock, io);

	serve(s->c, io->fd, s->wants_write && (events & (IO_WRITE | IO_ERR)) != 0);
}

static void
on_write(struct task *t)
{
	struct sock	*s = CONTAINER_OF(t, struct sock, write);

	serve(s->c, s->io.fd, s->wants_write);
}

static void
on_timer(struct timer *t)
{
	struct channel	*c = CONTAINER_OF(t, struct channel, timer);
	struct timeval	 tv;

	ares_process_fd(c->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	if (c->under_way > 0 && ares_timeout(c->ares, NULL, &tv) != NULL)
		timer_set(&c->timer, (uint64_t)tv.tv_sec * 1000 + (uint64_t)tv.tv_usec / 1000 + 1);
}

/* c-ares opened a socket. One that cannot be watched counts as a server that cannot be reached. */
static int
on_create(ares_socket_t fd, int type, void *data)
{
	struct channel	*c = data;
	struct sock	*s = mem_zero(sizeof *s);

	(void)type;
	if (!io_open(&s->io, fd, 0, on_io)) {
		free(s);
		return -1;
	}
	s->c = c;
	list_init(&s->node);
	list_add(&c->socks, &s->node);
	task_init(&s->write, on_write);
	return ARES_SUCCESS;
}

/* c-ares wants something else of a socket, or is about to close it. */
static void
on_state(void *data, ares_socket_t fd, int want_read, int want_write)
{
	struct channel	*c = data;
	struct sock	*s = find(c, fd);

	if (s == NULL)
		return;
	if (!want_read && !want_write) {
		io_release(&s->io);
		task_drop(&s->write);
		list_remove(&s->node);
		free(s);
		return;
	}
	s->wants_write = want_write != 0;
	if (s->wants_write && (s->io.ready & IO_WRITE))
		task_later(&s->write);
}

static enum dns_result
judge(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return DNS_OK;
	case ARES_ENODATA:
	case ARES_ENOTFOUND:
	case ARES_EBADNAME:
		return DNS_NO_NAME;
	case ARES_ETIMEOUT:
		return DNS_TIMEOUT;
	default:
		return DNS_FAILED;
	}
}

static void
turn(struct channel *c)
{
	if (n_turns < 2 || c->turn != in_use)
		return;
	in_use = (in_use + 1) % n_turns;
	probe_ms = clock_ms() + each_ms;
	msg(MSG_WARNING,
	    "a DNS server does not answer; server %u of the list is asked first until the first one answers again", in_use + 1);
}

static void
on_answer(void *arg, int status, int timeouts, unsigned char *p, int n)
{
	struct question	 q = *(struct question *)arg;
	struct dnsreply	 r;

	free(arg);
	q.c->under_way--;
	under_way--;
	if (timeouts > 0 && status != ARES_EDESTRUCTION)
		turn(q.c);
	r.result = judge(status);
	r.ttl_s = 0;
	r.n = r.name_n = 0;
	if (r.result == DNS_OK)
		dnsreply_parse(p, (size_t)n, q.type, &r);
	q.cb(q.arg, &r);
}

static bool
is_idle(const struct channel *c)
{
	/* while its last answer is told the sockets are still there */
	return c->under_way == 0 && list_empty(&c->socks);
}

static struct channel	*open_channel(unsigned turned);

/*
 * An idle channel, or a new one, or the one that has asked the fewest questions from its port.
 * NULL: none could be made.
 */
static struct channel *
pick(struct turn *t)
{
	struct channel	*best = NULL, *c;

	for (unsigned i = 0; i < t->n; i++) {
		c = t->channels[i];
		if (is_idle(c)) {
			c->asked = 0;
			return c;
		}
		if (best == NULL || c->asked < best->asked)
			best = c;
	}
	if (t->n == PORTS_MOST || (c = open_channel((unsigned)(t - turns))) == NULL)
		return best;
	return t->channels[t->n++] = c;
}

static void
on_probe(void *arg, int status, int timeouts, unsigned char *p, int n)
{
	struct channel	*c = arg;
	enum dns_result	 r = judge(status);

	(void)p;
	(void)n;
	c->under_way--;
	under_way--;
	if (in_use == 0 || timeouts > 0 || (r != DNS_OK && r != DNS_NO_NAME))
		return;
	in_use = 0;
	msg(MSG_INFO, "the first DNS server answers again");
}

/* What is asked for anyway is asked of the first server as well. */
static void
probe(const char *name, enum dnsreply_type type)
{
	struct channel	*c;

	probe_ms = clock_ms() + each_ms;
	if (under_way >= UNDER_WAY_MOST || (c = pick(&turns[0])) == NULL)
		return;
	c->asked++;
	c->under_way++;
	under_way++;
	ares_query(c->ares, name, 1, (int)type, on_probe, c);
	arm(c);
}

bool
dnschan_ask(const char *name, enum dnsreply_type type,
    void (*cb)(void *arg, const struct dnsreply *), void *arg)
{
	struct question	*q;
	struct channel	*c;

	if (n_turns == 0 || under_way >= UNDER_WAY_MOST)
		return false;
	if (in_use != 0 && clock_ms() >= probe_ms)
		probe(name, type);
	c = pick(&turns[in_use]);
	if (c == NULL)
		return false;
	q = mem_alloc(sizeof *q);
	*q = (struct question){ cb, arg, c, type };
	c->asked++;
	c->under_way++;
	under_way++;
	ares_query(c->ares, name, 1, (int)type, on_answer, q);
	arm(c);
	return true;
}

const char *
dnschan_domain(unsigned i)
{
	return i < DOMAINS_MOST ? domains[i] : NULL;
}

static void
keep_domains(ares_channel a)
{
	struct ares_options	 o;
	int			 mask;

	if (ares_save_options(a, &o, &mask) != ARES_SUCCESS)
		return;
	for (int i = 0; i < o.ndomains && i < DOMAINS_MOST; i++)
		domains[i] = mem_str(o.domains[i]);
	ares_destroy_options(&o);
}

/*
 * dns_timeout is the caller's affair; c-ares only has to try for as long, doubling its interval
 * each time all have been asked.
 */
static int
tries(const struct dns_settings *s)
{
	int	 n = 1;

	for (uint64_t sum = retry_ms, step = retry_ms; sum < s->timeout_ms && n < TRIES_MOST; n++)
		sum += step *= 2;
	return n;
}

static void
set_options(const struct dns_settings *s)
{
	static char	 lookups[] = "b";

	options = (struct ares_options){
		.flags = ARES_FLAG_NOALIASES | ARES_FLAG_NOSEARCH |
		(s->packet_max > 0 ? ARES_FLAG_EDNS : 0), .timeout = (int)retry_ms,
		.tries = tries(s),
		.ndots = 1,
		.udp_port = s->port, .tcp_port = s->port,
		.lookups = lookups,
		.sock_state_cb = on_state,
		.ednspsz = s->packet_max > 65535 ? 65535 : (int)s->packet_max,
	};
	option_mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
	    ARES_OPT_SOCK_STATE_CB | ARES_OPT_NOROTATE;
	if (s->packet_max > 0)
		option_mask |= ARES_OPT_EDNSPSZ;
	if (s->port != 0)
		option_mask |= ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT;
}

static struct channel *
open_channel(unsigned turned)
{
	struct channel	*c = mem_zero(sizeof *c);
	int		 r;

	c->turn = turned;
	list_init(&c->socks);
	timer_init(&c->timer, on_timer);
	options.sock_state_cb_data = c;
	r = ares_init_options(&c->ares, &options, option_mask);
	if (r == ARES_SUCCESS && n_servers > 0 &&
	    (r = dnsservers_set(c->ares, servers, n_servers, turned)) != ARES_SUCCESS)
		ares_destroy(c->ares);
	if (r != ARES_SUCCESS) {
		msg(MSG_ERROR, "cannot set up the DNS resolver: %s", ares_strerror(r));
		free(c);
		return NULL;
	}
	ares_set_socket_callback(c->ares, on_create, c);
	return c;
}

/* From now on c-ares is told everything: it need not read resolv.conf for each channel. */
static void
know_all(void)
{
	if (n_servers > 0)		/* else what c-ares takes without any: 127.0.0.1 */
		option_mask |= ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_NDOTS |
		    ARES_OPT_SORTLIST;
}

bool
dnschan_init(const struct dns_settings *s)
{
	struct channel	*c;

	MUST(n_turns == 0);
	in_use = under_way = n_servers = 0;
	each_ms = s->probe_ms == 0 ? PROBE_MS : s->probe_ms;
	retry_ms = s->retry_ms == 0 ? 5000 : s->retry_ms > 600000 ? 600000 : s->retry_ms;
	set_options(s);
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS || (c = open_channel(0)) == NULL)
		return false;
	keep_domains(c->ares);
	n_servers = s->servers != NULL ? dnsservers_given(s, servers, SERVERS_MOST) :
	    dnsservers_found(c->ares, servers, SERVERS_MOST);
	if (n_servers > 0 && dnsservers_set(c->ares, servers, n_servers, 0) != ARES_SUCCESS)
		msg(MSG_ERROR, "cannot set the DNS servers");
	know_all();
	turns[0] = (struct turn){ { c }, 1 };
	n_turns = n_servers == 0 ? 1 : n_servers < TURNS_MOST ? n_servers : TURNS_MOST;
	return true;
}

void
dnschan_free(void)
{
	unsigned	 n = n_turns;

	/* nothing is asked any more, whatever the answers lead to */
	n_turns = 0;
	for (unsigned t = 0; t < n; t++) {
		for (unsigned i = 0; i < turns[t].n; i++) {
			struct channel	*c = turns[t].channels[i];

			timer_stop(&c->timer);
			ares_destroy(c->ares);
			MUST(list_empty(&c->socks));
			free(c);
		}
		turns[t].n = 0;
	}
	for (unsigned i = 0; i < DOMAINS_MOST; i++) {
		free(domains[i]);
		domains[i] = NULL;
	}
	if (n > 0)
		ares_library_cleanup();
}
