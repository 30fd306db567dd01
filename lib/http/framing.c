/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a body is (RFC 9112, 6.3), in one place for requests and replies. Stricter than the
 * RFC wherever two readers could differ: empty list elements, parameters of chunked, and both
 * framing fields at once are errors.
 */
#include "http/framing.h"

#include "base/must.h"
#include "http/tokens.h"

/*
 * One Content-Length field: a decimal number, or a list of equal ones (RFC 9110, 8.6). Fits
 * int64_t.
 */
static enum framing_result
read_length(struct span value, uint64_t *out)
{
	struct span	 one;
	uint64_t	 v;
	bool		 first = true;

	if (span_u64(value, INT64_MAX, out))
		return FRAMING_OK;
	while (span_cut(&value, ',', &one)) {
		if (!span_u64(span_trim(one), INT64_MAX, &v) || (!first && v != *out))
			return FRAMING_BAD_LENGTH;
		*out = v;
		first = false;
	}
	return first ? FRAMING_BAD_LENGTH : FRAMING_OK;
}

static enum framing_result
read_lengths(const struct head *h, const struct head_field *f, struct framing *out)
{
	enum framing_result	 r = read_length(f->value, &out->length);
	uint64_t		 v;

	while (r == FRAMING_OK && (f = head_next(h, f)) != NULL) {
		r = read_length(f->value, &v);
		if (r == FRAMING_OK && v != out->length)
			r = FRAMING_LENGTHS_DIFFER;
	}
	if (r == FRAMING_OK)
		out->kind = FRAMING_LENGTH;
	else
		out->length = 0;
	return r;
}

bool
framing_length(const struct head *h, uint64_t *out)
{
	const struct head_field	*f = head_get(h, FIELD_CONTENT_LENGTH);
	struct framing		 told;

	if (f == NULL || read_lengths(h, f, &told) != FRAMING_OK)
		return false;
	*out = told.length;
	return true;
}

static bool
is_coding_name(struct span coding)
{
	struct span	 name;

	return tokens_parameter(&coding, &name) && tokens_is_token(name);
}

/*
 * The list of codings over all fields. "chunked" alone is OK; a list with others, none of them
 * behind "chunked", is UNKNOWN_CODING, as no other coding is done here; the rest is malformed.
 */
static enum framing_result
read_codings(const struct head *h, const struct head_field *f)
{
	bool	 chunked = false, unknown = false;

	for (; f != NULL; f = head_next(h, f)) {
		struct span	 rest = f->value, coding;

		if (span_iis(rest, "chunked") && !chunked) {
			chunked = true;
			continue;
		}
		while (span_cut(&rest, ',', &coding)) {
			coding = span_trim(coding);
			if (chunked || !is_coding_name(coding))
				return FRAMING_NOT_LAST;
			chunked = span_iis(coding, "chunked");
			/* chunked has no parameters (RFC 9112, 7.1) */
			if (!chunked && span_istarts(coding, SPAN("chunked")) &&
			    !tokens_is_token(coding))
				return FRAMING_NOT_LAST;
			unknown |= !chunked;
		}
	}
	if (unknown)		/* 501 (RFC 9112, 6.1), also without chunked behind it */
		return FRAMING_UNKNOWN_CODING;
	return chunked ? FRAMING_OK : FRAMING_NOT_LAST;
}

/* What the fields say; FRAMING_NONE where they say nothing. */
static enum framing_result
read_fields(const struct head *h, struct framing *out)
{
	const struct head_field	*coding = head_get(h, FIELD_TRANSFER_ENCODING);
	const struct head_field	*length = head_get(h, FIELD_CONTENT_LENGTH);
	enum framing_result	 r;

	*out = (struct framing){ .kind = FRAMING_NONE };
	if (coding == NULL)
		return length == NULL ? FRAMING_OK : read_lengths(h, length, out);
	if (length != NULL)
		return FRAMING_BOTH;
	if (h->minor == 0)
		return FRAMING_OLD_CODING;
	r = read_codings(h, coding);
	if (r == FRAMING_OK)
		out->kind = FRAMING_CHUNKED;
	return r;
}

enum framing_result
framing_request(const struct head *h, struct framing *out)
{
	return read_fields(h, out);
}

enum framing_result
framing_reply(const struct head *h, enum method method, struct framing *out)
{
	enum framing_result	 r;

	*out = (struct framing){ .kind = FRAMING_NONE };
	if (h->status == 101 || (method == METHOD_CONNECT && h->status / 100 == 2)) {
		out->kind = FRAMING_UPGRADED;
		return FRAMING_OK;
	}
	if (h->status < 200 || h->status == 204 || h->status == 304 || method == METHOD_HEAD)
		return FRAMING_OK;
	r = read_fields(h, out);
	if (r == FRAMING_OK && out->kind == FRAMING_NONE)
		out->kind = FRAMING_CLOSE;
	return r;
}

static const struct {
	unsigned	 status;
	const char	*text;
} results[] = {
	[FRAMING_OK]		 = { 0, "nothing is wrong" },
	[FRAMING_BOTH]		 = { 400, "Content-Length together with Transfer-Encoding" },
	[FRAMING_LENGTHS_DIFFER] = { 400, "Content-Length fields that differ" },
	[FRAMING_BAD_LENGTH]	 = { 400, "a malformed Content-Length" },
	[FRAMING_NOT_LAST]	 = { 400, "a malformed Transfer-Encoding, or chunked is not its last coding or there twice" },
	[FRAMING_UNKNOWN_CODING] = { 501, "a transfer coding other than chunked" },
	[FRAMING_OLD_CODING]	 = { 400, "Transfer-Encoding in an HTTP/1.0 message" },
};

unsigned
framing_status(enum framing_result r)
{
	MUST(r < COUNT_OF(results));
	return results[r].status;
}

const char *
framing_text(enum framing_result r)
{
	MUST(r < COUNT_OF(results));
	return results[r].text;
}

bool
framing_persistent(const struct head *h)
{
	enum field_id	 id = FIELD_CONNECTION;

	if (h->request && head_get(h, FIELD_CONNECTION) == NULL)
		id = FIELD_PROXY_CONNECTION;	/* as Squid has it; browsers of old send it */
	if (head_get(h, id) == NULL)
		return h->minor >= 1;
	if (head_has_token(h, id, SPAN("close")))
		return false;
	return h->minor >= 1 || head_has_token(h, id, SPAN("keep-alive"));
}
