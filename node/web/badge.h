/*
 * libbadge as a WebAssembly module: the functions that engine.mjs calls. It imports nothing, so it has no access to
 * anything: no clock, no network, no randomness, no console.
 *
 * Bytes go in through badge_input(): the host allocates an input, writes the bytes there, and passes its address to one
 * of the functions. An unknown address is a trap, and so is a call out of order; the host then drops the instance. The
 * output of a call is at badge_output_at(), badge_output_len() bytes, until badge_release().
 *
 * Functions that return a status leave JSON as the output: the answer, or {"status", "offset", "text"} of the error.
 * An instance keeps no state between them. A verification spans several calls and has an instance of its own:
 * verify_open(); the verify_proof_ functions, verify_proof_end() last; verify_next(), verify_take(), verify_fail() and
 * verify_refuse() for each provider; verify_document(); the verify_status functions, and the verify_inside functions;
 * verify_report(), verify_summary() and verify_conformance().
 */
#ifndef WEB_BADGE_H
#define WEB_BADGE_H

#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(#name)))

#define WEB_MAX_INPUT ((uint32_t)256 << 20) /* bytes of a document */
#define WEB_MAX_HELD ((uint32_t)64 << 20)   /* bytes of JSON, which is buffered whole; the same in the command line */
#define WEB_MAX_PROVIDERS 16
#define WEB_MAX_PAIRS 256

/* Allocates an input of len bytes; 0: too long, or out of memory. At most four at a time. */
EXPORT(badge_input) uint8_t *badge_input(uint32_t len);
EXPORT(badge_output_at) const char *badge_output_at(void);
EXPORT(badge_output_len) uint32_t badge_output_len(void);
/* Frees all inputs and the output. */
EXPORT(badge_release) void badge_release(void);

/* {"label", "digest"} */
EXPORT(document_digest) int document_digest(const uint8_t *document);
/* The output is the canonical form (RFC 8785) of any JSON value. */
EXPORT(json_canonicalize) int json_canonicalize(const uint8_t *json);
/* The receipt as a node writes it: only known members, each within its bounds. */
EXPORT(receipt_read) int receipt_read(const uint8_t *receipt);
/*
 * {"holds": true or false} for an inclusion as in a receipt ({"root", "treeSize", "leafIndex", "path", "salt"}) with
 * the credential's "digest", or with "leaf" instead of salt and digest.
 */
EXPORT(inclusion_check) int inclusion_check(const uint8_t *inclusion);
/* The output is the QR code of the bytes, row by row: 1 for each dark module, 0 for each light one. */

/*
 * document   a credential, a bundle or a receipt; NULL: none
 * receipt    NULL: none beside the document
 * settings   {"chainId"?, "contract"?, "issuers"?: [{"id"?, "account"?}], "accreditors"?: ["0x…"], "confirmations"?,
 *            "maxHeadAge", "now", "providers": ["name"…], "contexts"?: {"url": "text"…}, "image"?: {"status", "text"}};
 *            without chainId no registry is trusted; without contract, the built-in one is; an issuer has an id or an
 *            account or both; contexts: of JSON-LD, beside the built-in ones; image: why the document, an image, could
 *            not be read
 * errors     of the settings only: a document or receipt that can't be read is evidence
 */
EXPORT(verify_open) int verify_open(const uint8_t *document, const uint8_t *receipt, const uint8_t *settings);
/*
 * The issuer's own signature (badge/proof.h). 1: the output is a request; 0: no more until the open ones are answered.
 *   {"number", "want": "fetch", "url", "id"}    a document, by https; id "" if it is too long to pass on
 *   {"number", "want": "verify", "algorithm", "keyType", "key", "exponent", "signature"}    algorithm as in JOSE;
 * keyType "Ed25519" "P-256" "P-384" "secp256k1" "RSA"; key and signature in hexadecimal digits
 */
EXPORT(verify_proof_next) int verify_proof_next(void);
/* The output is the message to verify, right after verify_proof_next() has returned a request for that. */
EXPORT(verify_proof_message) void verify_proof_message(void);
/* The answers; each ends an open request. media_type: the Content-Type as it was sent; NULL: none. why: UTF-8 */
EXPORT(verify_proof_document)
void verify_proof_document(uint32_t number, const uint8_t *document, const uint8_t *media_type, int has_disposition,
                           int is_given);
EXPORT(verify_proof_no_document) void verify_proof_no_document(uint32_t number, const uint8_t *why);
EXPORT(verify_proof_signature) void verify_proof_signature(uint32_t number, int holds);
EXPORT(verify_proof_no_signature) void verify_proof_no_signature(uint32_t number, const uint8_t *why);
/* Nothing more is asked about signatures; the chain comes next. */
EXPORT(verify_proof_end) void verify_proof_end(void);

/* 1: the output is a request, {"number", "kind", "method", "params"}; 0: no more until the open ones are answered. */
EXPORT(verify_next) int verify_next(uint32_t provider);
/* texts: ["…" or null, …], the strings for badge_chain_query_take(). */
EXPORT(verify_take) void verify_take(uint32_t provider, uint32_t number, const uint8_t *texts);
/* Both end an open request. verify_refuse(): the provider answered with an error that is not about a limit. why: UTF-8
 */
EXPORT(verify_fail) void verify_fail(uint32_t provider, uint32_t number, const uint8_t *why);
EXPORT(verify_refuse) void verify_refuse(uint32_t provider, uint32_t number, const uint8_t *why);
/*
 * Call it when every provider's query is over. 1: the output is {"url", "id"} of the issuer's DID document, which the
 * host fetches before it calls one of the two functions below; 0: no document is needed.
 */
EXPORT(verify_document) int verify_document(void);
EXPORT(verify_document_take) void verify_document_take(const uint8_t *document);
EXPORT(verify_document_fail) void verify_document_fail(const uint8_t *why); /* UTF-8 */
/*
 * What is directly inside of the document (badge/inside.h), at most so many, any time after verify_open(), once: how
 * many there are. The host verifies each in an instance of its own, without a receipt, and has it counted, before
 * verify_report().
 */
EXPORT(verify_inside) int verify_inside(uint32_t most);
/* The output is {"kind", "pointer"} of one, and its bytes. */
EXPORT(verify_inside_item) void verify_inside_item(uint32_t i);
EXPORT(verify_inside_bytes) void verify_inside_bytes(uint32_t i);
/* Adds one that was judged, of any level. verdict: its name; NULL: it was not judged. */
EXPORT(verify_inside_count) void verify_inside_count(const uint8_t *verdict);
/* There are more, inside of one that was judged, than were looked at. */
EXPORT(verify_inside_more) void verify_inside_more(void);
/* The output is {"count", "hold", "fail", "open", "more"}. */
EXPORT(verify_inside_counts) void verify_inside_counts(void);
/*
 * The status lists, after verify_document(). 1: the output is {"number", "url"} of a list that is needed; 0: none, and
 * what the lists say is known. Each request ends by verify_status_fail(); or by verify_status_list(), the verify_proof_
 * functions about the list's own signature, verify_status_proven(), and, if that returns 1, one of the last two.
 */
EXPORT(verify_status_next) int verify_status_next(void);
EXPORT(verify_status_fail) void verify_status_fail(uint32_t number, const uint8_t *why); /* UTF-8 */
/* media_type: NULL: none; read_s: when, in seconds since 1970. 0: it is ended, for lack of memory */
EXPORT(verify_status_list)
int verify_status_list(uint32_t number, const uint8_t *list, uint32_t http_status, const uint8_t *media_type,
                       int has_disposition, int is_given, uint32_t read_s);
/* 1: the output is gzip, to be inflated to at most 64 MiB; 0: there is nothing to inflate. */
EXPORT(verify_status_proven) int verify_status_proven(void);
EXPORT(verify_status_bits) void verify_status_bits(const uint8_t *bits);
EXPORT(verify_status_no_bits) void verify_status_no_bits(const uint8_t *why); /* UTF-8 */
/* The output is the report of badge_report_encode(), after verify_document(). */
EXPORT(verify_report) void verify_report(void);
/* After verify_document(): whether the verdict's exit status is 0; accept: 0 to 2 as in enum badge_accept. */
EXPORT(verify_is_accepted) int verify_is_accepted(uint32_t accept);
/*
 * 1: the output is the summary (badge/summary.h) of the document as the verification has read it; 0: there is none,
 * because there is no document, it has no digest, or memory is short. Any time after verify_open().
 */
EXPORT(verify_summary) int verify_summary(void);
/* The same for what badge_conformance_encode() writes of the document. */
EXPORT(verify_conformance) int verify_conformance(void);

#endif
