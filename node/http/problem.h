/*
 * What can go wrong over HTTP, as RFC 9457 problem details. One table gives code, status and title; the code is the
 * end of the URN `urn:badged:error:<code>` and never changes its meaning.
 */
#ifndef HTTP_PROBLEM_H
#define HTTP_PROBLEM_H

#include "core/json_out.h"

/*        id, code, status, title */
#define PROBLEMS(P)                                                                                                    \
    P(BAD_REQUEST, "bad_request", 400, "The request breaks the rules of HTTP")                                         \
    P(BAD_PARAMETER, "bad_parameter", 400, "A parameter is out of its range")                                          \
    P(BAD_DIGEST, "bad_digest", 400, "A digest is 64 hexadecimal digits")                                              \
    P(UNEXPECTED_BODY, "unexpected_body", 400, "This call accepts no body")                                            \
    P(EMPTY_BODY, "empty_body", 400, "The body is empty")                                                              \
    P(MALFORMED_JSON, "malformed_json", 400, "The document is not well-formed JSON")                                   \
    P(INVALID_UTF8, "invalid_utf8", 400, "The document is not valid UTF-8 text")                                       \
    P(DUPLICATE_NAME, "duplicate_name", 400, "A name occurs twice in one JSON object")                                 \
    P(NUMBER_OUT_OF_RANGE, "number_out_of_range", 400, "A number would lose its value")                                \
    P(NESTED_TOO_DEEP, "nested_too_deep", 400, "The document is nested too deeply")                                    \
    P(MALFORMED_IMAGE, "malformed_image", 400, "The image is broken, or its badge is ambiguous")                       \
    P(BAD_MEMBER, "bad_member", 400, "A member of the document has the wrong type")                                    \
    P(UNAUTHORIZED, "unauthorized", 401, "A valid token is required")                                                  \
    P(FORBIDDEN, "forbidden", 403, "The token does not allow this")                                                    \
    P(WRONG_SECRET, "wrong_secret", 403, "The credential was published with another secret")                           \
    P(NOT_FOUND, "not_found", 404, "There is nothing at this path")                                                    \
    P(UNKNOWN_DIGEST, "unknown_digest", 404, "This node does not know the digest")                                     \
    P(NOT_PUBLISHED, "not_published", 404, "The credential is not published here")                                     \
    P(NOT_REVOKED, "not_revoked", 404, "The credential is not revoked")                                                \
    P(UNKNOWN_BATCH, "unknown_batch", 404, "This node has no such batch")                                              \
    P(METHOD_NOT_ALLOWED, "method_not_allowed", 405, "The method is not allowed here")                                 \
    P(REVOCATION_STANDS, "revocation_stands", 409, "An operator can't undo a revocation")                              \
    P(NOT_FINAL, "not_final", 409, "The record of the credential is not final")                                        \
    P(TOO_LARGE, "too_large", 413, "The body is too large")                                                            \
    P(TOO_MANY_DIGESTS, "too_many_digests", 413, "Too many digests in one request")                                    \
    P(TARGET_TOO_LONG, "target_too_long", 414, "The target of the request is too long")                                \
    P(UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", 415, "This media type is not accepted here")                   \
    P(MEDIA_TYPE_MISMATCH, "media_type_mismatch", 415, "The bytes contradict their media type")                        \
    P(UNSUPPORTED_DOCUMENT, "unsupported_document", 415, "This kind of document is not accepted")                      \
    P(RANGE_NOT_SATISFIABLE, "range_not_satisfiable", 416, "The range is outside the content")                         \
    P(NOT_A_CREDENTIAL, "not_a_credential", 422, "The document is not a credential")                                   \
    P(DIGEST_MISMATCH, "digest_mismatch", 422, "The document has another digest")                                      \
    P(ISSUER_NOT_ACCEPTED, "issuer_not_accepted", 422, "This node does not accept credentials of this issuer")         \
    P(REQUIREMENT_NOT_MET, "requirement_not_met", 422, "The credential lacks what this node requires")                 \
    P(TOO_MANY_REQUESTS, "too_many_requests", 429, "Too many requests for now")                                        \
    P(HEADERS_TOO_LONG, "headers_too_long", 431, "The headers of the request are too long")                            \
    P(INTERNAL, "internal", 500, "The node failed to answer")                                                          \
    P(UNSUPPORTED_FORMAT, "unsupported_format", 501, "This format is not supported")                                   \
    P(NO_ROOM, "no_room", 507, "The node has no more room for this")                                                   \
    P(TOO_BUSY, "too_busy", 503, "The node is too busy")                                                               \
    P(STORE_FAILED, "store_failed", 503, "The node's store has failed")                                                \
    P(UNAVAILABLE, "unavailable", 503, "This part of the node is not available")

enum problem {
#define PROBLEM_ID(id, code, status, title) PROBLEM_##id,
    PROBLEMS(PROBLEM_ID)
#undef PROBLEM_ID
        N_PROBLEMS
};

const char *problem_code(enum problem problem);
unsigned problem_status(enum problem problem);
/* Seconds for Retry-After, 0: none. */
unsigned problem_retry_after_s(enum problem problem);

/* The problem that a status of the core means for the sender of the document. */
enum problem problem_of_document(enum badge_status status);

/* The problem object, with a name within an object. detail is one sentence; offset may be BADGE_NO_OFFSET. */
void problem_write(struct json_out *out, const char *name, enum problem problem, const char *detail, size_t offset);
/* The same with what breaks the rules of a standard: JSON, for the member conformance; NULL: none. */
void problem_write_rules(struct json_out *out, const char *name, enum problem problem, const char *detail,
                         size_t offset, const char *conformance);

#endif
