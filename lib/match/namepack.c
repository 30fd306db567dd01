/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fixed dictionary for domain names. Bytes that cannot stand in a name are codes: first the
 * common endings (used only at the very end of a name), then pairs of characters, taken greedily
 * from the left. The tables are written once, by the master.
 */
#include "match/namepack.h"

#include <string.h>

#include "base/must.h"

enum { SYMBOLS = 40, END_SLOTS = 256, END_MOST = 7 };

/* Every word is followed by one space. */
static const char endings[] =
	".com .net .org .de .ru .info .co.uk .com.br .cn .nl .eu .it .fr .pl .uk .jp .in .au .ir "
	".xyz .top .biz .us .ca .site .online .club .io .co .tk .me .tv .cc .ch .es .se .cz .be "
	".at .dk .br .gov .edu .com.au .co.jp .ne.jp .ro .hu .gr .no .fi .ua .kr .tw .vn .id .za "
	".mx .ar .app .dev .shop .live .pro .cloud ";
static const char pairs[] =
	"ww 00 11 12 20 19 10 24 99 88 -a -s -c -b -p -t -m -d e- s- t- r- n- xn 01 23 xx dx oo "
	"aa az ia xt bo ok go og ga gl ub vo oy th he re er on es in ti se or en te at st ed is "
	"de ac an to al io ec nt ca ng co qu me ce ar le it ic ct ne ch ss ro nd li ve us ma ta "
	"et ll id hi fo ns pe ul cl lo as ue no ou fi di if ot ad il ra ef au ui lt fa po ts ie "
	"of ha wi si rt am be ea ur na pt la pr ag sq ri im el rs tr ap eq ir pa mi ut om op tt "
	"ge sp ly pl ee ";

struct entry {
	char		 text[7];
	uint8_t		 n;
};

struct ending {
	uint64_t	 text;		/* as tail() reads it; 0: free */
	uint8_t		 code;
};

static struct entry	 dict[256];			/* what a code stands for */
/* character -> 1..SYMBOLS; 0: not in names */
static uint8_t		 symbol[256];
/* the same, as lower case; 0: not in names */
static char		 folded[256];
static uint8_t		 pair_code[SYMBOLS + 1][SYMBOLS + 1];	/* 0: none */
static struct ending	 ends[END_SLOTS];
static bool		 ready;

/* Up to seven bytes as a number. */
static uint64_t
tail(const char *p, size_t n)
{
	uint64_t	 v = 0;

	memcpy(&v, p, n);
	return v;
}

static size_t
end_slot(uint64_t v)
{
	return (size_t)((v * 0x9e3779b97f4a7c15u) >> 56);
}

static void
learn_symbols(void)
{
	static const char	 all[] = "abcdefghijklmnopqrstuvwxyz0123456789-._:";

	_Static_assert(sizeof(all) - 1 == SYMBOLS, "one number for each");
	for (uint8_t i = 0; i < SYMBOLS; i++) {
		uint8_t	 c = (uint8_t)all[i];

		symbol[c] = (uint8_t)(i + 1);
		folded[c] = all[i];
		if (c >= 'a' && c <= 'z')
			folded[c - 'a' + 'A'] = all[i];
		dict[c] = (struct entry){ { all[i] }, 1 };
	}
}

/* The next byte that no name contains. Zero is left out: pair_code uses it for "none". */
static uint8_t
next_code(uint8_t after)
{
	do {
		MUST(after < 255);
		after++;
	} while (symbol[after] != 0);
	return after;
}

static void
learn_ending(const char *p, size_t n, uint8_t code)
{
	size_t	 slot = end_slot(tail(p, n));

	while (ends[slot].text != 0)
		slot = (slot + 1) % END_SLOTS;
	ends[slot] = (struct ending){ tail(p, n), code };
}

static uint8_t
learn_words(const char *words, uint8_t code)
{
	for (const char *p = words, *e; (e = strchr(p, ' ')) != NULL; p = e + 1) {
		size_t	 n = (size_t)(e - p);

		MUST(n >= 2 && n <= END_MOST);
		code = next_code(code);
		memcpy(dict[code].text, p, n);
		dict[code].n = (uint8_t)n;
		if (words == endings)
			learn_ending(p, n, code);
		else
			pair_code[symbol[(uint8_t)p[0]]][symbol[(uint8_t)p[1]]] = code;
	}
	return code;
}

void
namepack_init(void)
{
	if (ready)
		return;
	learn_symbols();
	learn_words(pairs, learn_words(endings, 0));
	ready = true;
}

char
namepack_fold(char c)
{
	return folded[(uint8_t)c];
}

static uint8_t
find_ending(const char *p, size_t n)
{
	uint64_t	 v = tail(p, n);

	for (size_t slot = end_slot(v); ends[slot].text != 0; slot = (slot + 1) % END_SLOTS) {
		if (ends[slot].text == v)
			return ends[slot].code;
	}
	return 0;
}

size_t
namepack_close(uint8_t *dst, const char *name, size_t n)
{
	size_t	 o = 0;

	MUST(ready && n > 0 && n <= NAMEPACK_MOST);
	for (size_t i = 0; i < n; ) {
		uint8_t	 code = 0;

		if (name[i] == '.' && n - i <= END_MOST &&
		    (code = find_ending(name + i, n - i)) != 0) {
			dst[o++] = code;
			break;
		}
		if (i + 1 < n)
			code = pair_code[symbol[(uint8_t)name[i]]][symbol[(uint8_t)name[i + 1]]];
		dst[o++] = (code != 0) ? code : (uint8_t)name[i];
		i += (code != 0) ? 2 : 1;
	}
	return o;
}

size_t
namepack_open(char *dst, const uint8_t *packed, size_t n)
{
	size_t	 o = 0;

	for (size_t i = 0; i < n; i++) {
		MUST(o <= NAMEPACK_MOST);
		memcpy(dst + o, dict[packed[i]].text, sizeof(dict[0].text));
		o += dict[packed[i]].n;
	}
	MUST(o <= NAMEPACK_MOST);
	return o;
}

bool
namepack_is(const uint8_t *packed, size_t packed_n, const char *name, size_t n)
{
	for (size_t i = 0; i < packed_n; i++) {
		const struct entry	*e = &dict[packed[i]];

		if (e->n > n || memcmp(e->text, name, e->n) != 0)
			return false;
		name += e->n;
		n -= e->n;
	}
	return n == 0;
}
