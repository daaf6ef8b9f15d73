/*
 * What the proofs of a credential mean together. The last step of an inquiry.
 *
 * Invariant: it passes only by a proof that holds, whose key is bound to the issuer; a proof of the issuer's own that
 * has failed outweighs it, and proofs by others change nothing.
 */
#include <string.h>

#include "core/compiler.h"
#include "core/format.h"
#include "core/shape.h"
#include "core/text.h"
#include "proof/inquiry.h"

static void set(struct badge_proof_view *out, enum badge_outcome outcome, const char *code, const char *detail)
{
    out->outcome = outcome;
    out->code = code;
    (void)core_format(out->detail, sizeof out->detail, "%s", detail);
}

/* Names the proof where there are several. */
static void set_by(struct badge_proof_view *out, const struct badge_proof_inquiry *inquiry, const struct proof *proof)
{
    bool is_named = inquiry->n_proofs > 1;
    out->outcome = proof->outcome;
    out->code = proof->code;
    (void)core_format(out->detail, sizeof out->detail, "%s%s%s%s", is_named ? "of several, the one by " : "",
                      is_named ? (proof->suite[0] ? proof->suite : "an unnamed suite") : "",
                      is_named && proof->detail[0] ? ": " : "", proof->detail);
}

/* -- which of them ------------------------------------------------------------------------------------------------- */

/* VC-DI section 4.5: a proof that names one before it holds only with it. */
static void fail_chains(struct badge_proof_inquiry *inquiry)
{
    for (size_t round = 0; round < inquiry->n_proofs; round++) {
        for (size_t i = 0; i < inquiry->n_proofs; i++) {
            struct proof *proof = &inquiry->proof[i];
            for (size_t k = 0; k < inquiry->n_proofs; k++) {
                const struct proof *previous = &inquiry->proof[k];
                if (!(proof->previous >> k & 1) || previous->outcome != BADGE_FAILED ||
                    strcmp(previous->code, "proof_from_future") == 0 || proof->outcome == BADGE_FAILED)
                    continue;
                proof->is_bound = false;
                proof_finish(proof, BADGE_FAILED, "proof_broken",
                             "the proof that it names as the one before it failed");
            }
        }
    }
}

static const struct proof *find_fatal(const struct badge_proof_inquiry *inquiry)
{
    for (size_t i = 0; i < inquiry->n_proofs; i++)
        if (proof_is_fatal(&inquiry->proof[i]))
            return &inquiry->proof[i];
    return NULL;
}

/* A wrapper that nobody bound to the issuer has signed shows an issuer of its own. */
static bool wrapper_describes_issuer(const struct badge_proof_inquiry *inquiry, const struct proof *proof)
{
    const struct badge_reading *reading = badge_digester_reading(inquiry->params.digester);
    for (size_t i = 0; i < proof->layer; i++)
        if (badge_json_is(reading_member(reading->layer[i].object, "issuer"), BADGE_JSON_OBJECT))
            return true;
    return false;
}

static bool is_better(const struct proof *a, const struct proof *b)
{
    if (a->hides != b->hides)
        return b->hides;
    if (a->has_end != b->has_end)
        return b->has_end;
    if (a->has_end && a->end_s != b->end_s)
        return a->end_s > b->end_s;
    return a->layer < b->layer;
}

static const struct proof *find_best(const struct badge_proof_inquiry *inquiry)
{
    const struct proof *best = NULL;
    for (size_t i = 0; i < inquiry->n_proofs; i++) {
        const struct proof *proof = &inquiry->proof[i];
        if (proof->outcome == BADGE_PASSED && proof->is_bound && (!best || is_better(proof, best)))
            best = proof;
    }
    return best;
}

/* Of those that have not passed, the one that says most of why. */
static const struct proof *find_reason(const struct badge_proof_inquiry *inquiry)
{
    static const char *const order[] = {"proof_from_future",  "proof_no_crypto", "proof_key_unreachable",
                                        "context_unknown",    "proof_too_large", "proof_key_not_bound",
                                        "proof_suite_unknown"};
    for (int of_issuer = 1; of_issuer >= 0; of_issuer--)
        for (size_t k = 0; k < ARRAY_LEN(order); k++)
            for (size_t i = 0; i < inquiry->n_proofs; i++)
                if (inquiry->proof[i].is_issuers == of_issuer && strcmp(inquiry->proof[i].code, order[k]) == 0)
                    return &inquiry->proof[i];
    return &inquiry->proof[0]; /* all are by others, and have failed */
}

/* -- the issuer ---------------------------------------------------------------------------------------------------- */

static void put_address(struct badge_proof_view *out, struct badge_text url)
{
    (void)core_text_skip(&url, "https://");
    if (out->form == BADGE_ISSUER_FORM_DOMAIN) {
        const char *slash = memchr(url.bytes, '/', url.len);
        url.len = slash ? (size_t)(slash - url.bytes) : url.len;
    }
    if (url.len < sizeof out->address)
        memcpy(out->address, url.bytes, url.len);
}

static const struct proof_fetch *find_fetch(const struct badge_proof_inquiry *inquiry, struct badge_text id)
{
    for (size_t i = 0; i < inquiry->n_fetches; i++)
        if (core_text_equal(inquiry->fetch[i].id, id) && inquiry->fetch[i].is_read)
            return &inquiry->fetch[i];
    return NULL;
}

static void set_issuer(struct badge_proof_view *out, const struct badge_proof_inquiry *inquiry,
                       const struct proof *proof)
{
    struct badge_text rest = proof->issuer;
    const struct proof_fetch *fetch = find_fetch(inquiry,
                                                 proof->is_of_url && !proof->is_listed ? proof->base : proof->issuer);
    bool is_key = core_text_skip(&rest, "did:key:") || core_text_skip(&rest, "did:jwk:");
    bool is_web = core_text_skip(&rest, "did:web:");
    out->document_given = fetch && fetch->is_given;
    if (is_key) {
        out->form = BADGE_ISSUER_FORM_KEY;
        return;
    }
    out->form = is_web && !(proof->is_of_url && !proof->is_listed) && !memchr(rest.bytes, ':', rest.len)
                    ? BADGE_ISSUER_FORM_DOMAIN
                    : BADGE_ISSUER_FORM_ADDRESS;
    if (fetch)
        put_address(out, fetch->url);
}

/* What the issuer's own document says of accounts and of records. */
static void set_document(struct badge_proof_view *out, const struct badge_proof_inquiry *inquiry)
{
    const struct badge_text issuer = inquiry->claims.issuer;
    const struct proof_fetch *fetch = find_fetch(inquiry, issuer);
    struct document_account account[BADGE_MAX_KNOWN_ACCOUNTS + 1];
    struct document_registry registry;
    if (issuer.len == 0 || !fetch)
        return;
    size_t n = document_accounts(account, ARRAY_LEN(account), &fetch->document, issuer);
    out->has_more_accounts = n > BADGE_MAX_KNOWN_ACCOUNTS;
    out->n_accounts = out->has_more_accounts ? BADGE_MAX_KNOWN_ACCOUNTS : n;
    for (size_t i = 0; i < out->n_accounts; i++) {
        out->account[i].chain_id = account[i].chain_id;
        out->account[i].account = account[i].account;
    }
    if (document_registry(&registry, &fetch->document, issuer)) {
        out->records_all = true;
        out->records_chain_id = registry.chain_id;
        out->records_contract = registry.contract;
        out->records_account = registry.account;
        out->records_since_s = registry.since_s;
    }
}

/* -- the whole ----------------------------------------------------------------------------------------------------- */

/* Cut where it is too long. */
static void put_text(char *out, size_t capacity, struct badge_text text)
{
    (void)core_format(out, capacity, "%.*s", (int)(text.len < 300 ? text.len : 300), text.bytes);
}

static void list_proof(struct badge_proof_item *item, const struct proof *proof)
{
    const struct badge_text by = proof->base.len > 0             ? proof->base
                                 : proof->is_jose && !proof->jwk ? proof->issuer
                                                                 : (struct badge_text){"", 0};
    item->outcome = proof->outcome;
    item->code = proof->code;
    memcpy(item->suite, proof->suite, sizeof item->suite);
    put_text(item->controller, sizeof item->controller, by);
    item->is_issuers = proof->is_issuers;
    (void)core_format(item->detail, sizeof item->detail, "%s", proof->detail);
}

static void list_proofs(struct badge_proof_view *out, const struct badge_proof_inquiry *inquiry)
{
    out->n_proofs = inquiry->n_proofs;
    for (size_t i = 0; i < inquiry->n_proofs; i++)
        list_proof(&out->proof[i], &inquiry->proof[i]);
}

static void set_presentation(struct badge_presentation_view *out, struct badge_proof_inquiry *inquiry)
{
    const struct presentation *presentation = &inquiry->presentation;
    struct proof *proof = &inquiry->proof[PRESENTATION_PROOF];
    if (!presentation->is_prepared) {
        presentation_find(inquiry);
        proof_finish(proof, BADGE_UNKNOWN, "proof_not_checked", "");
    }
    out->is_there = presentation->object;
    if (!out->is_there)
        return;
    put_text(out->holder, sizeof out->holder, presentation->holder);
    put_text(out->challenge, sizeof out->challenge, presentation->challenge);
    put_text(out->domain, sizeof out->domain, presentation->domain);
    list_proof(&out->proof, proof);
}

/* Notes beside a proof that holds. */
static void note_others(struct badge_proof_view *out, const struct badge_proof_inquiry *inquiry,
                        const struct proof *best)
{
    size_t n_unknown = 0, n_others = 0;
    for (size_t i = 0; i < inquiry->n_proofs; i++) {
        const struct proof *proof = &inquiry->proof[i];
        bool is_unknown = strcmp(proof->code, "proof_suite_unknown") == 0;
        n_unknown += is_unknown;
        n_others += !is_unknown && proof->outcome != BADGE_PASSED && !proof->is_bound;
    }
    if (n_unknown > 0)
        (void)core_format(out->detail, sizeof out->detail, "beside it is a proof by a suite that is not known here");
    else if (n_others > 0)
        (void)core_format(out->detail, sizeof out->detail, "beside it are proofs that count for nothing");
    else if (best->is_base64url)
        (void)core_format(out->detail, sizeof out->detail,
                          "its proofValue is in base64url, where the standard has base58btc");
}

static void set_passed(struct badge_proof_view *out, const struct badge_proof_inquiry *inquiry,
                       const struct proof *best)
{
    set(out, BADGE_PASSED, "proof_holds", "");
    note_others(out, inquiry, best);
    set_issuer(out, inquiry, best);
    out->hides_claims = best->hides || wrapper_describes_issuer(inquiry, best);
    if (best->has_end) {
        out->made_before_s = best->end_s;
        out->late_code = best->end_code;
    }
    out->has_made = best->has_created || inquiry->claims.has_not_before;
    out->made_s = best->has_created                ? best->created_s
                  : inquiry->claims.has_not_before ? inquiry->claims.not_before_s
                                                   : 0;
}

/* Requests that are still open, or were never made, count as failed. */
static void close_proof(struct proof *proof)
{
    if (proof->stage != PROOF_STAGE_DONE)
        proof_finish(proof, BADGE_UNKNOWN,
                     proof->stage == PROOF_STAGE_VERIFY ? "proof_no_crypto"
                     : proof->stage == PROOF_STAGE_KEY  ? "proof_key_unreachable"
                                                        : "proof_key_not_bound",
                     "its verification was not finished");
}

static void close_open(struct badge_proof_inquiry *inquiry)
{
    for (size_t i = 0; i < inquiry->n_proofs; i++)
        close_proof(&inquiry->proof[i]);
    close_proof(&inquiry->proof[PRESENTATION_PROOF]);
}

void badge_proof_conclude(struct badge_proof_view *out, const struct badge_proof_inquiry *asked)
{
    memset(out, 0, sizeof *out);
    out->is_made = true;
    struct badge_proof_inquiry closed = *asked, *inquiry = &closed;
    close_open(inquiry);
    set_presentation(&out->presentation, inquiry);
    if (!asked->is_prepared || asked->no_memory || asked->has_too_many) {
        set(out, BADGE_UNKNOWN, "proof_too_large",
            asked->has_too_many ? "it has more proofs than are looked at"
                                : "it takes more work or memory than is spent on a credential");
        return;
    }
    fail_chains(inquiry);
    list_proofs(out, inquiry);
    set_document(out, inquiry);
    const struct proof *fatal = find_fatal(inquiry), *best = find_best(inquiry);
    if (inquiry->n_proofs == 0)
        set(out, BADGE_UNKNOWN, inquiry->none_code, inquiry->none_why);
    else if (fatal)
        set_by(out, inquiry, fatal);
    else if (best)
        set_passed(out, inquiry, best);
    else
        set_by(out, inquiry, find_reason(inquiry));
}
