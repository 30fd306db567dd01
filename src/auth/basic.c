/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks of Basic credentials in a worker. A check lives from the first question to its verdict,
 * whether or not anybody still waits for it; its password is wiped with it. The digest by which
 * memories know credentials is keyed with the master's secret and takes in the stored hash (or the
 * helper's command line), so a changed line of the file makes what was remembered for it worthless
 * at once, and nothing else.
 */
#include "auth/basic.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>

#include "auth/htpasswd.h"
#include "auth/passhash.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/hmap.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "base/sb.h"
#include "core/shared.h"
#include "net/helper.h"
#include "net/work.h"
#include "shm/credcache.h"

enum {
	CHECK_TAG = TAG4('C', 'H', 'C', 'K'),
	THREADS = 2, QUEUE = 256, PER_CLIENT = 128,
	/* guessing of passwords by a stranger must not take the processor from the loop */
	NICER = 5,
	/* how long a refusal is remembered: damps guessing and browsers that insist */
	REFUSED_S = 3,
	TTL_MAX_S = 86400 * 365,
	ASK_MAX = 3 * (CREDENTIALS_USER_MAX + CREDENTIALS_PASSWORD_MAX) + 2,
};

struct check {
	uint32_t		 tag;
	struct list		 node;		/* of all checks */
	struct list		 waiters;	/* struct basic_wait */
	uint8_t			 digest[VERDICTS_DIGEST];
	uint64_t		 client;
	struct work_job		 job;
	struct helper_call	*call;
	bool			 known;		/* the user is in the file */
	bool			 fits;		/* what the job found */
	uint8_t			 tries;		/* of helpers that died */
	char			 hash[PASSHASH_MAX];
	struct credentials	 c;
};

static struct {
	const struct auth_basic	*conf;
	struct htpasswd_watch	 file;		/* file.h NULL: a helper program */
	struct helper_pool	*helpers;
	struct work		*hashers;	/* threads: one check costs tens of milliseconds */
	EVP_MAC_CTX		*mac;
	uint64_t		 idle_s;	/* authenticate_ttl */
	uint64_t		 epoch;		/* which file or program the memories speak of */
	struct hmap		 by_digest;
	struct list		 checks;
	unsigned		 n;
} basic;

static uint64_t
now_s(void)
{
	return clock_us() / 1000000;
}

static void
start_mac(void)
{
	EVP_MAC		*hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	char		 name[] = "SHA256";
	OSSL_PARAM	 params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		    OSSL_PARAM_construct_end(),
	};

	MUST(hmac != NULL);
	basic.mac = EVP_MAC_CTX_new(hmac);
	EVP_MAC_free(hmac);
	MUST(basic.mac != NULL);
	MUST(EVP_MAC_init(basic.mac, shared.secret, sizeof shared.secret, params) == 1);
}

static void
start_helpers(const struct auth_basic *conf)
{
	struct helper_settings	 hs = {
		.name = "basicauthenticator", .argv = (const char *const *)conf->program,
		.children = conf->children, .startup = conf->startup, .idle = conf->idle,
		.concurrency = conf->concurrency, .queue = conf->queue,
		.tolerant = true,
	};

	basic.helpers = helper_pool_new(&hs);
	for (const char **a = conf->program; *a != NULL; a++)
		basic.epoch = basic.epoch * 31 + hash_bytes(*a, strlen(*a));
}

void
basic_start(const struct settings *s)
{
	MUST(basic.conf == NULL);
	memset(&basic, 0, sizeof basic);
	list_init(&basic.checks);
	if (!s->basic.on)
		return;
	basic.conf = &s->basic;
	basic.idle_s = s->authenticate_ttl_s;
	hmap_init(&basic.by_digest, false);
	start_mac();
	if (s->htpasswd != NULL) {
		basic.file.h = s->htpasswd;
		basic.epoch = hash_bytes(htpasswd_path(s->htpasswd),
		    strlen(htpasswd_path(s->htpasswd)));
		basic.hashers = work_start("passwords", THREADS, QUEUE, NICER);
	} else if (s->basic.program != NULL)
		start_helpers(&s->basic);
}

static void
mac_add(const void *p, size_t n)
{
	uint32_t	 length = (uint32_t)n;

	MUST(EVP_MAC_update(basic.mac, (const unsigned char *)&length, sizeof length) == 1);
	MUST(n == 0 || EVP_MAC_update(basic.mac, p, n) == 1);
}

static void
digest_of(const struct credentials *c, const char *hash, bool known,
    uint8_t digest[VERDICTS_DIGEST])
{
	const char	*realm = basic.conf->realm == NULL ? "" : basic.conf->realm;
	size_t		 n;

	MUST(EVP_MAC_init(basic.mac, NULL, 0, NULL) == 1);
	mac_add(known ? "basic" : "nobody", known ? 5 : 6);
	mac_add(realm, strlen(realm));
	mac_add(c->user, c->n_user);
	mac_add(c->password, c->n_password);
	mac_add(hash, strlen(hash));
	MUST(EVP_MAC_final(basic.mac, digest, &n, VERDICTS_DIGEST) == 1 && n == VERDICTS_DIGEST);
}

static struct span
key_of(const uint8_t digest[VERDICTS_DIGEST])
{
	return span_at((const char *)digest, VERDICTS_DIGEST);
}

static void
forget(struct check *k)
{
	OBJ_OK(k, CHECK_TAG);
	OBJ_GONE(k);
	/* else a newer one for the same credentials */
	if (hmap_get(&basic.by_digest, key_of(k->digest)) == k)
		hmap_take(&basic.by_digest, key_of(k->digest));
	list_remove(&k->node);
	basic.n--;
	mem_wipe(k, sizeof *k);
	free(k);
}

static void
remember(const struct check *k, bool good, uint64_t ttl_s, const struct verdict_extras *x)
{
	struct verdict	 v = { good, now_s() + ttl_s, now_s(), *x };
	bool		 plain = x->user.n == 0 && x->tag.n == 0 && x->notes.n == 0;

	if (good && plain && shared.credentials != NULL)
		credcache_put(shared.credentials, k->digest, v.used_s, v.until_s, basic.epoch);
	else if (ttl_s > 0)
		verdicts_put(k->digest, &v);
}

/*
 * The end of a check: tells all who wait. Waking one may begin or end other questions, this check's
 * included.
 */
static void
finish(struct check *k, enum basic_state state, const struct verdict_extras *x, const char *broken)
{
	struct list	*n;

	hmap_take(&basic.by_digest, key_of(k->digest));
	while ((n = list_first(&k->waiters)) != NULL) {
		struct basic_wait	*w = CONTAINER_OF(n, struct basic_wait, node);

		list_remove(n);
		w->state = state;
		w->extras = *x;
		w->broken = broken;
		w->done(w);
	}
	forget(k);
}

static const struct verdict_extras	 nothing;

/* On a thread. */
static void
hash(struct work_job *j)
{
	struct check	*k = CONTAINER_OF(j, struct check, job);

	k->fits = passhash_fits(k->hash, k->c.password);
}

static void
hashed(struct work_job *j)
{
	struct check	*k = CONTAINER_OF(j, struct check, job);
	bool		 good = k->fits && k->known;

	OBJ_OK(k, CHECK_TAG);
	if (!j->ran) {
		finish(k, BASIC_BROKEN, &nothing, "the process is ending");
		return;
	}
	remember(k, good, good ? basic.conf->credentials_ttl_s : REFUSED_S, &nothing);
	finish(k, good ? BASIC_GOOD : BASIC_REFUSED, &nothing, NULL);
}

/* Helpers' values may hold anything; what goes into facts is one line. */
static struct span
one_line(struct span s)
{
	char	*p = (char *)(uintptr_t)s.p;

	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)p[i] < ' ' || p[i] == 0x7f)
			p[i] = ' ';
	return s;
}

static void
read_pairs(const struct helper_reply *r, struct verdict_extras *x, uint64_t *ttl_s,
    struct sb *notes)
{
	for (unsigned i = 0; i < r->n; i++) {
		struct span	 key = one_line(r->pairs[i].key),
		    value = one_line(r->pairs[i].value);

		if (span_is(key, "user"))
			x->user = value;
		else if (span_is(key, "tag"))
			x->tag = value;
		else if (span_is(key, "message"))
			x->message = value;
		else if (!span_is(key, "ttl") || !span_u64(value, TTL_MAX_S, ttl_s)) {
			sb_span(notes, key);
			sb_char(notes, '=');
			sb_span(notes, value);
			sb_char(notes, '\n');
		}
	}
	x->notes = sb_done(notes);
	if (x->message.n == 0)
		x->message = one_line(r->rest);		/* "ERR text" of old helpers */
}

static bool	 ask(struct check *k);

static void
answered(void *arg, enum helper_result result, struct span line)
{
	static uint64_t		 said;
	struct check		*k = arg;
	struct verdict_extras	 x = { .user = SPAN_NONE };
	struct helper_reply	 r;
	struct sb		 notes;
	uint64_t		 ttl_s = basic.conf->credentials_ttl_s;
	char			*text;

	OBJ_OK(k, CHECK_TAG);
	k->call = NULL;
	if (result == HELPER_DIED && k->tries++ == 0 && ask(k))
		return;
	if (result != HELPER_ANSWER) {
		finish(k, BASIC_BROKEN, &nothing, result == HELPER_TIMEOUT ?
		    "the password helper gave no answer in time" : result == HELPER_DIED ?
		    "the password helper died" : "too many passwords wait for the helper");
		return;
	}
	text = span_dup(line);
	sb_heap(&notes, 8192);
	helper_parse(text, line.n, &r);
	read_pairs(&r, &x, &ttl_s, &notes);
	if (r.word == HELPER_OK) {
		remember(k, true, ttl_s, &x);
		finish(k, BASIC_GOOD, &x, NULL);
	} else if (r.word == HELPER_ERR) {
		x.user = x.tag = SPAN_NONE;
		remember(k, false, REFUSED_S, &x);
		finish(k, BASIC_REFUSED, &x, NULL);
	} else {
		if (msg_seldom(&said))
			msg(MSG_WARNING, "basicauthenticator: %s: %.*s",
			    r.word == HELPER_BH ? "broken helper" : "an answer that is none",
			    (int)(x.message.n < 200 ? x.message.n : 200), x.message.p);
		finish(k, BASIC_BROKEN, &x, "the password helper says that it is broken");
	}
	sb_free(&notes);
	free(text);
}

/* "user password", both escaped as Squid's helpers expect. */
static bool
ask(struct check *k)
{
	char	 line[ASK_MAX];
	size_t	 n = 0, m = 0;
	bool	 ok;

	ok = helper_escape(span_at(k->c.user, k->c.n_user), line, sizeof line - 1, &n);
	if (ok) {
		line[n++] = ' ';
		ok = helper_escape(span_at(k->c.password, k->c.n_password), line + n,
		    sizeof line - n, &m);
	}
	if (ok)
		k->call = helper_ask(basic.helpers, span_at(line, n + m), answered, k);
	mem_wipe(line, sizeof line);
	return ok && k->call != NULL;
}

static bool
crowded(uint64_t client)
{
	unsigned	 mine = 0;

	if (basic.n < PER_CLIENT)
		return false;
	LIST_EACH(&basic.checks, n)
		mine += CONTAINER_OF(n, struct check, node)->client == client;
	return mine >= PER_CLIENT;
}

static bool
begin(struct check *k)
{
	if (basic.helpers != NULL)
		return ask(k);
	if (basic.file.h == NULL)
		return false;
	k->job.run = hash;
	k->job.done = hashed;
	return work_put(basic.hashers, &k->job);
}

static enum basic_state
check_anew(const struct credentials *c, const char *hash, bool known,
    const uint8_t digest[VERDICTS_DIGEST], uint64_t client, struct basic_wait *w)
{
	struct check	*k;

	w->broken = "too many passwords are being checked";
	if (crowded(client))
		return BASIC_BROKEN;
	k = mem_zero(sizeof *k);
	k->tag = CHECK_TAG;
	k->client = client;
	k->known = known;
	k->c = *c;
	memcpy(k->digest, digest, sizeof k->digest);
	span_copy(span_of(hash), k->hash, sizeof k->hash);
	list_init(&k->waiters);
	list_init(&k->node);
	list_add(&basic.checks, &k->node);
	hmap_put(&basic.by_digest, key_of(k->digest), k);
	basic.n++;
	if (!begin(k)) {
		forget(k);
		return BASIC_BROKEN;
	}
	list_add(&k->waiters, &w->node);
	return BASIC_WAIT;
}

enum basic_state
basic_check(const struct credentials *c, uint64_t client, struct basic_wait *w)
{
	uint8_t		 digest[VERDICTS_DIGEST];
	const char	*hash = "";
	struct verdict	 v;
	struct check	*k;
	bool		 known = true;

	MUST(basic.conf != NULL);
	list_init(&w->node);
	w->state = BASIC_WAIT;
	w->extras = nothing;
	if (basic.file.h != NULL) {
		htpasswd_refresh(&basic.file, now_s());
		hash = htpasswd_find(basic.file.h, span_at(c->user, c->n_user),
		    !basic.conf->case_sensitive);
		known = hash != NULL;
		if (!known)
			hash = htpasswd_decoy(basic.file.h);
	}
	digest_of(c, hash, known, digest);
	if (known && shared.credentials != NULL &&
	    credcache_has(shared.credentials, digest, now_s(), basic.idle_s, basic.epoch))
		return w->state = BASIC_GOOD;
	if (verdicts_get(digest, now_s(), basic.idle_s, &v)) {
		w->extras = v.extras;
		return w->state = v.good ? BASIC_GOOD : BASIC_REFUSED;
	}
	k = hmap_get(&basic.by_digest, key_of(digest));
	if (k != NULL) {
		list_add(&k->waiters, &w->node);
		return BASIC_WAIT;
	}
	return w->state = check_anew(c, hash, known, digest, client, w);
}

void
basic_leave(struct basic_wait *w)
{
	list_remove(&w->node);
}

void
basic_stop(void)
{
	if (basic.conf == NULL)
		return;
	LIST_EACH(&basic.checks, n) {
		struct check	*k = CONTAINER_OF(n, struct check, node);

		while (!list_empty(&k->waiters))
			list_remove(list_first(&k->waiters));	/* nobody is woken: the loop has
								 * ended */
		if (k->call == NULL)
			continue;
		helper_cancel(&k->call);
		forget(k);
	}
	if (basic.helpers != NULL)
		helper_pool_free(&basic.helpers);
	else if (basic.file.h != NULL)
		work_stop(&basic.hashers);	/* a check still being hashed keeps its memory: the
						 * process ends now */
	verdicts_clear();
	hmap_free(&basic.by_digest);
	htpasswd_watch_end(&basic.file);
	EVP_MAC_CTX_free(basic.mac);
	memset(&basic, 0, sizeof basic);
}
