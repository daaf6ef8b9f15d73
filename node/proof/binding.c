/*
 * Keys, and whose they are. Called by inquiry.c for each proof, again after each document.
 *
 * Invariant: a proof is bound only by what the issuer's id itself says (did:key, did:jwk), by the issuer's own document
 * that lists the method or key for assertion, or by a key under /.well-known/ of the issuer's own origin. Everything
 * else leaves "the signature holds" as it is, and unknown; only a document that is the issuer's and lists other keys is
 * held against a proof that claims to be its issuer's.
 */
#include <string.h>

#include "core/did.h"
#include "core/format.h"
#include "core/text.h"
#include "core/web.h"
#include "proof/inquiry.h"

#define MAX_TRIED 4 /* keys, for a JWT that names none */

static bool begins(struct badge_text text, const char *prefix)
{
    return core_text_skip(&text, prefix);
}

static bool is_key_did(struct badge_text id)
{
    return begins(id, "did:key:") || begins(id, "did:jwk:");
}

/* -- URLs ---------------------------------------------------------------------------------------------------------- */

/* An address that is too long to be shown whole is not looked up. */
static bool is_shown(struct badge_text url)
{
    return url.len < sizeof((struct badge_proof_view *)0)->address && url.len < BADGE_PROOF_URL_LEN;
}

static bool is_https(struct badge_text url)
{
    return is_shown(url) && web_url_is_https(url);
}

/* Whether the URL stands under /.well-known/ of this origin, however a client may shorten its path. */
static bool is_well_known(struct badge_text url, struct badge_text origin)
{
    struct badge_text rest = {url.bytes + origin.len, url.len - origin.len};
    if (!core_text_skip(&rest, "/.well-known/") || rest.len == 0)
        return false;
    for (size_t i = 0; i < rest.len; i++)
        if (rest.bytes[i] == '%' || rest.bytes[i] == '?' ||
            (rest.bytes[i] == '.' && (i == 0 || rest.bytes[i - 1] == '/')))
            return false;
    return true;
}

struct badge_text proof_issuer_url(struct badge_arena *arena, struct badge_text issuer)
{
    char *url;
    const char *hash = memchr(issuer.bytes, '#', issuer.len);
    if (hash)
        issuer.len = (size_t)(hash - issuer.bytes);
    if (is_https(issuer))
        return issuer;
    if (!begins(issuer, "did:web:") || !(url = badge_arena_alloc(arena, BADGE_DID_URL_LEN)) ||
        !badge_did_web_url(url, issuer) || !is_shown((struct badge_text){url, strlen(url)}))
        return (struct badge_text){"", 0};
    return (struct badge_text){url, strlen(url)};
}

/* -- documents ----------------------------------------------------------------------------------------------------- */

/* The document at a URL. False: it has to be fetched first, as fetch[*at]. *out NULL: no more are fetched. */
static bool document_at(struct badge_proof_inquiry *inquiry, struct proof_fetch **out, size_t *at,
                        struct badge_text url, struct badge_text id)
{
    *out = NULL;
    for (size_t i = 0; i < inquiry->n_fetches; i++) {
        if (!core_text_equal(inquiry->fetch[i].url, url) || !core_text_equal(inquiry->fetch[i].id, id))
            continue;
        *out = &inquiry->fetch[i];
        *at = i;
        return (*out)->is_answered;
    }
    if (inquiry->n_fetches == BADGE_PROOF_MAX_FETCHES)
        return true;
    *at = inquiry->n_fetches++;
    inquiry->fetch[*at] = (struct proof_fetch){.url = url, .id = id};
    return false;
}

bool proof_issuer_document(struct badge_proof_inquiry *inquiry, struct proof *proof, struct proof_fetch **out,
                           size_t *at)
{
    struct badge_text url = proof_issuer_url(&inquiry->arena, proof->issuer);
    *out = NULL;
    proof->unread = NULL;
    if (url.len == 0) {
        proof->unread = "the issuer's id is not one whose document can be looked up";
        return true;
    }
    if (!document_at(inquiry, out, at, url, proof->issuer))
        return false;
    if (!*out)
        proof->unread = "it names more documents than are looked up";
    else if (!(*out)->is_read)
        proof->unread = (*out)->why;
    if (proof->unread)
        *out = NULL;
    return true;
}

/* -- what is known without a document ------------------------------------------------------------------------------ */

static void claim_issuers(struct proof *proof)
{
    struct badge_text iss;
    if (proof->base.len > 0)
        proof->is_issuers = core_text_equal(proof->base, proof->issuer) ||
                            (badge_json_string(badge_json_member(proof->payload, "iss"), &iss) &&
                             core_text_equal(proof->base, iss));
    else /* it names no other, or nothing that can be read */
        proof->is_issuers = true;
}

void proof_take_key(struct proof *proof, const struct badge_public_key *key)
{
    enum badge_signature_algorithm own;
    const char *misfit = jose_key_misfit(proof->algorithm, key, proof->jwk);
    proof->key = *key;
    if (!misfit && !proof->is_jose && (!jose_algorithm_of(&own, key) || own != proof->algorithm))
        misfit = "its key is not one of its suite";
    if (misfit)
        proof_finish(proof, BADGE_FAILED, "proof_malformed", misfit);
    else if (!badge_signature_is_plausible(proof->algorithm, key, proof->signature))
        proof_finish(proof, BADGE_FAILED, "proof_broken", "its signature or key is not one of those that are allowed");
    else
        proof->stage = PROOF_STAGE_VERIFY;
}

static void take_did(struct proof *proof, struct badge_text did)
{
    struct badge_public_key key;
    struct badge_err err;
    enum badge_status status = badge_key_from_did(&key, did, &err);
    proof->is_own_key = true;
    if (status == BADGE_OK)
        proof_take_key(proof, &key);
    else if (status == BADGE_EUNSUPPORTED)
        proof_finish(proof, BADGE_UNKNOWN, "proof_suite_unknown", err.text);
    else
        proof_finish(proof, BADGE_FAILED, "proof_malformed", "the key in its method can't be read");
}

void proof_begin(struct proof *proof)
{
    claim_issuers(proof);
    proof->stage = PROOF_STAGE_KEY;
    if (proof->signature.len == 0 || proof->message.len == 0)
        return; /* it has a code of its own */
    if (is_key_did(proof->base)) {
        take_did(proof, proof->method);
    } else if (proof->jwk) {
        proof->is_own_key = true;
        proof_take_key(proof, &proof->key);
    } else if (proof->base.len == 0 && is_key_did(proof->issuer)) {
        take_did(proof, proof->issuer); /* the only key of such an issuer */
        proof->is_listed = true;
    }
}

/* -- keys from documents ------------------------------------------------------------------------------------------- */

static void take_end(struct proof *proof, bool has_end, int64_t end_s, int64_t now_s, const char *code)
{
    if (!has_end || end_s >= now_s || (proof->has_end && proof->end_s <= end_s))
        return;
    proof->has_end = true;
    proof->end_s = end_s;
    proof->end_code = code;
}

/* A method of the issuer's document, or the key at a URL. */
static void take_method(struct badge_proof_inquiry *inquiry, struct proof *proof, const struct document_method *method)
{
    if (method->has_unread_end) {
        proof_finish(proof, BADGE_UNKNOWN, "proof_key_unreachable", "the end of its key's time can't be read");
        return;
    }
    take_end(proof, method->has_expires, method->expires_s, inquiry->params.now_s, "proof_key_expired");
    take_end(proof, method->has_revoked, method->revoked_s, inquiry->params.now_s, "proof_key_revoked");
    proof->jwk = method->jwk;
    proof_take_key(proof, &method->key);
}

/* The method is only named, and its document says nothing of it. A key that is in the name is tried, and binds nothing
 * (https://issuer.example/1#z6Mk…). */
static void take_unread(struct proof *proof)
{
    struct badge_public_key key;
    bool is_base64url;
    struct badge_text fragment = proof->method;
    if (begins(proof->base, "https://")) {
        fragment.bytes += proof->base.len;
        fragment.len -= proof->base.len;
    }
    if (begins(proof->base, "https://") && core_text_skip(&fragment, "#") &&
        badge_key_from_multikey(&key, &is_base64url, fragment, NULL) == BADGE_OK) {
        proof->is_named_key = true;
        proof_take_key(proof, &key);
        return;
    }
    proof_finish(proof, BADGE_UNKNOWN, "proof_key_unreachable", proof->unread);
}

/* What the issuer's document says of the method that is its own. */
static void take_answer(struct badge_proof_inquiry *inquiry, struct proof *proof, enum document_answer answer,
                        const struct document_method *method)
{
    switch (answer) {
    case DOCUMENT_LISTED:
        proof->is_listed = proof->is_issuers = true;
        take_method(inquiry, proof, method);
        return;
    case DOCUMENT_UNREADABLE:
        proof_finish(proof, BADGE_UNKNOWN, "proof_key_unreachable",
                     "the issuer's document lists its key, which is of a kind that can't be read here");
        return;
    case DOCUMENT_ELSEWHERE:
        proof_finish(proof, BADGE_UNKNOWN, "proof_key_unreachable",
                     "the issuer's document refers to another for its key");
        return;
    case DOCUMENT_NOT_LISTED:
        proof_finish(proof, BADGE_FAILED, "proof_wrong_controller",
                     "the issuer's document lists keys for assertion, but not this one");
        return;
    case DOCUMENT_LISTS_NONE:
        proof->unread = "the issuer's document lists no key for assertion";
        take_unread(proof);
        return;
    case DOCUMENT_OF_NOBODY:
        proof->unread = "what stands at the issuer's address is not a document of that id";
        take_unread(proof);
        return;
    }
}

/* A JWT that names no key: the next of those listed that fits. */
static void take_next_listed(struct badge_proof_inquiry *inquiry, struct proof *proof,
                             const struct issuer_document *document)
{
    while (proof->next_method < document->n_methods && proof->n_tried < MAX_TRIED) {
        const struct document_method *method = &document->method[proof->next_method++];
        if (method->status == BADGE_OK && !jose_key_misfit(proof->algorithm, &method->key, method->jwk)) {
            proof->n_tried++;
            take_answer(inquiry, proof, DOCUMENT_LISTED, method);
            return;
        }
    }
    if (proof->next_method < document->n_methods || document->has_more || document->n_keys < document->n_methods)
        proof_finish(proof, BADGE_UNKNOWN, "proof_key_unreachable",
                     "it names no key, and not all that the issuer's document lists could be tried");
    else if (proof->is_listed)
        proof_finish(proof, BADGE_FAILED, "proof_broken", "the signature does not hold by any key of the issuer");
    else
        proof_finish(proof, BADGE_UNKNOWN, "proof_key_unreachable", "the issuer's document lists no key that fits");
}

/* The method is in the issuer's own document, or is relative to it. */
static bool resolve_own(struct badge_proof_inquiry *inquiry, struct proof *proof, size_t *at)
{
    struct proof_fetch *fetch;
    const struct document_method *method;
    if (!proof_issuer_document(inquiry, proof, &fetch, at))
        return false;
    if (!fetch) {
        take_unread(proof);
        return true;
    }
    if (proof->is_jose && proof->method.len == 0) {
        enum document_answer answer = document_find_kid(&method, &fetch->document, proof->issuer, proof->issuer);
        if (answer == DOCUMENT_OF_NOBODY || answer == DOCUMENT_LISTS_NONE)
            take_answer(inquiry, proof, answer, method);
        else
            take_next_listed(inquiry, proof, &fetch->document);
        return true;
    }
    enum document_answer answer = proof->is_jose
                                      ? document_find_kid(&method, &fetch->document, proof->issuer, proof->method)
                                      : document_find_method(&method, &fetch->document, proof->issuer, proof->method);
    take_answer(inquiry, proof, answer, method);
    return true;
}

/* The method is a URL of the issuer's origin: its document may list it, else the key is at the URL. */
static bool resolve_url(struct badge_proof_inquiry *inquiry, struct proof *proof, size_t *at)
{
    struct proof_fetch *fetch;
    const struct document_method *listed;
    struct document_method method;
    struct badge_err err;
    if (!proof_issuer_document(inquiry, proof, &fetch, at))
        return false;
    if (fetch) {
        enum document_answer answer = document_find_method(&listed, &fetch->document, proof->issuer, proof->method);
        if (answer == DOCUMENT_LISTED || answer == DOCUMENT_UNREADABLE) {
            take_answer(inquiry, proof, answer, listed);
            return true;
        }
    }
    if (!document_at(inquiry, &fetch, at, proof->base, proof->base))
        return false;
    if (!fetch || !fetch->is_read) {
        proof->unread = fetch ? fetch->why : "it names more documents than are looked up";
        take_unread(proof);
    } else if (document_key_at_url(&method, &fetch->document, proof->method, &err) != BADGE_OK) {
        proof_finish(proof, BADGE_UNKNOWN, "proof_key_unreachable", err.text);
    } else {
        proof->is_of_url = true;
        take_method(inquiry, proof, &method);
    }
    return true;
}

/* The method is another's: only the issuer's document may list it as its own. */
static bool resolve_other(struct badge_proof_inquiry *inquiry, struct proof *proof, size_t *at)
{
    struct proof_fetch *fetch = NULL;
    const struct document_method *method;
    bool is_asked = !is_key_did(proof->issuer) && !proof_any_bound(inquiry);
    if (is_asked && !proof_issuer_document(inquiry, proof, &fetch, at))
        return false;
    if (fetch && document_find_method(&method, &fetch->document, proof->issuer, proof->method) == DOCUMENT_LISTED) {
        take_answer(inquiry, proof, DOCUMENT_LISTED, method);
        return true;
    }
    (void)core_format(proof->detail, sizeof proof->detail, "it names a key of %.*s, which is not the issuer",
                      (int)(proof->base.len < 120 ? proof->base.len : 120), proof->base.bytes);
    proof_finish(proof, BADGE_UNKNOWN, "proof_key_unreachable", proof->detail);
    return true;
}

bool proof_resolve_key(struct badge_proof_inquiry *inquiry, struct proof *proof, size_t *at)
{
    struct badge_text url = proof_issuer_url(&inquiry->arena, proof->issuer), origin = web_url_origin(url);
    struct badge_text of_method = web_url_origin(proof->base);
    if (proof->issuer.len == 0) {
        proof_finish(proof, BADGE_UNKNOWN, "proof_key_unreachable", "the credential that it covers names no issuer");
        return true;
    }
    if (proof->base.len == 0 || core_text_equal(proof->base, proof->issuer))
        return resolve_own(inquiry, proof, at);
    if (is_https(proof->base) && origin.len > 0 && core_text_equal(origin, of_method)) {
        proof->is_issuers = true;
        return resolve_url(inquiry, proof, at);
    }
    return resolve_other(inquiry, proof, at);
}

/* -- whose key it is ----------------------------------------------------------------------------------------------- */

static void bind(struct proof *proof)
{
    proof->is_bound = proof->is_issuers = true;
    proof_finish(proof, BADGE_PASSED, "proof_holds", "");
}

static void leave_unbound(struct proof *proof, const char *why)
{
    proof_finish(proof, BADGE_UNKNOWN, "proof_key_not_bound", why);
}

bool proof_is_issuers_key(const struct proof *proof)
{
    struct badge_public_key key;
    if (!is_key_did(proof->issuer) || !proof->is_own_key)
        return false;
    if (proof->base.len > 0)
        return core_text_equal(proof->base, proof->issuer);
    return badge_key_from_did(&key, proof->issuer, NULL) == BADGE_OK && badge_key_equal(&key, &proof->key);
}

static bool is_at_well_known(struct badge_proof_inquiry *inquiry, const struct proof *proof)
{
    struct badge_text origin = web_url_origin(proof_issuer_url(&inquiry->arena, proof->issuer));
    return proof->is_of_url && origin.len > 0 && core_text_equal(origin, web_url_origin(proof->base)) &&
           is_well_known(proof->base, origin);
}

/* The issuer's document is asked for the key itself. */
static void bind_by_key(struct badge_proof_inquiry *inquiry, struct proof *proof,
                        const struct issuer_document *document)
{
    const struct document_method *method;
    switch (document_find_key(&method, document, proof->issuer, &proof->key)) {
    case DOCUMENT_LISTED:
        if (method->has_unread_end) {
            leave_unbound(proof, "the end of its key's time can't be read");
            return;
        }
        take_end(proof, method->has_expires, method->expires_s, inquiry->params.now_s, "proof_key_expired");
        take_end(proof, method->has_revoked, method->revoked_s, inquiry->params.now_s, "proof_key_revoked");
        proof->is_listed = true;
        bind(proof);
        return;
    case DOCUMENT_NOT_LISTED:
        if (is_at_well_known(inquiry, proof))
            bind(proof);
        else if (proof->is_issuers)
            proof_finish(proof, BADGE_FAILED, "proof_wrong_controller",
                         "the issuer's document lists keys for assertion, but not this one");
        else
            leave_unbound(proof, "its key is not one that the issuer's document lists");
        return;
    case DOCUMENT_UNREADABLE:
    case DOCUMENT_ELSEWHERE:
    case DOCUMENT_LISTS_NONE:
    case DOCUMENT_OF_NOBODY:
        if (is_at_well_known(inquiry, proof))
            bind(proof);
        else
            leave_unbound(proof, "no document of the issuer lists its key");
        return;
    }
}

bool proof_resolve_binding(struct badge_proof_inquiry *inquiry, struct proof *proof, size_t *at)
{
    struct proof_fetch *fetch;
    if (proof_any_bound(inquiry)) {
        leave_unbound(proof, "it is by another than the issuer");
        return true;
    }
    if (!proof_issuer_document(inquiry, proof, &fetch, at))
        return false;
    if (fetch)
        bind_by_key(inquiry, proof, &fetch->document);
    else if (is_at_well_known(inquiry, proof))
        bind(proof);
    else
        leave_unbound(proof, is_key_did(proof->issuer) || proof_issuer_url(&inquiry->arena, proof->issuer).len == 0
                                 ? "no document of the issuer lists its key"
                                 : "the issuer's document was not read");
    return true;
}

/* What it says of time, once it holds. False: it has failed. */
static bool take_times(const struct badge_proof_inquiry *inquiry, struct proof *proof)
{
    int64_t now_s = inquiry->params.now_s;
    if (proof->has_created && !proof->is_jose && proof->created_s > now_s + PROOF_AHEAD_S) {
        proof_finish(proof, BADGE_FAILED, "proof_from_future", "");
        return false;
    }
    take_end(proof, proof->has_expires, proof->expires_s, now_s, "proof_expired");
    return true;
}

void proof_take_holds(struct badge_proof_inquiry *inquiry, struct proof *proof, bool holds)
{
    if (!holds && proof->is_listed && proof->is_jose && proof->method.len == 0 && !is_key_did(proof->issuer)) {
        proof->stage = PROOF_STAGE_KEY; /* another of the issuer's keys */
        proof->has_end = false;
        return;
    }
    if (!holds) {
        proof_finish(proof, BADGE_FAILED, "proof_broken", "what it signed is not what is there");
        return;
    }
    proof->holds = true;
    const char *claim = proof->is_jose ? jose_claim_differs(proof->payload) : NULL;
    if (claim) {
        (void)core_format(proof->detail, sizeof proof->detail, "the token's %s is not what the credential says", claim);
        proof_finish(proof, BADGE_FAILED, "jwt_claim_differs", proof->detail);
    } else if (!take_times(inquiry, proof)) {
        return;
    } else if (proof->issuer.len == 0) {
        leave_unbound(proof, "the credential that it covers names no issuer");
    } else if (proof->is_named_key) {
        leave_unbound(proof, proof->unread);
    } else if (proof->is_listed || proof_is_issuers_key(proof)) {
        bind(proof);
    } else {
        proof->stage = PROOF_STAGE_BIND;
    }
}

bool proof_is_fatal(const struct proof *proof)
{
    return proof->is_issuers && proof->outcome == BADGE_FAILED && strcmp(proof->code, "proof_from_future") != 0;
}

bool proof_any_failed(const struct badge_proof_inquiry *inquiry)
{
    for (size_t i = 0; i < inquiry->n_proofs; i++)
        if (inquiry->proof[i].stage == PROOF_STAGE_DONE && proof_is_fatal(&inquiry->proof[i]))
            return true;
    return false;
}

bool proof_any_bound(const struct badge_proof_inquiry *inquiry)
{
    for (size_t i = 0; i < inquiry->n_proofs; i++)
        if (inquiry->proof[i].stage == PROOF_STAGE_DONE && inquiry->proof[i].is_bound)
            return true;
    return false;
}
