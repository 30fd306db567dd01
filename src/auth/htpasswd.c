/* SPDX-License-Identifier: Apache-2.0 */
/*
 * htpasswd files: reading, judging, finding, noticing that the file changed. The bytes are kept as
 * read, NULs put behind each part; the two maps borrow from them. Reading a file of thousands of
 * lines takes a few milliseconds and happens only when it changed.
 */
#include "auth/htpasswd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "auth/passhash.h"
#include "base/hmap.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"

enum { HTPASSWD_TAG = TAG4('H', 'T', 'P', 'W'), ID_WORDS = 6, WARNINGS_MAX = 20 };

struct htpasswd {
	uint32_t	 tag;
	char		*path;
	char		*bytes;
	size_t		 size;
	struct hmap	 exact, folded;		/* user -> hash (NUL-terminated) */
	const char	*decoy;
	uint64_t	 id[ID_WORDS];		/* of the file it was read from */
	/* read within two seconds of a change: times may not tell the next one */
	bool		 young;
};

/* bcrypt of nothing anybody knows, for a file without users. */
static const char	 no_users[] =
    "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

/* State of one reading. */
struct reading {
	struct htpasswd		*h;
	struct diag		*d;
	struct diag_place	 at;		/* in the file */
	size_t			 used, skipped;
	struct {
		const char	*first;
		size_t		 n;
	}			 kinds[PASSHASH_COUNT];
};

static void
skip_line(struct reading *r, const char *why)
{
	r->skipped++;
	if (r->skipped <= WARNINGS_MAX)
		diag_warn(r->d, r->at, "line skipped: %s", why);
}

static bool
good_name(struct span user)
{
	for (size_t i = 0; i < user.n; i++)
		if ((unsigned char)user.p[i] < ' ' || user.p[i] == 0x7f)
			return false;
	return user.n > 0 && user.n <= HTPASSWD_USER_MAX;
}

/* user:hash[:whatever] */
static void
take_line(struct reading *r, struct span line)
{
	struct span		 rest = line, user, hash;
	enum passhash_kind	 kind;
	const char		*why;

	if (line.n == 0 || line.p[0] == '#' || span_trim(line).n == 0)
		return;
	if (!span_cut(&rest, ':', &user) || rest.p == NULL)
		return skip_line(r, "no colon between user and hash");
	if (!good_name(user))
		return skip_line(r,
		    "the user name is empty, over 255 bytes or has control characters");
	span_cut(&rest, ':', &hash);
	hash = span_trim(hash);
	kind = passhash_judge(hash, &why);
	if (kind <= PASSHASH_COSTLY)
		return skip_line(r, why);
	if (hmap_get(&r->h->exact, user) != NULL)
		return skip_line(r, "this user is in the file already: the first line counts");
	/* there is a byte behind every line */
	r->h->bytes[hash.p + hash.n - r->h->bytes] = '\0';
	hmap_put(&r->h->exact, user, (void *)(uintptr_t)hash.p);
	if (hmap_get(&r->h->folded, user) == NULL)
		hmap_put(&r->h->folded, user, (void *)(uintptr_t)hash.p);
	if (r->kinds[kind].n++ == 0)
		r->kinds[kind].first = hash.p;
	r->used++;
}

static void
take_lines(struct reading *r)
{
	struct span	 text = span_at(r->h->bytes, r->h->size), line;

	if (span_starts(text, SPAN("\xef\xbb\xbf")))
		text = span_at(text.p + 3, text.n - 3);
	while (span_cut(&text, '\n', &line)) {
		r->at.line++;
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		take_line(r, line);
	}
	if (r->skipped > WARNINGS_MAX)
		diag_warn(r->d, (struct diag_place){ r->at.file, 0, 0 }, "%zu more lines skipped",
		    r->skipped - WARNINGS_MAX);
}

static void
choose_decoy(struct reading *r)
{
	size_t	 most = 0;

	r->h->decoy = no_users;
	for (unsigned k = 0; k < PASSHASH_COUNT; k++)
		if (r->kinds[k].n > most) {
			most = r->kinds[k].n;
			r->h->decoy = r->kinds[k].first;
		}
}

/* bytes: malloc'd, with one byte of room behind them. */
static struct htpasswd *
make(const char *path, char *bytes, size_t n, struct diag_place at, struct diag *d)
{
	struct htpasswd	*h = mem_zero(sizeof *h);
	struct reading	 r = { .h = h, .d = d };

	h->tag = HTPASSWD_TAG;
	h->path = mem_str(path);
	h->bytes = bytes;
	h->bytes[n] = '\0';
	h->size = n;
	hmap_init(&h->exact, false);
	hmap_init(&h->folded, true);
	r.at.file = h->path;
	take_lines(&r);
	choose_decoy(&r);
	if (r.used == 0 && r.skipped > 0) {
		diag_error(d, at, "%s: no line of it can be used", path);
		htpasswd_free(&h);
	} else if (r.used == 0)
		diag_warn(d, at, "%s: there is no user in it: everybody is refused", path);
	return h;
}

struct htpasswd *
htpasswd_parse(const char *path, struct span text, struct diag_place at, struct diag *d)
{
	char	*bytes = mem_alloc(text.n + 1);

	if (text.n > 0)
		memcpy(bytes, text.p, text.n);
	return make(path, bytes, text.n, at, d);
}

static void
identify(const struct stat *st, uint64_t id[ID_WORDS])
{
	id[0] = (uint64_t)st->st_dev;
	id[1] = (uint64_t)st->st_ino;
	id[2] = (uint64_t)st->st_size;
	id[3] = (uint64_t)st->st_mtim.tv_sec * 1000000000U + (uint64_t)st->st_mtim.tv_nsec;
	id[4] = (uint64_t)st->st_ctim.tv_sec * 1000000000U + (uint64_t)st->st_ctim.tv_nsec;
	id[5] = 1;		/* never all zeros */
}

static bool
same_id(const uint64_t a[ID_WORDS], const uint64_t b[ID_WORDS])
{
	return memcmp(a, b, sizeof(uint64_t) * ID_WORDS) == 0;
}

/* Reads all of a regular file; NULL with the reason told. */
static char *
read_all(int fd, const char *path, const struct stat *st, size_t *n, struct diag_place at,
    struct diag *d)
{
	char	*bytes;
	ssize_t	 got = 0;

	if (!S_ISREG(st->st_mode)) {
		diag_error(d, at, "%s is not a file", path);
		return NULL;
	}
	if (st->st_size > HTPASSWD_FILE_MAX) {
		diag_error(d, at, "%s is larger than 64 MB", path);
		return NULL;
	}
	bytes = mem_alloc((size_t)st->st_size + 1);
	for (*n = 0; *n < (size_t)st->st_size; *n += (size_t)got) {
		got = read(fd, bytes + *n, (size_t)st->st_size - *n);
		if (got <= 0)
			break;
	}
	if (got < 0) {
		diag_error(d, at, "cannot read %s: %s", path, strerror(errno));
		mem_wipe(bytes, *n);
		free(bytes);
		return NULL;
	}
	return bytes;
}

struct htpasswd *
htpasswd_load(const char *path, struct diag_place at, struct diag *d)
{
	struct htpasswd	*h = NULL;
	struct stat	 st;
	struct timespec	 now;
	char		*bytes;
	size_t		 n;
	int		 fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 || fstat(fd, &st) != 0) {
		diag_error(d, at, "cannot read %s: %s", path, strerror(errno));
		goto out;
	}
	bytes = read_all(fd, path, &st, &n, at, d);
	if (bytes == NULL)
		goto out;
	h = make(path, bytes, n, at, d);
	if (h != NULL) {
		clock_gettime(CLOCK_REALTIME, &now);
		identify(&st, h->id);
		h->young = st.st_ctim.tv_sec >= now.tv_sec - 1;
	}
out:
	if (fd >= 0)
		close(fd);
	return h;
}

void
htpasswd_free(struct htpasswd **hp)
{
	struct htpasswd	*h = *hp;

	*hp = NULL;
	if (h == NULL)
		return;
	OBJ_OK(h, HTPASSWD_TAG);
	OBJ_GONE(h);
	hmap_free(&h->exact);
	hmap_free(&h->folded);
	mem_wipe(h->bytes, h->size);
	free(h->bytes);
	free(h->path);
	free(h);
}

size_t
htpasswd_count(const struct htpasswd *h)
{
	OBJ_OK(h, HTPASSWD_TAG);
	return h->exact.live;
}

const char *
htpasswd_path(const struct htpasswd *h)
{
	OBJ_OK(h, HTPASSWD_TAG);
	return h->path;
}

const char *
htpasswd_find(const struct htpasswd *h, struct span user, bool fold)
{
	const char	*exact;

	OBJ_OK(h, HTPASSWD_TAG);
	exact = hmap_get(&h->exact, user);
	return exact != NULL || !fold ? exact : hmap_get(&h->folded, user);
}

const char *
htpasswd_decoy(const struct htpasswd *h)
{
	OBJ_OK(h, HTPASSWD_TAG);
	return h->decoy;
}

static void
tell(const struct diag *d)
{
	char	 line[512];

	for (size_t i = 0; i < d->n; i++)
		msg(d->entries[i].level == DIAG_ERROR ? MSG_ERROR : MSG_WARNING, "%s",
		    diag_line(&d->entries[i], line, sizeof line));
}

/* Loads what is there now; the old one stays when that fails. */
static bool
reload(struct htpasswd_watch *w, const uint64_t id[ID_WORDS])
{
	struct htpasswd	*fresh;
	struct diag	 d;
	bool		 again = same_id(id, w->h->id);

	diag_init(&d);
	fresh = htpasswd_load(w->h->path, (struct diag_place){ w->h->path, 0, 0 }, &d);
	if (!again)
		tell(&d);
	diag_free(&d);
	if (fresh == NULL) {
		memcpy(w->refused, id, sizeof w->refused);
		if (!again)
			msg(MSG_ERROR, "%s: what was read before stays in force", w->h->path);
		return false;
	}
	if (!again)
		msg(MSG_INFO, "%s: read again, %zu users", w->h->path, htpasswd_count(fresh));
	memset(w->refused, 0, sizeof w->refused);
	if (w->own)
		htpasswd_free(&w->h);
	w->h = fresh;
	w->own = true;
	return true;
}

bool
htpasswd_refresh(struct htpasswd_watch *w, uint64_t now_s)
{
	static const uint64_t	 gone[ID_WORDS] = { 0, 0, 0, 0, 0, 2 };
	struct stat		 st;
	uint64_t		 id[ID_WORDS];

	OBJ_OK(w->h, HTPASSWD_TAG);
	if (w->looked_s == now_s)
		return false;
	w->looked_s = now_s;
	if (stat(w->h->path, &st) != 0) {
		if (!same_id(w->refused, gone))
			msg(MSG_ERROR, "%s: %s: what was read before stays in force", w->h->path,
			    strerror(errno));
		memcpy(w->refused, gone, sizeof gone);
		return false;
	}
	identify(&st, id);
	if (same_id(id, w->refused) || (same_id(id, w->h->id) && !w->h->young))
		return false;
	return reload(w, id);
}

void
htpasswd_watch_end(struct htpasswd_watch *w)
{
	if (w->own)
		htpasswd_free(&w->h);
	*w = (struct htpasswd_watch){ .h = NULL };
}
