/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parsing heads (RFC 9112, 2 to 5). One pass over the bytes: names and methods through a table of
 * classes, targets and values sixteen bytes at a time. Judges characters and structure only; what
 * targets and values mean is for others. Runs in the workers on bytes of strangers: nothing here
 * asserts about the input. Longer than most files: start-lines, fields and the way on from a
 * partial head belong together.
 */
#include "http/head.h"

#include "base/must.h"
#include "http/charclass.h"
#include "http/scan.h"

enum {
	FIRST_FIELDS	= 32,		/* room at first */
	KNOWN_LONGEST	= 32,		/* no known field name is longer; a multiple of 16 */
	MOST_FIELDS	= 65000,	/* indexes are 16 bits */
	/* empty lines skipped before a request-line (RFC 9112, 2.2) */
	MOST_EMPTY	= 4,
};

static inline bool
is(const char *p, unsigned classes)
{
	return charclass_is((unsigned char)*p, classes);
}

/*
 * Judges the byte at p where a CRLF would be right: DONE if one stands there, `other` if it is no
 * control.
 */
static enum head_result
line_end(const char *p, const char *end, enum head_result other)
{
	if (p == end)
		return HEAD_MORE;
	if (*p == '\r') {
		if (p + 1 == end)
			return HEAD_MORE;
		return p[1] == '\n' ? HEAD_DONE : HEAD_BARE_CR;
	}
	if (*p == '\n')
		return HEAD_BARE_LF;
	return is(p, CHAR_VALUE) ? other : HEAD_CONTROL;
}

/* Why the name that began at line could not go on at p. */
static enum head_result __attribute__((cold, noinline))
judge_name(const char *line, const char *p, const char *end)
{
	enum head_result r;

	if (p == line && p < end && (*p == ' ' || *p == '\t'))
		return HEAD_FOLDED;
	if (p > line && p < end && (*p == ' ' || *p == '\t')) {
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		return p == end || *p == ':' ? HEAD_NAME_SPACE : HEAD_BAD_NAME;
	}
	r = line_end(p, end, HEAD_BAD_NAME);
	return r == HEAD_DONE ? HEAD_BAD_NAME : r;
}

/* The first colon, if it comes soon enough to stand behind a known name; else NULL. */
static inline const char *
find_colon(const char *p, const char *end)
{
	if (end - p > KNOWN_LONGEST)
		end = p + KNOWN_LONGEST + 1;
#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		__m128i	 v = _mm_loadu_si128((const __m128i *)(const void *)p);
		unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(':')));

		if (mask != 0)
			return p + __builtin_ctz(mask);
	}
#endif
	while (p < end && *p != ':')
		p++;
	return p < end ? p : NULL;
}

/*
 * The end of the name at p. Nearly every name is a known one: then the comparison that told which
 * has judged its bytes too, and they need not be looked at one by one.
 */
static inline const char *
skip_name(const char *p, const char *end, enum field_id *id)
{
	const char	*colon = find_colon(p, end);

	*id = colon == NULL ? FIELD_OTHER : field_lookup(span_at(p, (size_t)(colon - p)));
	if (*id != FIELD_OTHER)
		return colon;
	while (p < end && is(p, CHAR_TOKEN))
		p++;
	return p;
}

/*
 * White space behind a name in a reply: a proxy removes it (RFC 9112, 5.1). The colon, or where
 * else it ends.
 */
static const char * __attribute__((cold, noinline))
skip_name_space(const char *line, const char *p, const char *end, enum field_id *id)
{
	*id = field_lookup(span_at(line, (size_t)(p - line)));
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

/*
 * Nearly every line is a known name, ": ", a value without a tab or white space around it, CRLF.
 * Such a one is done with here; colon is that of a known name. False: it is another one, or not
 * complete.
 */
static inline bool
take_usual(const char **at, const char *colon, const char *end, struct span *value)
{
	const char	*v = colon + 2, *p;

	if (end - colon < 5 || colon[1] != ' ' || (unsigned char)*v <= ' ')
		return false;
	p = scan_text(v, end);
	if (end - p < 2 || p[0] != '\r' || p[1] != '\n' || p[-1] == ' ')
		return false;
	*value = span_at(v, (size_t)(p - v));
	*at = p + 2;
	return true;
}

/*
 * A field line at *at; moves *at behind its CRLF when DONE. `reply`: white space before the colon
 * is none. usual: see head_field.line.
 */
static inline __attribute__((always_inline)) enum head_result
take_field(const char **at, const char *end, bool reply, struct span *name, struct span *value,
    enum field_id *id, bool *usual)
{
	const char	*line = *at, *p = skip_name(line, end, id), *v;
	enum head_result r;

	*name = span_at(line, (size_t)(p - line));
	*usual = *id != FIELD_OTHER && take_usual(at, p, end, value);
	if (*usual)
		return HEAD_DONE;
	if (reply && name->n > 0 && p < end && (*p == ' ' || *p == '\t')) {
		p = skip_name_space(line, p, end, id);
		if (p == end)
			return HEAD_MORE;
	}
	if (p == end || *p != ':' || name->n == 0)
		return judge_name(line, line + name->n, end);
	p++;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	v = p;
	for (;;) {
		p = scan_text(p, end);
		if (p == end || *p != '\t')
			break;
		p++;
	}
	r = line_end(p, end, HEAD_CONTROL);
	if (r != HEAD_DONE)
		return r;
	*at = p + 2;
	while (p > v && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	*value = span_at(v, (size_t)(p - v));
	*usual = v == line + name->n + 2 && *at == p + 2 && v[-2] == ':' && v[-1] == ' ';
	return HEAD_DONE;
}

/* For those that are seldom called: the other copy is where heads are parsed. */
static enum head_result __attribute__((noinline))
take_line(const char **at, const char *end, bool reply, struct span *name, struct span *value)
{
	enum field_id	 id;
	bool		 usual;

	return take_field(at, end, reply, name, value, &id, &usual);
}

static enum head_result
grow(struct head *h, const struct head_limits *lim, struct arena *a)
{
	size_t			 cap = h->cap == 0 ? FIRST_FIELDS : (size_t)h->cap * 2;
	struct head_field	*to;

	if (h->n >= lim->fields || h->n >= MOST_FIELDS)
		return HEAD_MANY_FIELDS;
	if (cap > MOST_FIELDS)
		cap = MOST_FIELDS;
	to = arena_get(a, cap * sizeof *to);
	if (to == NULL)
		return HEAD_NO_MEMORY;
	if (h->n > 0)
		memcpy(to, h->fields, h->n * sizeof *to);
	h->fields = to;
	h->cap = (uint16_t)cap;
	return HEAD_DONE;
}

static inline void
link_field(struct head *h, struct head_field *f, enum field_id id)
{
	f->id = (uint16_t)id;
	f->next = 0;
	f->gone = f->line = false;
	h->n++;
	if (id == FIELD_OTHER)
		return;
	if (h->first[id] == 0)
		h->first[id] = h->n;
	else
		h->fields[h->last[id] - 1].next = h->n;
	h->last[id] = h->n;
}

bool
head_add(struct head *h, struct span name, struct span value, struct arena *a)
{
	static const struct head_limits	 any = { .fields = MOST_FIELDS };
	struct head_field		*f;

	if (h->n == h->cap && grow(h, &any, a) != HEAD_DONE)
		return false;
	f = &h->fields[h->n];
	f->name = name;
	f->value = value;
	link_field(h, f, field_lookup(name));
	return true;
}

/* Field lines up to the empty line; *at behind it when DONE. */
static enum head_result
take_fields(struct head *h, const char **at, const char *end, bool reply,
    const struct head_limits *lim, struct arena *a)
{
	const char		*p = *at;
	enum head_result	 r;

	for (;;) {
		struct head_field	*f;
		enum field_id		 id;
		bool			 usual;

		if (p == end || *p == '\r') {
			r = line_end(p, end, HEAD_BAD_NAME);
			*at = r == HEAD_DONE ? p + 2 : p;
			return r;
		}
		if (h->n == h->cap || h->n >= lim->fields) {
			r = h->n >= lim->fields ? HEAD_MANY_FIELDS : grow(h, lim, a);
			if (r != HEAD_DONE)
				return r;
		}
		f = &h->fields[h->n];
		r = take_field(&p, end, reply, &f->name, &f->value, &id, &usual);
		if (r != HEAD_DONE)
			return r;
		link_field(h, f, id);
		f->line = usual;
	}
}

/* "HTTP/d.d" at p, eight bytes. Minor versions above 1 are taken as 1 (RFC 9110, 2.5). */
static enum head_result
take_version(struct head *h, const char *p, const char *end)
{
	static const char	 http[] = "HTTP/";
	size_t			 n = (size_t)(end - p);

	/* as nearly always */
	if (n >= 8 && memcmp(p, "HTTP/1.", 7) == 0 && (p[7] == '0' || p[7] == '1')) {
		h->major = 1;
		h->minor = (uint8_t)(p[7] - '0');
		return HEAD_DONE;
	}
	if (memcmp(p, http, n < 5 ? n : 5) != 0 || (n > 5 && !is(p + 5, CHAR_DIGIT)) ||
	    (n > 6 && p[6] != '.') || (n > 7 && !is(p + 7, CHAR_DIGIT)))
		return HEAD_BAD_VERSION;
	if (n < 8)
		return HEAD_MORE;
	h->major = (uint8_t)(p[5] - '0');
	h->minor = p[7] == '0' ? 0 : 1;
	return HEAD_DONE;
}

/* What follows the SP behind the target is no version: was it a target with white space in it? */
static enum head_result __attribute__((cold, noinline))
judge_version(const char *p, const char *end)
{
	enum head_result r;

	p = scan_visible(p, end);
	if (p < end && (*p == ' ' || *p == '\t'))
		return HEAD_BAD_TARGET;
	r = line_end(p, end, HEAD_BAD_VERSION);
	return r == HEAD_DONE || r == HEAD_MORE ? HEAD_BAD_VERSION : r;
}

static enum head_result
take_method(struct head *h, const char **at, const char *end)
{
	const char		*p = *at;
	enum head_result	 r;

	if (end - p >= 4 && memcmp(p, "GET ", 4) == 0) {	/* as nearly always */
		h->method = METHOD_GET;
		h->method_text = span_at(p, 3);
		*at = p + 4;
		return HEAD_DONE;
	}
	while (p < end && is(p, CHAR_TOKEN))
		p++;
	h->method_text = span_at(*at, (size_t)(p - *at));
	if (p < end && *p == ' ' && h->method_text.n > 0) {
		h->method = method_lookup(h->method_text);
		*at = p + 1;
		return HEAD_DONE;
	}
	r = line_end(p, end, HEAD_BAD_METHOD);
	return r == HEAD_DONE ? HEAD_BAD_START : r;
}

static enum head_result
take_request_line(struct head *h, const char **at, const char *end)
{
	const char		*p = *at, *target;
	enum head_result	 r = take_method(h, &p, end);

	if (r != HEAD_DONE)
		return r;
	target = p;
	p = scan_visible(p, end);
	h->target = span_at(target, (size_t)(p - target));
	if (p == end || *p != ' ' || p == target) {
		r = p < end && (unsigned char)*p >= 0x80 ? HEAD_BAD_TARGET :
		    line_end(p, end, HEAD_BAD_TARGET);
		/* no version: HTTP/0.9 is not spoken here */
		return r == HEAD_DONE ? HEAD_BAD_START : r;
	}
	p++;
	r = take_version(h, p, end);
	if (r == HEAD_BAD_VERSION)
		return judge_version(p, end);
	if (r != HEAD_DONE)
		return r;
	p += 8;
	r = line_end(p, end, HEAD_BAD_VERSION);
	if (r == HEAD_BAD_VERSION)
		return judge_version(p, end);
	*at = p + 2;
	return r == HEAD_DONE && h->major != 1 ? HEAD_VERSION_UNKNOWN : r;
}

static enum head_result
take_status_line(struct head *h, const char **at, const char *end)
{
	const char		*p = *at;
	enum head_result	 r = take_version(h, p, end);
	unsigned		 i, status = 0;

	if (r != HEAD_DONE)
		return r;
	if (h->major != 1)
		return HEAD_VERSION_UNKNOWN;
	p += 8;
	if (p < end && *p++ != ' ')
		return HEAD_BAD_START;
	for (i = 0; i < 3 && p < end; i++, p++) {
		if (!is(p, CHAR_DIGIT))
			return HEAD_BAD_START;
		status = status * 10 + (unsigned)(*p - '0');
	}
	if (i < 3)
		return HEAD_MORE;
	if (status < 100)
		return HEAD_BAD_START;
	h->status = (uint16_t)status;
	if (p < end && *p == ' ')
		p++;
	else if (p < end && is(p, CHAR_VALUE))
		return HEAD_BAD_START;
	h->reason.p = p;
	while (p < end && is(p, CHAR_VALUE))
		p++;
	h->reason.n = (size_t)(p - h->reason.p);
	r = line_end(p, end, HEAD_CONTROL);
	*at = p + 2;
	return r;
}

static void
reset(struct head *h, bool request)
{
	h->request = request;
	h->major = h->minor = 0;
	h->method = METHOD_OTHER;
	h->method_text = h->target = h->reason = SPAN_NONE;
	h->status = 0;
	h->fields = NULL;
	h->n = h->cap = 0;
	h->length = 0;
	memset(h->first, 0, sizeof h->first);	/* last[] counts only where first[] is not 0 */
}

/* Skips empty lines before a request-line. */
static enum head_result
skip_empty(const char **at, const char *end)
{
	const char	*p = *at;

	for (unsigned i = 0; p < end && (*p == '\r' || *p == '\n'); i++) {
		enum head_result r = line_end(p, end, HEAD_BAD_START);

		if (r != HEAD_DONE)
			return r;
		if (i == MOST_EMPTY)
			return HEAD_BAD_START;
		p += 2;
	}
	*at = p;
	return HEAD_DONE;
}

static enum head_result
parse(struct head *h, const char *begin, size_t n, const struct head_limits *lim, struct arena *a)
{
	const char		*p = begin, *end = begin + (n < lim->head ? n : lim->head),
	    *line_max;
	bool			 cut;
	enum head_result	 r = h->request ? skip_empty(&p, end) : HEAD_DONE;

	if (r != HEAD_DONE)
		return r == HEAD_MORE && n >= lim->head ? HEAD_LONG : r;
	cut = lim->start_line < SIZE_MAX - 2 && (size_t)(end - p) >= lim->start_line + 2;
	line_max = cut ? p + lim->start_line + 2 : end;
	r = h->request ? take_request_line(h, &p, line_max) : take_status_line(h, &p, line_max);
	if (r == HEAD_MORE && (cut || n >= lim->head))
		return HEAD_START_LONG;
	if (r != HEAD_DONE)
		return r;
	r = take_fields(h, &p, end, !h->request, lim, a);
	if (r == HEAD_MORE && n >= lim->head)
		return HEAD_LONG;
	if (r == HEAD_DONE)
		h->length = (size_t)(p - begin);
	return r;
}

/* *at: where new bytes of a line without a colon begin; DONE: moved to the colon. */
static enum head_result
judge_rest_name(const char *line, const char **at, const char *end, bool reply)
{
	const char	*p = *at;
	/* a reply's */
	bool		 spaced = p > line && (p[-1] == ' ' || p[-1] == '\t');

	while (!spaced && p < end && is(p, CHAR_TOKEN))
		p++;
	*at = p;
	if (!spaced && (!reply || p == line || p == end || (*p != ' ' && *p != '\t')))
		return p == end || *p != ':' || p == line ? judge_name(line, p, end) : HEAD_DONE;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	*at = p;
	if (p == end)
		return HEAD_MORE;
	return *p == ':' ? HEAD_DONE : HEAD_BAD_NAME;
}

/*
 * New bytes from `from` on, of which none is an LF, in the line that began before them. What came
 * before was fine, so a line without a colon is the beginning of a name.
 */
static enum head_result
judge_rest(const char *line, const char *from, const char *end, bool reply)
{
	const char	*p = from;

	if (p == end)
		return HEAD_MORE;
	if (p[-1] == '\r')
		return HEAD_BARE_CR;
	if (memchr(line, ':', (size_t)(from - line)) == NULL) {
		enum head_result r = judge_rest_name(line, &p, end, reply);

		if (r != HEAD_DONE)
			return r;
	}
	for (;;) {
		p = scan_text(p, end);
		if (p == end || *p != '\t')
			return line_end(p, end, HEAD_CONTROL);
		p++;
	}
}

/*
 * Looks only at what came since the first `seen` bytes, which were fine. DONE: this cannot
 * decide, parse from the beginning. That is so while the start-line is open, and for the call
 * that completes the head.
 */
static enum head_result
look_on(const char *begin, size_t n, size_t seen, bool reply, const struct head_limits *lim)
{
	const char	*end = begin + n, *p = memrchr(begin, '\n', seen);

	if (p == NULL || p + 1 - begin <= 2 * MOST_EMPTY || n >= lim->head)
		return HEAD_DONE;
	if (memchr(begin + seen, '\n', n - seen) == NULL)
		return judge_rest(p + 1, begin + seen, end, reply);
	for (p++;;) {
		struct span		 name, value;
		enum head_result	 r;

		if (p == end || *p == '\r')
			return line_end(p, end, HEAD_BAD_NAME);
		r = take_line(&p, end, reply, &name, &value);
		if (r != HEAD_DONE)
			return r;
	}
}

static enum head_result
begin_parse(struct head *h, const char *p, size_t n, size_t seen, const struct head_limits *lim,
    struct arena *a)
{
	enum head_result	 r = HEAD_DONE;

	MUST(seen <= n);
	if (n == 0)
		return HEAD_MORE;
	if (seen > 0)
		r = look_on(p, n, seen, !h->request, lim);
	return r == HEAD_DONE ? parse(h, p, n, lim, a) : r;
}

enum head_result
head_parse_request(struct head *h, const char *p, size_t n, size_t seen,
    const struct head_limits *lim, struct arena *a)
{
	reset(h, true);
	return begin_parse(h, p, n, seen, lim, a);
}

enum head_result
head_parse_reply(struct head *h, const char *p, size_t n, size_t seen,
    const struct head_limits *lim, struct arena *a)
{
	reset(h, false);
	return begin_parse(h, p, n, seen, lim, a);
}

enum head_result
head_parse_fields(struct head *h, const char *p, size_t n, const struct head_limits *lim,
    struct arena *a)
{
	const char		*at = p, *end = p + n;
	enum head_result	 r;

	reset(h, false);
	if (n > lim->head)
		return HEAD_LONG;
	if (n == 0)
		return HEAD_DONE;
	r = take_fields(h, &at, end, false, lim, a);
	/* the section without its empty line, as the chunked decoder hands it out */
	if (r == HEAD_MORE && at == end)
		r = HEAD_DONE;
	if (r == HEAD_DONE)
		h->length = (size_t)(at - p);
	return r;
}

enum head_result
head_parse_line(const char *p, size_t n, size_t *used, struct span *name, struct span *value)
{
	const char		*at = p, *end = p + n;
	enum head_result	 r;

	*name = *value = SPAN_NONE;
	*used = 0;
	if (n == 0 || *p == '\r') {
		r = line_end(p, end, HEAD_BAD_NAME);
		*used = r == HEAD_DONE ? 2 : 0;
		return r;
	}
	r = take_line(&at, end, false, name, value);
	if (r == HEAD_DONE)
		*used = (size_t)(at - p);
	return r;
}
