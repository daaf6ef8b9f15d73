/*
 * Whether a credential's issuer has taken it back, as its status lists say: Bitstring Status List 1.0,
 * StatusList2021, RevocationList2020, 1EdTech's revocation list, and of Open Badges 2.0 the revocation list and the
 * hosted copy of an assertion. PROTOCOL.md section 8 has the rules.
 *
 * Two steps, neither with I/O. A list is read once, from the bytes at its address, and then serves all credentials that
 * name it, from any thread. An inquiry is about one credential: it says which lists are needed, and takes what each of
 * them says. A list is fetched whole, so that its host learns nothing of one credential.
 *
 * An inquiry belongs after everything else of a verification: badge_status_is_wanted().
 */
#ifndef BADGE_STATUS_LIST_H
#define BADGE_STATUS_LIST_H

#include "badge/evidence.h"

#define BADGE_STATUS_URL_LEN 512
#define BADGE_STATUS_MAX_LIST ((size_t)8 << 20)      /* bytes of a list as it is fetched */
#define BADGE_STATUS_MAX_INFLATED ((size_t)64 << 20) /* bytes of its bits */
#define BADGE_STATUS_DEFAULT_TTL_S 300               /* of a list that states none */

/* -- lists --------------------------------------------------------------------------------------------------------- */

struct badge_status_list;

/* What was fetched, or given by hand. */
struct badge_status_source {
    const char *url;        /* where it was asked for */
    int http_status;        /* 200; 410 is read too: the copy of an assertion that was taken back */
    const char *media_type; /* the Content-Type as it was sent; NULL: none, or given by hand */
    bool has_disposition;   /* it came with Content-Disposition */
    bool is_given;          /* by the verifier, in the place of the one at the address */
    int64_t now_s;          /* when it was read */
};

/*
 * Reads a list. What can't be one is a list too, which says why it is none: no credential has a status in it.
 * digester  after final, of its bytes; needed only within the call
 * proof     what the inquiry after its own signature (badge/proof.h) found; of a plain list nothing need be asked:
 *           badge_status_needs_proof()
 * errors    BADGE_ENOMEM
 */
BADGE_API enum badge_status badge_status_list_new(struct badge_status_list **out,
                                                  const struct badge_status_source *source,
                                                  const struct badge_digester *digester,
                                                  const struct badge_proof_view *proof,
                                                  struct badge_err *err) BADGE_CHECKED;
BADGE_API void badge_status_list_free(struct badge_status_list *list);
/* Whether the document in the digester is a list of those that have to be signed. */
BADGE_API bool badge_status_needs_proof(const struct badge_digester *digester);

/*
 * The gzip bytes (RFC 1952, one member or several) of its bits, borrowed until the answer; len 0: there is nothing to
 * inflate. The caller inflates them, to at most BADGE_STATUS_MAX_INFLATED, and answers once.
 */
BADGE_API struct badge_text badge_status_list_compressed(const struct badge_status_list *list);
/* bits: malloc()ed, and the list's from now on, on failure too */
BADGE_API void badge_status_list_take_bits(struct badge_status_list *list, uint8_t *bits, size_t len);
/* why: one clause */
BADGE_API void badge_status_list_fail_bits(struct badge_status_list *list, const char *why);

/* How long it may be used before it is fetched again, in seconds from source.now_s: by its `ttl` and its own end. */
BADGE_API int64_t badge_status_list_ttl(const struct badge_status_list *list);
BADGE_API size_t badge_status_list_memory(const struct badge_status_list *list); /* bytes, for a cache */

/* -- one credential ------------------------------------------------------------------------------------------------ */

struct badge_status_inquiry;

/*
 * An inquiry into a document, which is needed only within the call: what is asked for is copied. A document that names
 * no list gets one too, without requests.
 * errors    BADGE_ENOMEM
 */
BADGE_API enum badge_status badge_status_new(struct badge_status_inquiry **out, const struct badge_digester *digester,
                                             struct badge_err *err) BADGE_CHECKED;
BADGE_API void badge_status_free(struct badge_status_inquiry *inquiry);

/*
 * Whether to ask: there is something to ask for, and the signature holds or the record is whole, so that what the lists
 * say counts. report: the judgement of all the other evidence.
 */
BADGE_API bool badge_status_is_wanted(const struct badge_status_inquiry *inquiry, const struct badge_report *report);

struct badge_status_request {
    unsigned number;
    char url[BADGE_STATUS_URL_LEN]; /* https; two entries in one list have one request */
};
/* The requests, one after another; false: no more. They may be answered in any order, each once. */
BADGE_API bool badge_status_next(struct badge_status_inquiry *inquiry, struct badge_status_request *out);
BADGE_API bool badge_status_is_open(const struct badge_status_inquiry *inquiry, unsigned number);
/*
 * What the list says. It is not kept.
 * issuer    whose credential it is: a list counts only if it is the issuer's, or, signed, of an id in the policy
 * now_s     a list counts within its own validity alone
 */
BADGE_API void badge_status_take(struct badge_status_inquiry *inquiry, unsigned number,
                                 const struct badge_status_list *list, struct badge_text issuer,
                                 const struct badge_policy *policy, int64_t now_s);
/* It could not be fetched; why: one clause. */
BADGE_API void badge_status_fail(struct badge_status_inquiry *inquiry, unsigned number, const char *why);

/* What was found, into the evidence; it keeps no pointer to the inquiry. Requests still open count as failed. */
BADGE_API void badge_status_conclude(struct badge_status_view *out, const struct badge_status_inquiry *inquiry);

#endif
