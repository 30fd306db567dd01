/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoder of the chunked coding (RFC 9112, 7.1). A machine over bytes for the lines, whole spans
 * for the data. Each line ends with CRLF and nothing else: a lone LF or CR where another reader
 * might see a line's end is how requests are smuggled.
 */
#include "http/chunked.h"

#include "base/must.h"
#include "http/charclass.h"
#include "http/head.h"

enum { MOST_DIGITS = 15 };

enum state {
	SIZE,		/* hexadecimal digits */
	EXT,		/* behind ';': white space, then a name */
	EXT_NAME,
	EXT_EQUALS,	/* white space behind a name: '=' or ';' */
	EXT_VALUE,	/* behind '=': white space, then a token or a quote */
	EXT_TOKEN,
	EXT_QUOTED, EXT_ESCAPE,
	EXT_CLOSED,	/* behind a quoted string: ';' or the end */
	EXT_NEXT,	/* white space behind a size or a value: ';' */
	SIZE_LF,	/* the CR of a size line was there */
	DATA,
	DATA_CR, DATA_LF,
	TRAILER,
	OVER,
};

enum wrong {
	WRONG_NOTHING, WRONG_SIZE, WRONG_LARGE, WRONG_END, WRONG_EXT, WRONG_EXT_LONG, WRONG_WASTE,
	WRONG_DATA_END, WRONG_TRAILER, WRONG_TRAILER_LONG,
};

static const char *const texts[] = {
	[WRONG_NOTHING]		= "nothing is wrong",
	[WRONG_SIZE]		= "a chunk size is not a hexadecimal number",
	[WRONG_LARGE]		= "a chunk size is too large",
	[WRONG_END]		= "a bare CR or LF in a chunk's size line",
	[WRONG_EXT]		= "a malformed chunk extension",
	[WRONG_EXT_LONG]	= "a chunk extension is too long",
	[WRONG_WASTE]		= "too many chunk extensions for so little data",
	[WRONG_DATA_END]	= "no CRLF after a chunk's data",
	[WRONG_TRAILER]		= "a malformed trailer section",
	[WRONG_TRAILER_LONG]	= "the trailer section is too long",
};

void
chunked_init(struct chunked *c)
{
	*c = (struct chunked){ .state = SIZE };
}

const char *
chunked_text(const struct chunked *c)
{
	return texts[c->wrong];
}

static enum chunked_event
refuse(struct chunked *c, enum wrong why)
{
	c->wrong = (uint8_t)why;
	c->state = OVER;
	c->left = 0;
	return CHUNKED_BAD;
}

/* The size line is over. */
static enum chunked_event
begin_chunk(struct chunked *c)
{
	uint64_t	 borne = 16 + 2 * c->size;

	c->waste += c->line;
	c->waste -= borne < c->waste ? (size_t)borne : c->waste;
	if (c->waste > CHUNKED_WASTE_MAX)
		return refuse(c, WRONG_WASTE);
	c->state = c->size == 0 ? TRAILER : DATA;
	c->left = c->size;
	c->size = 0;
	c->line = 0;
	c->digits = 0;
	return CHUNKED_MORE;
}

static enum chunked_event
take_size(struct chunked *c, unsigned char b)
{
	int	 digit = charclass_hex[b];

	if (digit >= 0) {
		if (c->digits == MOST_DIGITS)
			return refuse(c, WRONG_LARGE);
		c->size = c->size << 4 | (unsigned)digit;
		c->digits++;
		return CHUNKED_MORE;
	}
	if (c->digits == 0)
		return refuse(c, WRONG_SIZE);
	if (b == '\r')
		c->state = SIZE_LF;
	else if (b == ';')
		c->state = EXT;
	else if (b == ' ' || b == '\t')
		c->state = EXT_NEXT;
	else
		return refuse(c, b == '\n' ? WRONG_END : WRONG_SIZE);
	return CHUNKED_MORE;
}

/*
 * What may follow a name or a value: another extension, white space in front of one (BWS: RFC 9110,
 * 5.6.3), the line's end where no such space was. False: none of these.
 */
static bool
leave_word(struct chunked *c, unsigned char b, enum state after_space)
{
	if (b == '\r' && c->state != EXT_EQUALS && c->state != EXT_NEXT)
		c->state = SIZE_LF;
	else if (b == ';')
		c->state = EXT;
	else if (b == ' ' || b == '\t')
		c->state = (uint8_t)after_space;
	else
		return false;
	return true;
}

static bool
take_ext(struct chunked *c, unsigned char b)
{
	bool	 space = b == ' ' || b == '\t', token = charclass_is(b, CHAR_TOKEN);

	switch ((enum state)c->state) {
	case EXT:
		if (token)
			c->state = EXT_NAME;
		return token || space;
	case EXT_NAME:
	case EXT_EQUALS:
		if (b == '=') {
			c->state = EXT_VALUE;
			return true;
		}
		return (token && c->state == EXT_NAME) || leave_word(c, b, EXT_EQUALS);
	case EXT_VALUE:
		if (b == '"')
			c->state = EXT_QUOTED;
		else if (token)
			c->state = EXT_TOKEN;
		return token || space || b == '"';
	case EXT_TOKEN:
		return token || leave_word(c, b, EXT_NEXT);
	case EXT_QUOTED:
		if (b == '"')
			c->state = EXT_CLOSED;
		else if (b == '\\')
			c->state = EXT_ESCAPE;
		return charclass_is(b, CHAR_VALUE);
	case EXT_ESCAPE:
		c->state = EXT_QUOTED;
		return charclass_is(b, CHAR_VALUE);
	case EXT_CLOSED:
	case EXT_NEXT:
		return leave_word(c, b, EXT_NEXT);
	case SIZE: case SIZE_LF: case DATA: case DATA_CR: case DATA_LF: case TRAILER: case OVER:
		break;
	}
	NEVER("not within an extension");
}

/* One byte outside of data and trailers. */
static enum chunked_event
take_byte(struct chunked *c, unsigned char b)
{
	switch (c->state) {
	case SIZE:
		return take_size(c, b);
	case SIZE_LF:
		return b == '\n' ? begin_chunk(c) : refuse(c, WRONG_END);
	case DATA_CR:
		c->state = DATA_LF;
		return b == '\r' ? CHUNKED_MORE : refuse(c, WRONG_DATA_END);
	case DATA_LF:
		c->state = SIZE;
		return b == '\n' ? CHUNKED_MORE : refuse(c, WRONG_DATA_END);
	default:
		if (++c->line > CHUNKED_EXT_MAX)
			return refuse(c, WRONG_EXT_LONG);
		return take_ext(c, b) ? CHUNKED_MORE : refuse(c, b == '\n' ? WRONG_END : WRONG_EXT);
	}
}

/*
 * The trailer section from its first byte on; c->line bytes of it were found to be whole, good
 * lines before.
 */
static enum chunked_event
take_trailer(struct chunked *c, const char *p, size_t n, size_t *used, struct span *data)
{
	size_t	 most = n < CHUNKED_TRAILER_MAX ? n : CHUNKED_TRAILER_MAX;

	MUST(c->line <= n);
	for (;;) {
		struct span		 name, value;
		size_t			 k;
		enum head_result	 r = head_parse_line(p + c->line, most - c->line, &k, &name,
		    &value);

		if (r == HEAD_MORE)
			return most == CHUNKED_TRAILER_MAX ? refuse(c, WRONG_TRAILER_LONG) :
			    CHUNKED_MORE;
		if (r != HEAD_DONE)
			return refuse(c, WRONG_TRAILER);
		if (name.p == NULL) {
			*data = span_at(p, c->line);
			*used += c->line + 2;
			c->state = OVER;
			return CHUNKED_END;
		}
		c->line += k;
	}
}

enum chunked_event
chunked_next(struct chunked *c, const char *p, size_t n, size_t *used, struct span *data)
{
	size_t	 i;

	MUST(c->state != OVER);
	*used = 0;
	*data = SPAN_NONE;
	for (i = 0; i < n && c->state != DATA && c->state != TRAILER; i++)
		if (take_byte(c, (unsigned char)p[i]) == CHUNKED_BAD) {
			*used = i;
			return CHUNKED_BAD;
		}
	*used = i;
	if (c->state == TRAILER)
		return take_trailer(c, p + i, n - i, used, data);
	if (c->state != DATA || i == n)
		return CHUNKED_MORE;
	*data = span_at(p + i, c->left < n - i ? (size_t)c->left : n - i);
	*used += data->n;
	chunked_skip(c, data->n);
	return CHUNKED_DATA;
}

void
chunked_skip(struct chunked *c, uint64_t k)
{
	MUST(c->state == DATA && k <= c->left);
	c->left -= k;
	if (c->left == 0)
		c->state = DATA_CR;
}

size_t
chunked_line(uint64_t n, char *dst)
{
	unsigned	 digits = (67 - (unsigned)__builtin_clzll(n | 1)) / 4;

	MUST(n > 0);
	for (unsigned i = digits; i-- > 0; n >>= 4)
		dst[i] = "0123456789abcdef"[n & 15];
	dst[digits] = '\r';
	dst[digits + 1] = '\n';
	return digits + 2;
}
