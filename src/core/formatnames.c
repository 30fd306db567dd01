/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds a logformat code by name. Squid's codes without a value here are known too, so that a
 * configuration that has them loads.
 */
#include "core/formatnames.h"

#include "base/must.h"

struct code_row {
	const char	*name;
	uint8_t		 code;
	unsigned	 escaped;
	bool		 dead;
};

static const struct code_row	 codes[] = {
#define CODE(symbol, name, escaped, what) { name, CODE_##symbol, escaped, false },
	FORMAT_CODE_TABLE(CODE)
#undef CODE
	/* other names, old spellings, the helpers' names */
	{ ">rm", CODE_METHOD, true, false }, { "rp", CODE_ASKED_PATH, true, false },
	{ ">rv", CODE_VERSION, false, false }, { ">v", CODE_VERSION, false, false },
	{ ">ha", CODE_REQ_FIELD, true, false }, { "<ha", CODE_REP_FIELD, true, false },
	{ "Hs", CODE_STATUS, false, false }, { "oa", CODE_SERVER_LOCAL_IP, false, false },
	{ "<sH", CODE_SIZE_OBJECT, false, false }, { ">nfmark", CODE_CLIENT_TOS, false, false },
	{ "EXT_TAG", CODE_EXT_TAG, true, false }, { "EXT_LOG", CODE_EXT_LOG, true, false },
	{ "EXT_USER", CODE_EXT_USER, true, false }, { "TAG", CODE_EXT_TAG, true, false },
	{ "DST", CODE_URL_HOST, true, false }, { "LOGIN", CODE_USER_LOGIN, false, false },
	{ "METHOD", CODE_METHOD, true, false }, { "MYADDR", CODE_LOCAL_IP, false, false },
	{ "MYPORT", CODE_LOCAL_PORT, false, false }, { "PATH", CODE_URL_PATH, true, false },
	{ "PORT", CODE_URL_PORT, false, false }, { "PROTO", CODE_URL_SCHEME, true, false },
	{ "SRCPORT", CODE_CLIENT_PORT, false, false }, { "SRC", CODE_CLIENT_IP, false, false },
	/* in Squid, but nothing here has such a value (or it would be a secret) */
	{ "ui", CODE_NOTHING, false, false }, { "us", CODE_NOTHING, false, true },
	{ "IDENT", CODE_NOTHING, false, true }, { "credentials", CODE_NOTHING, false, true },
	{ ">handshake", CODE_NOTHING, false, true }, { "rG", CODE_NOTHING, false, true },
	{ "ACL", CODE_NOTHING, false, true }, { "DATA", CODE_NOTHING, false, true },
	{ "SRCEUI48", CODE_NOTHING, false, true }, { "SRCEUI64", CODE_NOTHING, false, true },
	{ "USER_CERTCHAIN", CODE_NOTHING, false, true }, { "USER_CERT", CODE_NOTHING, false, true },
	{ "adapt::all_trs", CODE_NOTHING, false, true },
	{ "adapt::sum_trs", CODE_NOTHING, false, true },
	{ "adapt::<last_h", CODE_NOTHING, false, true },
	{ "proxy_protocol::>h", CODE_NOTHING, false, true },
	{ "icap::tt", CODE_NOTHING, false, true }, { "icap::tr", CODE_NOTHING, false, true },
	{ "icap::tio", CODE_NOTHING, false, true }, { "icap::to", CODE_NOTHING, false, true },
	{ "icap::Hs", CODE_NOTHING, false, true }, { "icap::<A", CODE_NOTHING, false, true },
	{ "icap::<service_name", CODE_NOTHING, false, true },
	{ "icap::ru", CODE_NOTHING, false, true }, { "icap::rm", CODE_NOTHING, false, true },
	{ "icap::>st", CODE_NOTHING, false, true }, { "icap::<st", CODE_NOTHING, false, true },
	{ "icap::<bs", CODE_NOTHING, false, true }, { "icap::>h", CODE_NOTHING, false, true },
	{ "icap::<h", CODE_NOTHING, false, true }, { "icap::<last_h", CODE_NOTHING, false, true },
};

/* After "ssl::" or "tls::". */
static const char *const	 tls_codes[] = {
	"bump_mode", ">sni", ">cert_subject", ">cert_issuer", "<cert_subject", "<cert_issuer",
	    "<cert_errors", "<cert",
	">negotiated_version", "<negotiated_version", ">negotiated_cipher", "<negotiated_cipher",
	    ">received_hello_version",
	"<received_hello_version", ">received_supported_version", "<received_supported_version",
};

static size_t
find_tls(struct span rest)
{
	size_t	 best = 0;

	if (!span_starts(rest, SPAN("ssl::")) && !span_starts(rest, SPAN("tls::")))
		return 0;
	for (size_t i = 0; i < COUNT_OF(tls_codes); i++) {
		struct span	 name = span_of(tls_codes[i]);

		if (span_starts(span_at(rest.p + 5, rest.n - 5), name) && name.n + 5 > best)
			best = name.n + 5;
	}
	return best;
}

size_t
formatnames_find(struct span rest, enum format_code *code, unsigned *escaped, bool *dead)
{
	size_t	 best = find_tls(rest), skip = 0;

	*code = CODE_NOTHING;
	*escaped = 0;
	*dead = best > 0;
	if (best > 0)
		return best;
	if (span_starts(rest, SPAN("http::")))
		skip = 6;
	rest = span_at(rest.p + skip, rest.n - skip);
	for (size_t i = 0; i < COUNT_OF(codes); i++) {
		struct span	 name = span_of(codes[i].name);

		if (name.n <= best || !span_starts(rest, name) ||
		    (skip > 0 && codes[i].code == CODE_PERCENT))
			continue;
		best = name.n;
		*code = codes[i].code;
		*escaped = codes[i].escaped;
		*dead = codes[i].dead;
	}
	return best > 0 ? best + skip : 0;
}
