/*
 * The digest of a credential. The bytes alone decide how it is computed:
 *
 *   PNG signature, or XML whose root is svg        an image: the digest of the credential baked into it, else raw
 *   '{' then '"' or '}' (JSON white space between) jcs: SHA-256 of the RFC 8785 form of the whole document
 *   a compact JWS, surrounding 09 0A 0D 20 removed compact: SHA-256 of the serialization. JWE and SD-JWT are refused
 *   anything else                                  raw: SHA-256 of the bytes
 *
 * Corner cases:
 *   - A JSON object after a UTF-8 byte-order mark is refused (BADGE_EUTF8) like all JSON with one; it is not raw.
 *   - XML is UTF-8 (or another superset of ASCII) or UTF-16, with or without a byte-order mark; it is read only up to
 *     the root, past the declaration, comments, processing instructions and a DOCTYPE with its internal subset. The
 *     root's local name counts, whatever its prefix and namespace.
 *   - A compact JWS is three parts of base64url messages between dots, none empty; what they decode to does not matter
 *     (RFC 7515 section 7.1 with a payload). Five parts of which the first is not empty are a JWE (RFC 7516 section
 *     7.1), a compact JWS and '~' begin an SD-JWT (RFC 9901 section 4), whatever follows. Two, four or six are raw.
 *
 * A digest submitted without its document is labelled external. The label is a hint; a verifier derives it again.
 */
#ifndef BADGE_DIGEST_H
#define BADGE_DIGEST_H

#include "badge/hash.h"
#include "badge/json.h"

enum badge_label { BADGE_LABEL_JCS = 1, BADGE_LABEL_COMPACT = 2, BADGE_LABEL_RAW = 3, BADGE_LABEL_EXTERNAL = 4 };

struct badge_digest {
    enum badge_label label;
    struct badge_hash value;
};

BADGE_API const char *badge_label_name(enum badge_label label);
/* errors    BADGE_EUNSUPPORTED */
BADGE_API enum badge_status badge_label_parse(enum badge_label *out, const char *text, size_t len) BADGE_CHECKED;

/*
 * Takes a document of any length as it arrives. JSON and compact JWS are buffered whole (up to max_held bytes), and so
 * is the beginning of a document that may still turn out to be one, or that reads as text; other bytes are hashed and
 * dropped. How a document
 * is cut into updates makes no difference, and max_held never changes a label: beyond max_held an undecided document is
 * hashed, and refused only if it turns out to be of a kind that must be buffered.
 *
 * Memory: max_held bytes and, to read them, an arena of at most 64 times as many, unless it is limited further. Not
 * thread-safe.
 */
struct badge_digester;

BADGE_API enum badge_status badge_digester_new(struct badge_digester **out, size_t max_held,
                                               struct badge_err *err) BADGE_CHECKED;
BADGE_API void badge_digester_free(struct badge_digester *digester);
/* Prepares for another document; keeps the memory that a document of usual size needs. */
BADGE_API void badge_digester_clear(struct badge_digester *digester);

/*
 * Limits the memory for reading to so many bytes from now on, also after clear; 0: to what a new digester has. A limit
 * never makes a document seem to say less: what can't be read within it is an error, or, inside of a wrapper, hidden.
 */
BADGE_API void badge_digester_limit_memory(struct badge_digester *digester, size_t bytes);
/*
 * Extracts the credential from an image that is whole in memory: *credential is malloc()ed and the caller's; NULL: the
 * image has none, and is raw. libbadge does not parse images itself: a caller that accepts them provides this function.
 */
typedef enum badge_status badge_unbake(void *context, char **credential, size_t *credential_len, const void *image,
                                       size_t image_len, struct badge_err *err);
/*
 * Accepts images from now on, also after clear: they are buffered up to max_image bytes (max_held limits the credential
 * inside) and passed to unbake. unbake NULL, as in a new digester: images are refused.
 */
BADGE_API void badge_digester_take_images(struct badge_digester *digester, badge_unbake *unbake, void *context,
                                          size_t max_image);
/*
 * After an error every call returns the same error until clear.
 * errors    BADGE_ELIMIT (a held document beyond max_held, an image beyond max_image), BADGE_ENOMEM, BADGE_EUNSUPPORTED
 *           (an SD-JWT; an image, if images are not accepted)
 */
BADGE_API enum badge_status badge_digester_update(struct badge_digester *digester, const void *bytes, size_t len,
                                                  struct badge_err *err) BADGE_CHECKED;
/*
 * errors    those of update and of badge_json_parse(); BADGE_ELIMIT also if a JSON document or the payload of a token
 *           takes more memory than badge_digester_limit_memory() allows; BADGE_EUNSUPPORTED: a JWE; BADGE_EREFUSED: a
 * JSON document whose type is BadgeReceipt or BadgeBundle, or an array with one of them. Of an image: those of unbake,
 * and BADGE_EIMAGE: what is baked into it is not a credential
 */
BADGE_API enum badge_status badge_digester_final(struct badge_digester *digester, struct badge_digest *out,
                                                 struct badge_err *err) BADGE_CHECKED;
/* After final: what it returned. */
BADGE_API const struct badge_digest *badge_digester_digest(const struct badge_digester *digester);
/*
 * After final: the parsed document, or a JWT's payload; NULL: this kind has none. Valid until clear or free.
 * A payload that is malformed, compressed or a nested token does not prevent the digest: there is then no document, and
 * the reading (badge/reading.h) says so.
 */
BADGE_API const struct badge_json_value *badge_digester_document(const struct badge_digester *digester);
/* Whether the document is an image; known as soon as its first bytes are. */
BADGE_API bool badge_digester_is_image(const struct badge_digester *digester);
/* After final: the canonical bytes, or the serialization of a compact JWS; len 0 for raw. Valid until clear or free. */
BADGE_API struct badge_text badge_digester_canonical(const struct badge_digester *digester);

#endif
