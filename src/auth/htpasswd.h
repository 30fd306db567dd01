/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The htpasswd file of `auth_param basic file PATH`: "user:hash" lines, '#' comments. Read as a
 * whole, then read-only. The master loads it with the settings; a worker looks once a second
 * whether the file changed and loads it again.
 */
#ifndef AUTH_HTPASSWD_H
#define AUTH_HTPASSWD_H

#include "base/diag.h"
#include "base/span.h"

struct htpasswd;

enum { HTPASSWD_FILE_MAX = 64 << 20, HTPASSWD_USER_MAX = 255 };

/*
 * NULL after an error told to d (not readable, not a file, too large, no usable line in a file that
 * is not empty). Lines that cannot be used (malformed, a hash that is too weak, unknown or too
 * costly, a user twice) are warned about with their place in the file and skipped. Free it with
 * htpasswd_free.
 */
struct htpasswd	*htpasswd_load(const char *path, struct diag_place at, struct diag *d);
/* The same from bytes; path is for diagnostics. */
struct htpasswd	*htpasswd_parse(const char *path, struct span text, struct diag_place at,
		    struct diag *d);
void		 htpasswd_free(struct htpasswd **h);

size_t		 htpasswd_count(const struct htpasswd *h);
const char	*htpasswd_path(const struct htpasswd *h);
/*
 * The hash of a user ("$2y$05$..."), or NULL. With fold, ASCII case of the name does not matter;
 * when several then fit, the first of the file.
 */
const char	*htpasswd_find(const struct htpasswd *h, struct span user, bool fold);
/*
 * A hash of the kind that most lines have: what an unknown user is checked against, so that it
 * takes as long. Its verdict means nothing. Never NULL.
 */
const char	*htpasswd_decoy(const struct htpasswd *h);

/* What a worker has in force. */
struct htpasswd_watch {
	struct htpasswd	*h;
	/* loaded by this process; else it belongs to the settings */
	bool		 own;
	uint64_t	 looked_s;	/* when the file was looked at last */
	/* identity of a file that could not be used (told once); zeros: none */
	uint64_t	 refused[6];
};

/*
 * At most once a second (now_s): if the file on disk is another one than w->h was made from
 * (device, inode, size, times), loads it. A file that is gone or cannot be used leaves w->h in
 * force and is told by msg() once per change; so are its warnings. True: w->h is a new one.
 */
bool		 htpasswd_refresh(struct htpasswd_watch *w, uint64_t now_s);
void		 htpasswd_watch_end(struct htpasswd_watch *w);

#endif
