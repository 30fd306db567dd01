/* SPDX-License-Identifier: Apache-2.0 */
/* The client's conditions on stored responses (RFC 9111, 4.3.2; RFC 9110, 13.2.2). Pure; worker. */
#include "cache/precond.h"

#include "cache/cachedate.h"
#include "cache/storedhead.h"

static bool
tag_known(const struct head *req, const struct storedattr *at)
{
	struct entitytag	 tag = storedattr_tag(at);

	switch (entitytag_in(req, FIELD_IF_NONE_MATCH, &tag)) {
	case ENTITYTAG_MATCH: case ENTITYTAG_ANY:
		return true;
	case ENTITYTAG_NO_MATCH: case ENTITYTAG_MALFORMED:
		break;
	}
	return false;
}

/* RFC 9111, 4.3.2: Last-Modified, else Date, else when it came; the last two are one here. */
static bool
unmodified(const struct storedattr *at, int64_t since)
{
	return (at->modified_s >= 0 ? at->modified_s : at->date_s) <= since;
}

enum precond
precond_judge(const struct head *req, const struct storedattr *at)
{
	int64_t	 since;

	if (head_get(req, FIELD_IF_MATCH) != NULL ||
	    head_get(req, FIELD_IF_UNMODIFIED_SINCE) != NULL)
		return PRECOND_FORWARD;
	if (at->status < 200 || at->status > 299)	/* RFC 9110, 13.2.1 */
		return PRECOND_SEND;
	if (head_get(req, FIELD_IF_NONE_MATCH) != NULL)
		return tag_known(req, at) ? PRECOND_NOT_MODIFIED : PRECOND_SEND;
	if (head_get(req, FIELD_IF_MODIFIED_SINCE) == NULL)
		return PRECOND_SEND;
	if (cachedate_field(req, FIELD_IF_MODIFIED_SINCE, at->response_s,
	    &since) == CACHEDATE_VALID && unmodified(at, since))
		return PRECOND_NOT_MODIFIED;
	return PRECOND_SEND;
}

void
precond_not_modified(struct head *reply, const struct storedattr *at)
{
	static const enum field_id	 body_only[] = { FIELD_CONTENT_TYPE, FIELD_CONTENT_LENGTH,
	    FIELD_CONTENT_ENCODING, FIELD_CONTENT_LANGUAGE, FIELD_CONTENT_RANGE,
	    FIELD_CONTENT_DISPOSITION, FIELD_ACCEPT_RANGES };

	reply->status = 304;
	reply->reason = SPAN("Not Modified");
	for (size_t i = 0; i < sizeof body_only / sizeof *body_only; i++)
		head_remove(reply, body_only[i]);
	storedhead_drop_digests(reply);
	if (at->etag.n > 0)	/* else it is what the client's cache goes by */
		head_remove(reply, FIELD_LAST_MODIFIED);
}
