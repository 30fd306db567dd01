/* SPDX-License-Identifier: Apache-2.0 */
/* One helper process and its line protocol. */
#include "net/helperproc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"

#define HELPERPROC_TAG	TAG4('H', 'L', 'P', 'P')

static uint64_t	 unasked_said_s;

void
helperproc_give_up(struct helperproc *h, const char *why)
{
	OBJ_OK(h, HELPERPROC_TAG);
	if (h->gone)
		return;
	h->gone = true;
	io_close(&h->io);
	snprintf(h->why, sizeof h->why, "%s", why != NULL ? why : "");
	h->owner->lost(h);
}

static void
unasked(const struct helperproc *h, struct span line)
{
	if (msg_seldom(&unasked_said_s))
		msg(MSG_WARNING, "helper %s[%d]: ignored a line that answers nothing: \"%.*s\"",
		    h->owner->name, (int)h->child.pid, (int)(line.n < 80 ? line.n : 80), line.p);
}

/* The slot that a line is for; its channel number is taken off. NULL: for none. */
static struct slot *
addressee(const struct helperproc *h, struct span *line)
{
	struct span	 digits = *line;
	uint64_t	 channel = 0;

	if (h->numbered) {
		digits.n = 0;
		while (digits.n < line->n && line->p[digits.n] >= '0' && line->p[digits.n] <= '9')
			digits.n++;
		if (!span_u64(digits, h->slots - 1, &channel) ||
		    (digits.n < line->n && line->p[digits.n] != ' '))
			return NULL;
		*line = span_at(line->p + digits.n, line->n - digits.n);
		while (line->n > 0 && line->p[0] == ' ')
			*line = span_at(line->p + 1, line->n - 1);
	}
	return h->slot[channel].busy ? &h->slot[channel] : NULL;
}

static void
take_line(struct helperproc *h, struct span line)
{
	struct span	 whole = line;
	struct slot	*s;
	void		*token;

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		whole.n = --line.n;
	s = addressee(h, &line);
	if (s == NULL) {
		unasked(h, whole);
		return;
	}
	token = s->token;
	*s = (struct slot){ 0 };
	h->busy--;
	h->answers++;
	if (token == NULL)
		h->dead--;
	h->owner->answer(h, token, line);
}

/* Every whole line in the buffer. False when the process was given up meanwhile. */
static bool
take_lines(struct helperproc *h)
{
	while (!h->gone) {
		struct span	 have = buf_span(&h->in);
		ptrdiff_t	 n = have.n == 0 ? -1 : span_find(have, '\n');

		if (n < 0)
			return true;
		/*
		 * First the buffer, then the line: the callback may end everything (the bytes stay
		 * where they are).
		 */
		buf_took(&h->in, (size_t)n + 1);
		take_line(h, span_at(have.p, (size_t)n));
	}
	return false;
}

static bool
make_room(struct helperproc *h)
{
	static const uint32_t	 sizes[] = { BUF_SMALL, BUF_NORMAL, BUF_LARGE };

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		if (h->in.p == NULL || h->in.cap < sizes[i])
			buf_need(&h->in, sizes[i]);
		if (buf_space(&h->in) > 0)
			return true;
	}
	return false;
}

/* Reads and answers until there is nothing. False when the process is lost. */
static bool
drain(struct helperproc *h)
{
	size_t	 got;

	for (;;) {
		if (!make_room(h)) {
			helperproc_give_up(h,
			    "an answer is longer than 64 KB; the process is ended");
			return false;
		}
		switch (io_read(&h->io, h->in.p + h->in.to, buf_space(&h->in), &got)) {
		case IO_OK:
			h->in.to += (uint32_t)got;
			if (!take_lines(h))
				return false;
			break;
		case IO_AGAIN:
			buf_tidy(&h->in);
			return true;
		case IO_EOF:
			h->eof = true;
			helperproc_give_up(h, "closed its output");
			return false;
		case IO_FAIL:
			helperproc_give_up(h, strerror(errno));
			return false;
		}
	}
}

static void
flush(struct helperproc *h)
{
	size_t	 put;

	while (h->out_at < h->out.n) {
		enum io_result	 r = io_write(&h->io, h->out.p + h->out_at, h->out.n - h->out_at,
		    &put);

		if (r != IO_OK)
			return;		/* AGAIN: the callback comes; failed: reading will say so */
		h->out_at += put;
	}
	if (h->out.n > 0)
		mem_wipe(h->out.p, h->out.n);	/* it may have held passwords */
	h->out_at = 0;
	sb_clear(&h->out);
	if (h->out.cap <= BUF_SMALL)
		return;
	sb_free(&h->out);
	sb_heap(&h->out, SIZE_MAX);
}

static void
on_io(struct io *io, unsigned events)
{
	struct helperproc	*h = CONTAINER_OF(io, struct helperproc, io);

	OBJ_OK(h, HELPERPROC_TAG);
	if (!drain(h))
		return;
	if (events & IO_ERR)
		helperproc_give_up(h, "its connection broke");
	else if (events & IO_WRITE)
		flush(h);
}

static void
on_death(void *arg, int status)
{
	struct helperproc	*h = arg;
	char			 why[64];

	OBJ_OK(h, HELPERPROC_TAG);
	if (WIFSIGNALED(status))
		snprintf(why, sizeof why, "was killed by signal %d", WTERMSIG(status));
	else
		snprintf(why, sizeof why, "exited with status %d", WEXITSTATUS(status));
	h->io.ready |= IO_READ;		/* its last answers */
	if (!h->gone && drain(h))
		helperproc_give_up(h, why);
	else if (h->eof)
		memcpy(h->why, why, sizeof why);
	h->was = h->child.pid;
	h->child.pid = 0;		/* reaped: the number may be another's soon */
}

struct helperproc *
helperproc_start(const char *const *argv, unsigned concurrency,
    const struct helperproc_owner *owner)
{
	struct helperproc	*h;
	struct child		 c;

	if (!child_start(&c, argv))
		return NULL;
	h = mem_zero(sizeof *h);
	if (!io_open(&h->io, c.fd, IO_WRITE, on_io)) {
		int	 e = errno;

		child_end(&c, 0);
		free(h);
		errno = e;
		return NULL;
	}
	h->tag = HELPERPROC_TAG;
	h->owner = owner;
	h->child = c;
	h->numbered = concurrency > 0;
	h->slots = concurrency > 0 ? concurrency : 1;
	h->slot = mem_zero(h->slots * sizeof *h->slot);
	h->started_ms = clock_ms();
	list_init(&h->node);
	sb_heap(&h->out, SIZE_MAX);	/* bounded by the slots */
	h->child.fd = -1;
	child_watch(&h->child, on_death, h);
	return h;
}

void
helperproc_free(struct helperproc **hp, unsigned grace_ms)
{
	struct helperproc	*h = *hp;

	*hp = NULL;
	OBJ_OK(h, HELPERPROC_TAG);
	if (h->why[0] != '\0')
		msg(MSG_WARNING, "helper %s[%d]: %s", h->owner->name,
		    (int)(h->child.pid != 0 ? h->child.pid : h->was), h->why);
	io_close(&h->io);
	child_end(&h->child, grace_ms);
	buf_drop(&h->in);
	if (h->out.n > 0)
		mem_wipe(h->out.p, h->out.n);
	sb_free(&h->out);
	free(h->slot);
	OBJ_GONE(h);
	free(h);
}

void
helperproc_send(struct helperproc *h, struct span line, void *token)
{
	unsigned	 channel = 0;

	OBJ_OK(h, HELPERPROC_TAG);
	MUST(helperproc_has_room(h) && token != NULL && line.n <= HELPERPROC_LINE);
	while (h->slot[channel].busy)
		channel++;
	h->slot[channel] = (struct slot){ token, true };
	h->busy++;
	if (h->numbered) {
		sb_u64(&h->out, channel);
		sb_char(&h->out, ' ');
	}
	sb_span(&h->out, line);
	sb_char(&h->out, '\n');
	MUST(sb_ok(&h->out));
	flush(h);
}

void
helperproc_forget(struct helperproc *h, const void *token)
{
	OBJ_OK(h, HELPERPROC_TAG);
	for (unsigned i = 0; i < h->slots; i++) {
		if (h->slot[i].token != token)
			continue;
		h->slot[i].token = NULL;
		h->dead++;
		return;
	}
	NEVER("a request that was not sent");
}

void *
helperproc_next(struct helperproc *h)
{
	OBJ_OK(h, HELPERPROC_TAG);
	for (unsigned i = 0; i < h->slots; i++) {
		void	*token = h->slot[i].token;

		h->slot[i].token = NULL;
		if (token != NULL)
			return token;
	}
	return NULL;
}
