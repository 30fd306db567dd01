/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP dates (RFC 9110, 5.6.7): the three forms in, one form out. Fixed columns, no locale, no
 * time zone data of the system.
 */
#include "http/date.h"

#include "base/must.h"
#include "http/charclass.h"

static const char	 months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char	 days[] = "SunMonTueWedThuFriSat";
static const char *const long_days[] = {
	"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
};

struct moment {
	unsigned	 year, month, day;	/* month and day from 1 */
	unsigned	 hour, minute, second;
};

/*
 * Days from 1970-01-01 to a date of the Gregorian calendar; year >= 0. Years begin in March here,
 * so a leap day is last.
 */
static int64_t
days_from(int64_t year, unsigned month, unsigned day)
{
	int64_t	 y = month <= 2 ? year - 1 : year, era = (y >= 0 ? y : y - 399) / 400;
	int64_t	 of_era = y - era * 400,
	    of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void
split_days(int64_t n, struct moment *m)
{
	int64_t	 z = n + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
	int64_t	 yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t	 doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

	m->day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	m->month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	m->year = (unsigned)(yoe + era * 400 + (m->month <= 2));
}

/* Takes n digits off the front. */
static bool
take_digits(struct span *s, size_t n, unsigned *out)
{
	*out = 0;
	if (s->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!charclass_is((unsigned char)s->p[i], CHAR_DIGIT))
			return false;
		*out = *out * 10 + (unsigned)(s->p[i] - '0');
	}
	*s = span_at(s->p + n, s->n - n);
	return true;
}

static bool
take_text(struct span *s, const char *text)
{
	struct span	 want = span_of(text);

	if (!span_starts(*s, want))
		return false;
	*s = span_at(s->p + want.n, s->n - want.n);
	return true;
}

/* Takes one of `count` names of three letters; *out from 0. */
static bool
take_name(struct span *s, const char *names, unsigned count, unsigned *out)
{
	if (s->n < 3)
		return false;
	for (*out = 0; *out < count; ++*out)
		if (memcmp(s->p, names + *out * 3, 3) == 0) {
			*s = span_at(s->p + 3, s->n - 3);
			return true;
		}
	return false;
}

static bool
take_month(struct span *s, struct moment *m)
{
	bool	 found = take_name(s, months, 12, &m->month);

	m->month++;
	return found;
}

static bool
take_time(struct span *s, struct moment *m)
{
	return take_digits(s, 2, &m->hour) && take_text(s, ":") && take_digits(s, 2, &m->minute) &&
	    take_text(s, ":") && take_digits(s, 2, &m->second);
}

static inline bool
two_digits(const char *p, unsigned *out)
{
	unsigned	 ten = (unsigned char)p[0] - (unsigned)'0',
	    one = (unsigned char)p[1] - (unsigned)'0';

	*out = ten * 10 + one;
	return ten < 10 && one < 10;
}

/*
 * "Sun, 06 Nov 1994 08:49:37 GMT", behind the day's name. Nearly all dates are such: by columns,
 * not piece by piece.
 */
static bool
read_imf(struct span s, struct moment *m)
{
	const char	*p = s.p;
	struct span	 month;
	unsigned	 century, year;

	if (s.n != sizeof ", 06 Nov 1994 08:49:37 GMT" - 1 || memcmp(p, ", ", 2) != 0 ||
	    p[4] != ' ' || p[8] != ' ' || p[13] != ' ' || p[16] != ':' || p[19] != ':' ||
	    memcmp(p + 22, " GMT", 4) != 0)
		return false;
	month = span_at(p + 5, 3);
	if (!two_digits(p + 9, &century) || !two_digits(p + 11, &year))
		return false;
	m->year = century * 100 + year;
	return two_digits(p + 2, &m->day) && take_month(&month, m) &&
	    two_digits(p + 14, &m->hour) && two_digits(p + 17, &m->minute) &&
	    two_digits(p + 20, &m->second);
}

/* "Sunday, 06-Nov-94 08:49:37 GMT", behind the day's name. */
static bool
read_rfc850(struct span s, struct moment *m)
{
	return take_text(&s, ", ") && take_digits(&s, 2, &m->day) && take_text(&s, "-") &&
	    take_month(&s, m) && take_text(&s, "-") && take_digits(&s, 2, &m->year) &&
	    take_text(&s, " ") && take_time(&s, m) && take_text(&s, " GMT") && s.n == 0;
}

/* "Sun Nov  6 08:49:37 1994", behind the day's name. */
static bool
read_asctime(struct span s, struct moment *m)
{
	return take_text(&s, " ") && take_month(&s, m) && take_text(&s, " ") &&
	    (take_text(&s, " ") ? take_digits(&s, 1, &m->day) : take_digits(&s, 2, &m->day)) &&
	    take_text(&s, " ") && take_time(&s, m) && take_text(&s, " ") &&
	    take_digits(&s, 4, &m->year) && s.n == 0;
}

static bool
to_seconds(const struct moment *m, int64_t *out)
{
	static const uint8_t	 lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool			 leap = (m->year % 4 == 0 && m->year % 100 != 0) ||
	    m->year % 400 == 0;
	unsigned		 length = lengths[m->month - 1] + (m->month == 2 && leap ? 1u : 0u);

	if (m->day == 0 || m->day > length || m->hour > 23 || m->minute > 59 || m->second > 60)
		return false;
	*out = days_from(m->year, m->month, m->day) * 86400 + m->hour * 3600 + m->minute * 60 +
	    m->second;
	return true;
}

/* The latest year with these two digits that is not more than 50 years ahead. */
static bool
to_seconds_short(struct moment *m, int64_t now_s, int64_t *out)
{
	struct moment	 now;
	int64_t		 time = m->hour * 3600 + m->minute * 60 + m->second, latest;

	split_days(now_s / 86400, &now);
	latest = days_from(now.year + 50, now.month, now.day) * 86400 + now_s % 86400;
	m->year += now.year - now.year % 100 + 100;
	while (m->year >= 100 && days_from(m->year, m->month, m->day) * 86400 + time > latest)
		m->year -= 100;
	return to_seconds(m, out);
}

bool
date_parse(struct span text, int64_t now_s, int64_t *out)
{
	struct moment	 m = { 0 };
	struct span	 s = text;
	unsigned	 day;

	if (!take_name(&s, days, 7, &day))
		return false;
	if (read_imf(s, &m) || read_asctime(s, &m))
		return to_seconds(&m, out);
	s = text;
	return take_text(&s, long_days[day]) && read_rfc850(s, &m) &&
	    to_seconds_short(&m, now_s, out);
}

static void
put2(char *dst, unsigned v)
{
	dst[0] = (char)('0' + v / 10 % 10);
	dst[1] = (char)('0' + v % 10);
}

static void
format(int64_t unix_s, char *dst)
{
	int64_t		 day = unix_s / 86400;
	unsigned	 rest = (unsigned)(unix_s % 86400);
	struct moment	 m;

	split_days(day, &m);
	memcpy(dst, "ddd, dd mmm yyyy hh:mm:ss GMT", DATE_TEXT);
	memcpy(dst, days + (day + 4) % 7 * 3, 3);
	put2(dst + 5, m.day);
	memcpy(dst + 8, months + (m.month - 1) * 3, 3);
	put2(dst + 12, m.year / 100);
	put2(dst + 14, m.year % 100);
	put2(dst + 17, rest / 3600);
	put2(dst + 20, rest / 60 % 60);
	put2(dst + 23, rest % 60);
}

char *
date_print(int64_t unix_s, char *dst)
{
	static _Thread_local int64_t	 last = -1;
	static _Thread_local char	 text[DATE_TEXT];
	/* the end of the year 9999 */
	const int64_t			 latest = INT64_C(253402300799);

	if (unix_s < 0)
		unix_s = 0;
	if (unix_s > latest)
		unix_s = latest;
	if (unix_s != last) {
		format(unix_s, text);
		last = unix_s;
	}
	return memcpy(dst, text, DATE_TEXT);
}
