/*
 * From the bytes of one credential to its digest, or the reason why it is refused. Used for single credentials and for
 * each line of a bulk stream. And the digesters for it.
 */
#ifndef API_DOCUMENT_H
#define API_DOCUMENT_H

#include "api/api.h"
#include "badge/reading.h"
#include "http/exchange.h"

/* Digesters for reuse: a new one costs some 20 allocations. One pool a loop; not thread-safe. */
#define DIGESTER_POOL_MAX 8

struct digester_pool {
    size_t max_json; /* of each digester */
    struct badge_digester *spare[DIGESTER_POOL_MAX];
    unsigned n_spare;
};

/* A cleared digester; NULL: no memory. Give it back with the number of bytes that it was given. */
struct badge_digester *digester_pool_take(struct digester_pool *pool);
void digester_pool_give(struct digester_pool *pool, struct badge_digester *digester, uint64_t bytes_seen);
void digester_pool_release(struct digester_pool *pool);

/*
 * What a document takes to parse, counted as it arrives: the tree of many small values is far larger than their text.
 * Those that are longer than DOCUMENT_LARGE_LEN are weighed, and parsed on the pool; a loop parses the others.
 */
#define DOCUMENT_LARGE_LEN ((size_t)256 << 10)
#define DOCUMENT_SMALL_MEMORY (128 * DOCUMENT_LARGE_LEN) /* more than any that is not longer takes */

struct document_weight {
    char first;        /* byte of the text itself; 0: none yet */
    uint64_t n_values; /* of JSON, and of JSON in base64; or a few more */
    uint32_t bits;     /* of base64: those that are not decoded yet */
    unsigned n_bits;
};

/* Whether the body of an exchange has to be weighed: it may turn out to be large. */
bool document_may_be_large(const struct exchange *x);
/* After its end: whether it is, and may have to be parsed. */
bool document_is_large(const struct exchange *x, size_t max_json);
void document_weigh(struct document_weight *weight, const char *bytes, size_t len);
/*
 * Reserves what it takes to read a large document that was weighed, added to the bytes that the exchange needs beside
 * that; and limits the digester to about as much, since base64 in base64, or behind escapes, is not weighed. Returns
 * the limit, in bytes; 0: there is not so much memory, and the exchange is answered.
 */
size_t document_reserve(struct exchange *x, uint64_t beside, struct badge_digester *digester,
                        const struct document_weight *weight, uint64_t len);
/* The limit for what is inside of an image, which can't be weighed and is small: what any one request may need. */
size_t document_limit_image(struct badge_digester *digester, size_t max_json);
/* Bytes that any one request may need, if its documents have at most max_json. */
size_t document_max_memory(size_t max_json);

struct refusal {
    enum problem problem;
    size_t offset;
    char detail[1024];
    char *findings; /* of the rules of its standard, as JSON; NULL: none; with free() */
};

/* The notice for an image that contains only the URL of its badge: one sentence, in ASCII. */
#define DOCUMENT_NOTICE_LEN 400
void document_notice(char out[DOCUMENT_NOTICE_LEN], const char *url);

/* Fills refusal from the digester's error, and names the setting that limits the document. */
void document_unread(struct refusal *refusal, const struct badge_digester *digester, const struct badge_err *err);
/* The same for a submission, which is counted. Returns false. */
bool document_refused(struct refusal *refusal, const struct badge_digester *digester, const struct badge_err *err);

/* What a submitter should hear about a document that is recorded all the same: badge/reading.h has the codes. */
struct document_notices {
    size_t n;
    struct badge_notice *list;
};
void document_notices_release(struct document_notices *notices);

struct document_result {
    struct badge_digest digest;
    struct document_notices notices; /* the caller's */
};

/*
 * Ends the document that the digester was given: its digest, if this node accepts it. Any thread; an image's badge is
 * extracted here, which is too slow for a loop. MEDIA_BYTES may be of any type, and is not checked for one.
 * head      the first bytes, head_len of them, at most MEDIA_HEAD_LEN
 * is_asked  the sender asks for the rules of the standards too (api/rules.h)
 * returns   false: refused, for the reason in *refusal; *out has nothing to be released
 */
bool document_end(struct document_result *out, struct badge_digester *digester, enum media media, const char *head,
                  size_t head_len, bool is_asked, const struct api_options *options, struct refusal *refusal);

#endif
