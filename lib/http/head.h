/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a message (RFC 9112, 2 to 5): request-line or status-line and fields, parsed once, in
 * place, into spans of the caller's bytes, which must stay where they are as long as the head is
 * used. Strict: bare CR, bare LF, NUL and other controls, white space before a colon (of a
 * request), folded lines, an empty field name are refused. No I/O, no allocation but the field
 * array from the arena.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "base/arena.h"
#include "base/must.h"
#include "base/sb.h"
#include "base/span.h"
#include "http/field.h"

/* Method names are case-sensitive (RFC 9110, 9.1). */
enum method {
	METHOD_OTHER, METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_DELETE,
	METHOD_CONNECT, METHOD_OPTIONS, METHOD_TRACE, METHOD_PATCH, METHOD_PURGE, METHOD_PRI,
	METHOD_COUNT
};

enum method	 method_lookup(struct span name);
/* RFC 9110, 9.2.1; false for METHOD_OTHER */
bool		 method_safe(enum method m);
/* RFC 9110, 9.2.2; false for METHOD_OTHER */
bool		 method_idempotent(enum method m);

struct head_field {
	struct span	 name, value;	/* value without OWS */
	uint16_t	 id;		/* enum field_id */
	/* index + 1 of the next field with this id; 0: none (known names only) */
	uint16_t	 next;
	/* head_remove: skipped by all that writes or looks fields up */
	bool		 gone;
	/*
	 * name and value stand in memory as head_put would write them; who changes one of them
	 * clears it
	 */
	bool		 line;
};

struct head {
	bool			 request;
	uint8_t			 major, minor;
	enum method		 method;
	struct span		 method_text, target;	/* requests */
	uint16_t		 status;		/* replies: 100..999 */
	struct span		 reason;		/* replies */
	struct head_field	*fields;
	uint16_t		 n, cap;
	/* bytes from the start of the message to the first of the body */
	size_t			 length;
	/* index + 1 of the first such field; 0: absent */
	uint16_t		 first[FIELD_COUNT];
	uint16_t		 last[FIELD_COUNT];
};

struct head_limits {
	size_t		 head;		/* most bytes of the whole head */
	/* most bytes of the start-line (the target of a request counts) */
	size_t		 start_line;
	uint16_t	 fields;	/* most fields */
};

/*
 * What came out. Everything from HEAD_BAD_START on is an error; head_status and head_text say
 * which.
 */
enum head_result {
	HEAD_DONE,
	HEAD_MORE,			/* not complete, nothing wrong so far */
	HEAD_BAD_START,			/* malformed request-line or status-line */
	HEAD_BAD_METHOD,		/* not a token */
	HEAD_BAD_TARGET,		/* white space in it, or none */
	HEAD_BAD_VERSION,		/* not HTTP/d.d */
	HEAD_VERSION_UNKNOWN,		/* major version that is not 1: 505 */
	/* in the start line or a field (CONTROL includes NUL) */
	HEAD_BARE_CR, HEAD_BARE_LF, HEAD_CONTROL,
	HEAD_NAME_SPACE,		/* requests, trailers: white space between name and colon */
	HEAD_BAD_NAME,			/* empty or not a token; a line without a colon */
	HEAD_FOLDED,			/* obs-fold, also white space before the first field */
	HEAD_START_LONG,		/* 414 for a request */
	HEAD_LONG,			/* 431 for a request */
	HEAD_MANY_FIELDS,		/* 431 */
	HEAD_NO_MEMORY,			/* the arena's cap */
};

/*
 * Parses the request head that begins at p; up to a few leading CRLFs are skipped (RFC 9112, 2.2)
 * and counted in head->length. Returns HEAD_MORE as long as the blank line has not come; errors
 * are found as early as the bytes show them (too many fields: at the latest when the head is
 * complete). `seen` is how many of the n bytes an earlier call with HEAD_MORE on the same message
 * had (0 at first): a peer that sends one byte at a time does not make the work quadratic. Does
 * not look at the target or at field values beyond their characters.
 */
enum head_result head_parse_request(struct head *h, const char *p, size_t n, size_t seen,
		    const struct head_limits *lim, struct arena *a);

/*
 * The same for a status line. Accepts an absent reason phrase (also without the space before it),
 * and white space between a field name and its colon, of which a proxy frees the reply (RFC 9112,
 * 5.1).
 */
enum head_result head_parse_reply(struct head *h, const char *p, size_t n, size_t seen,
		    const struct head_limits *lim, struct arena *a);

/*
 * Parses a whole section of field lines (trailers as the chunked decoder hands them out; the text
 * a program stored): up to an empty line, or to the end of the bytes if that is the end of a
 * line. MORE: it ends inside a line. *h is reset.
 */
enum head_result head_parse_fields(struct head *h, const char *p, size_t n,
		    const struct head_limits *lim, struct arena *a);

/*
 * One line of a section of fields, for those that judge lines as they come. DONE: *used bytes are
 * done with; the line was a field, or the empty line if name->p is NULL.
 */
enum head_result head_parse_line(const char *p, size_t n, size_t *used, struct span *name,
    struct span *value);

/* 400, 414, 431, 505; 0 for DONE and MORE */
unsigned	 head_status(enum head_result r);
const char	*head_text(enum head_result r);		/* for people: "a bare LF in the head" */

/* The next one with the same number that is not gone, or NULL. */
struct head_field *head_next(const struct head *h, const struct head_field *f);

/*
 * First field with this number that is not gone, or NULL. Inline: a request asks for some fifteen,
 * most of them absent.
 */
static inline struct head_field *
head_get(const struct head *h, enum field_id id)
{
	struct head_field	*f;

	MUST(id != FIELD_OTHER && id < FIELD_COUNT);
	if (h->first[id] == 0)
		return NULL;
	f = &h->fields[h->first[id] - 1];
	return f->gone ? head_next(h, f) : f;
}

/* Its value, or {NULL,0}. */
static inline struct span
head_value(const struct head *h, enum field_id id)
{
	const struct head_field	*f = head_get(h, id);

	return f == NULL ? SPAN_NONE : f->value;
}

/*
 * By name for names that have no number; works for those that have one too. `from` NULL: the
 * first.
 */
struct head_field *head_find(const struct head *h, struct span name, const struct head_field *from);

/*
 * All values of a list field joined with ", "; in place when there is one, else in the arena.
 * {NULL,0}: absent.
 */
struct span	 head_joined(const struct head *h, struct span name, struct arena *a);

void		 head_remove(struct head *h, enum field_id id);		/* all of them */
void		 head_remove_name(struct head *h, struct span name);	/* all of them */
/* Appends; the spans are borrowed. False at the arena's cap. */
bool		 head_add(struct head *h, struct span name, struct span value, struct arena *a);

/*
 * A copy whose fields may be struck out and added to; the texts stay the same. False at the arena's
 * cap.
 */
bool		 head_copy(struct head *to, const struct head *from, struct arena *a);

/*
 * True if the list in the fields `id` holds the token (case-insensitive, parameters after ';'
 * ignored): "close" in Connection, "chunked" in Transfer-Encoding.
 */
/* from f on */
bool		 head_list_has(const struct head_field *f, const struct head *h, struct span token);
static inline bool
head_has_token(const struct head *h, enum field_id id, struct span token)
{
	const struct head_field	*f = head_get(h, id);

	return f != NULL && head_list_has(f, h, token);
}

/*
 * An option of Connection, also of one that head_remove_hop took away: names trailers of this hop.
 */
bool		 head_connection_names(const struct head *h, struct span name);

/*
 * Removes hop-by-hop fields: the known ones and whatever Connection names (RFC 9110, 7.6.1; never
 * Host, Content-Length...).
 */
void		 head_remove_hop(struct head *h);

/*
 * Appends all fields but those that are gone and those whose skip[id] & why is not 0. Lines that
 * stood in the message just as they are to be written, one behind the other, are copied together.
 */
void		 head_put_fields(struct sb *b, const struct head *h,
		    const uint8_t skip[FIELD_COUNT], unsigned why);

/* Appends "name: value\r\n". */
static inline void
head_put(struct sb *b, struct span name, struct span value)
{
	char	*to = sb_more(b, name.n + value.n + 4);

	if (to == NULL)
		return;
	memcpy(to, name.p, name.n);
	memcpy(to + name.n, ": ", 2);
	if (value.n > 0)
		memcpy(to + name.n + 2, value.p, value.n);
	memcpy(to + name.n + 2 + value.n, "\r\n", 2);
}

#endif
