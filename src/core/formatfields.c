/* SPDX-License-Identifier: Apache-2.0 */
/* Header fields and notes as values of logformat codes. Values of secret fields are never shown. */
#include "core/formatfields.h"

#include "base/sb.h"

enum { TEXT_ROOM = 65536 };

static char	 text_room[TEXT_ROOM];	/* for values that are put together */

static struct span
shown(const struct head_field *f)
{
	return (field_flags(f->id) & FIELD_SECRET) != 0 ? SPAN("[redacted]") : f->value;
}

struct span
formatfields_all(const struct head *h)
{
	struct sb	 b;

	sb_fixed(&b, text_room, sizeof text_room);
	if (h->status != 0) {		/* of answers Squid shows the status line as well */
		sb_printf(&b, "HTTP/%u.%u %u ", h->major, h->minor, h->status);
		sb_span(&b, h->reason);
		SB_LIT(&b, "\r\n");
	}
	for (unsigned i = 0; i < h->n; i++) {
		if (h->fields[i].gone)
			continue;
		sb_span(&b, h->fields[i].name);
		SB_LIT(&b, ": ");
		sb_span(&b, shown(&h->fields[i]));
		SB_LIT(&b, "\r\n");
	}
	return sb_done(&b);
}

/* All values with this name, joined; in place when there is one. */
static struct span
joined(const struct head *h, const struct format_op *op)
{
	const struct head_field	*f = head_find(h, op->name, NULL), *g;
	struct sb		 b;

	if (f == NULL)
		return SPAN_NONE;
	g = head_find(h, op->name, f);
	if (g == NULL)
		return shown(f);
	sb_fixed(&b, text_room, sizeof text_room);
	sb_span(&b, shown(f));
	for (; g != NULL; g = head_find(h, op->name, g)) {
		SB_LIT(&b, ", ");
		sb_span(&b, shown(g));
	}
	return sb_done(&b);
}

/* The value of the list member "element=...". */
static struct span
list_member(struct span list, char separator, struct span element)
{
	struct span	 item;

	while (span_cut(&list, separator, &item)) {
		item = span_trim(item);
		if (item.n > element.n && item.p[element.n] == '=' && span_starts(item, element))
			return span_at(item.p + element.n + 1, item.n - element.n - 1);
	}
	return SPAN_NONE;
}

struct span
formatfields_value(const struct head *h, const struct format_op *op)
{
	struct span	 all;

	if (op->name.n == 0)
		return formatfields_all(h);
	all = joined(h, op);
	if (op->element.n == 0 || (field_flags(op->field) & FIELD_SECRET) != 0)
		return all;
	return list_member(all, op->separator, op->element);
}

/*
 * Notes are lines key=value. Without a name: all, as Squid prints them: "key: value" and the
 * separator.
 */
struct span
formatfields_note(struct span notes, const struct format_op *op)
{
	struct span	 line;
	struct sb	 b;

	sb_fixed(&b, text_room, sizeof text_room);
	while (notes.n > 0 && span_cut(&notes, '\n', &line)) {
		ptrdiff_t	 eq = span_find(line, '=');
		struct span	 key, value;

		if (eq < 0)
			continue;
		key = span_at(line.p, (size_t)eq);
		value = span_at(line.p + eq + 1, line.n - (size_t)eq - 1);
		if (op->name.n == 0) {
			sb_span(&b, key);
			SB_LIT(&b, ": ");
			sb_span(&b, value);
			sb_span(&b, op->element.n > 0 ? op->element : SPAN("\r\n"));
		} else if (span_eq(key, op->name)) {
			if (b.n > 0)
				sb_span(&b, op->element.n > 0 ? op->element : SPAN(","));
			sb_span(&b, value);
		}
	}
	return sb_done(&b);
}
