/*
 * The judgement: one good case, each defect by itself with its code, and every two defects together.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/verdict_evidence.h"

static void unknown(struct badge_fact *fact)
{
    fact->known = false;
    strcpy(fact->why, "the provider does not answer");
}

static void reader_failed(struct badge_err *err, enum badge_status status)
{
    err->status = status;
    strcpy(err->text, "the reader's reason");
}

/* -- the defects -------------------------------------------------------------------------------------------------- */

typedef void breaks(struct badge_evidence *e);

static void digest_differs(struct badge_evidence *e)
{
    e->document.value.b[31] ^= 1;
}
static void called_raw(struct badge_evidence *e)
{
    e->receipt.digest.label = BADGE_LABEL_RAW;
}
static void called_jcs(struct badge_evidence *e)
{
    e->document.label = BADGE_LABEL_RAW;
}
static void called_external(struct badge_evidence *e)
{
    e->receipt.digest.label = BADGE_LABEL_EXTERNAL;
}
static void both_external(struct badge_evidence *e)
{
    e->receipt.digest.label = e->document.label = BADGE_LABEL_EXTERNAL;
}
static void document_duplicate(struct badge_evidence *e)
{
    reader_failed(&e->document_err, BADGE_EDUPLICATE);
}
static void document_no_utf8(struct badge_evidence *e)
{
    reader_failed(&e->document_err, BADGE_EUTF8);
    e->document_err.offset = 7;
}
static void document_marked(struct badge_evidence *e)
{
    reader_failed(&e->document_err, BADGE_EUTF8);
    e->document_err.offset = 0;
}
static void document_refused(struct badge_evidence *e)
{
    reader_failed(&e->document_err, BADGE_EREFUSED);
}
static void document_image(struct badge_evidence *e)
{
    reader_failed(&e->document_err, BADGE_EUNSUPPORTED);
}
static void document_spoiled_image(struct badge_evidence *e)
{
    reader_failed(&e->document_err, BADGE_EIMAGE);
}
static void document_too_large(struct badge_evidence *e)
{
    reader_failed(&e->document_err, BADGE_ELIMIT);
}
static void no_document(struct badge_evidence *e)
{
    e->has_document = false;
}
static void no_receipt(struct badge_evidence *e)
{
    e->has_receipt = false;
}
static void receipt_syntax(struct badge_evidence *e)
{
    reader_failed(&e->receipt_err, BADGE_ESYNTAX);
}
static void receipt_version(struct badge_evidence *e)
{
    reader_failed(&e->receipt_err, BADGE_EUNSUPPORTED);
}
static void receipt_no_memory(struct badge_evidence *e)
{
    reader_failed(&e->receipt_err, BADGE_ENOMEM);
}
static void salt_altered(struct badge_evidence *e)
{
    e->receipt.salt.b[0] ^= 0x80;
}
static void path_altered(struct badge_evidence *e)
{
    e->receipt.path[0].b[5] ^= 2;
}
static void path_too_long(struct badge_evidence *e)
{
    e->receipt.n_path = BADGE_MAX_PATH + 1;
}
static void index_altered(struct badge_evidence *e)
{
    e->receipt.leaf_index ^= 1;
}
static void root_altered(struct badge_evidence *e)
{
    e->receipt.root.b[9] ^= 4;
}
static void none_trusted(struct badge_evidence *e)
{
    e->has_trusted_registry = false;
}
static void receipt_other_contract(struct badge_evidence *e)
{
    e->receipt.contract.b[3] ^= 1;
}
static void receipt_other_chain(struct badge_evidence *e)
{
    e->receipt.chain_id++;
}
static void registry_unreachable(struct badge_evidence *e)
{
    unknown(&e->registry);
}
static void provider_other_chain(struct badge_evidence *e)
{
    e->chain_id++;
}
static void other_code(struct badge_evidence *e)
{
    e->code_hash.b[0] ^= 1;
}
static void hints_differ(struct badge_evidence *e)
{
    e->receipt.sequence++;
}
static void block_hint_differs(struct badge_evidence *e)
{
    e->receipt.block_time_s--;
}
static void nowhere(struct badge_evidence *e)
{
    e->anchor_final.tree_size = e->anchor_latest.tree_size = 0;
}
static void nowhere_mined(struct badge_evidence *e)
{
    nowhere(e);
    e->receipt.status = BADGE_ANCHOR_MINED;
}
static void nowhere_sealed(struct badge_evidence *e)
{
    nowhere(e);
    e->receipt.status = BADGE_ANCHOR_SEALED;
}
static void nowhere_sent(struct badge_evidence *e)
{
    nowhere(e);
    e->receipt.status = BADGE_ANCHOR_SENT;
}
static void other_size(struct badge_evidence *e)
{
    e->anchor_final.tree_size = e->anchor_latest.tree_size = 3;
}
static void other_size_at_latest(struct badge_evidence *e)
{
    e->anchor_final.tree_size = 0;
    e->anchor_latest.tree_size = 3;
    e->receipt.status = BADGE_ANCHOR_SENT;
}
static void latest_only(struct badge_evidence *e)
{
    e->anchor_final.tree_size = 0;
}
static void no_final(struct badge_evidence *e)
{
    latest_only(e);
    strcpy(e->anchor_final.fact.why, "a: it names no final block");
}
static void final_only(struct badge_evidence *e)
{
    e->anchor_latest.tree_size = 0;
}
static void final_unknown(struct badge_evidence *e)
{
    unknown(&e->anchor_final.fact);
}
static void absent_and_latest_unknown(struct badge_evidence *e)
{
    e->anchor_final.tree_size = 0;
    e->receipt.status = BADGE_ANCHOR_SEALED;
    unknown(&e->anchor_latest.fact);
}
static void latest_unknown(struct badge_evidence *e)
{
    unknown(&e->anchor_latest.fact);
}
static void no_proof(struct badge_evidence *e)
{
    e->claims.has_proof = false;
}
static void status_malformed(struct badge_evidence *e)
{
    reader_failed(&e->claims.status_err, BADGE_ETYPE);
}
static void period_malformed(struct badge_evidence *e)
{
    reader_failed(&e->claims.period_err, BADGE_ETYPE);
}
static void issuer_malformed(struct badge_evidence *e)
{
    reader_failed(&e->claims.issuer_err, BADGE_ETYPE);
}
static void issuer_elsewhere(struct badge_evidence *e)
{
    reader_failed(&e->claims.issuer_err, BADGE_ENOTFOUND);
}
static void issuers_differ(struct badge_evidence *e)
{
    reader_failed(&e->claims.issuer_err, BADGE_EREFUSED);
}
static void claims_hidden(struct badge_evidence *e)
{
    e->claims.has_proof = false;
    issuers_differ(e);
    reader_failed(&e->claims.period_err, BADGE_EREFUSED);
    reader_failed(&e->claims.status_err, BADGE_EREFUSED);
}
static void opaque(struct badge_evidence *e)
{
    e->claims.has_proof = false;
    e->claims.is_opaque = true;
}
static void says_revoked(struct badge_evidence *e)
{
    e->claims.is_revoked = true;
}
static void withdrawn_unknown(struct badge_evidence *e)
{
    unknown(&e->withdrawn);
}
static void revoked_unknown(struct badge_evidence *e)
{
    unknown(&e->revoked);
}
static void has_status(struct badge_evidence *e)
{
    e->claims.has_status = true;
}
static void list_says(struct badge_evidence *e, enum badge_outcome outcome, const char *code)
{
    e->claims.has_status = true;
    e->status = (struct badge_status_view){.is_made = true, .outcome = outcome, .code = code};
}
static void list_good(struct badge_evidence *e)
{
    list_says(e, BADGE_PASSED, "status_good");
}
static void list_revoked(struct badge_evidence *e)
{
    list_says(e, BADGE_FAILED, "status_revoked");
}
static void list_suspended(struct badge_evidence *e)
{
    list_says(e, BADGE_FAILED, "status_suspended");
}
static void list_unreachable(struct badge_evidence *e)
{
    list_says(e, BADGE_UNKNOWN, "status_unreachable");
}
static void list_invalid(struct badge_evidence *e)
{
    list_says(e, BADGE_UNKNOWN, "status_list_invalid");
}
static void list_out_of_range(struct badge_evidence *e)
{
    list_says(e, BADGE_UNKNOWN, "status_out_of_range");
}
static void list_type_unknown(struct badge_evidence *e)
{
    list_says(e, BADGE_UNKNOWN, "status_type_unknown");
}
static void expired(struct badge_evidence *e)
{
    e->claims.not_after_s = NOW_S - 1;
}
static void expires_now(struct badge_evidence *e)
{
    e->claims.not_after_s = e->claims.not_before_s = NOW_S;
}
static void not_yet(struct badge_evidence *e)
{
    e->claims.not_before_s = NOW_S + 1;
}
static void over_before_it_begins(struct badge_evidence *e)
{
    expired(e);
    not_yet(e);
}
static void not_bound(struct badge_evidence *e)
{
    e->issuer_bound = false;
}
static void issuer_unknown(struct badge_evidence *e)
{
    unknown(&e->issuer);
}
static void proof_broken(struct badge_evidence *e)
{
    proof_says(e, BADGE_FAILED, "proof_broken");
}
static void proof_malformed(struct badge_evidence *e)
{
    proof_says(e, BADGE_FAILED, "proof_malformed");
}
static void proof_wrong_purpose(struct badge_evidence *e)
{
    proof_says(e, BADGE_FAILED, "proof_wrong_purpose");
}
static void proof_wrong_controller(struct badge_evidence *e)
{
    proof_says(e, BADGE_FAILED, "proof_wrong_controller");
}
static void proof_key_revoked(struct badge_evidence *e)
{
    proof_says(e, BADGE_FAILED, "proof_key_revoked");
}
static void proof_key_expired(struct badge_evidence *e)
{
    proof_says(e, BADGE_FAILED, "proof_key_expired");
}
static void jwt_claim_differs(struct badge_evidence *e)
{
    proof_says(e, BADGE_FAILED, "jwt_claim_differs");
}
static void context_unsafe(struct badge_evidence *e)
{
    proof_says(e, BADGE_FAILED, "context_unsafe");
}
static void proof_expired(struct badge_evidence *e)
{
    proof_says(e, BADGE_FAILED, "proof_expired");
}
static void proof_from_future(struct badge_evidence *e)
{
    proof_says(e, BADGE_FAILED, "proof_from_future");
}
static void accounts_silent(struct badge_evidence *e)
{
    e->n_accounts = 1;
    unknown(&e->account_revoked);
}
static void account_revoked(struct badge_evidence *e)
{
    e->n_accounts = 1;
    e->account_revoked.known = true;
    e->account_revoked_time_s = NOW_S - 10;
}
static void nothing(struct badge_evidence *e)
{
    (void)e;
}

static const struct defect {
    breaks *apply;
    enum badge_check check;
    enum badge_outcome outcome;
    const char *code;
    enum badge_verdict verdict;
} defect[] = {
    {digest_differs, BADGE_CHECK_DIGEST, BADGE_FAILED, "digest_differs", BADGE_INVALID},
    {called_raw, BADGE_CHECK_DIGEST, BADGE_FAILED, "label_differs", BADGE_INVALID},
    {called_jcs, BADGE_CHECK_DIGEST, BADGE_FAILED, "label_differs", BADGE_INVALID},
    {called_external, BADGE_CHECK_DIGEST, BADGE_FAILED, "label_external", BADGE_INVALID},
    {both_external, BADGE_CHECK_DIGEST, BADGE_FAILED, "label_external", BADGE_INVALID},
    {document_duplicate, BADGE_CHECK_DIGEST, BADGE_FAILED, "document_malformed", BADGE_INVALID},
    {document_refused, BADGE_CHECK_DIGEST, BADGE_FAILED, "document_malformed", BADGE_INVALID},
    {document_image, BADGE_CHECK_DIGEST, BADGE_UNKNOWN, "document_unsupported", BADGE_UNVERIFIABLE},
    {document_too_large, BADGE_CHECK_DIGEST, BADGE_UNKNOWN, "document_unread", BADGE_UNVERIFIABLE},
    {no_document, BADGE_CHECK_DIGEST, BADGE_UNKNOWN, "no_document", BADGE_ANCHORED},
    {no_receipt, BADGE_CHECK_DIGEST, BADGE_UNKNOWN, "no_receipt", BADGE_UNVERIFIABLE},
    {receipt_version, BADGE_CHECK_DIGEST, BADGE_UNKNOWN, "receipt_unsupported", BADGE_UNVERIFIABLE},
    {receipt_no_memory, BADGE_CHECK_DIGEST, BADGE_UNKNOWN, "receipt_unread", BADGE_UNVERIFIABLE},
    {receipt_syntax, BADGE_CHECK_INCLUSION, BADGE_FAILED, "receipt_malformed", BADGE_INVALID},
    {salt_altered, BADGE_CHECK_INCLUSION, BADGE_FAILED, "path_broken", BADGE_INVALID},
    {path_altered, BADGE_CHECK_INCLUSION, BADGE_FAILED, "path_broken", BADGE_INVALID},
    {path_too_long, BADGE_CHECK_INCLUSION, BADGE_FAILED, "path_broken", BADGE_INVALID},
    {index_altered, BADGE_CHECK_INCLUSION, BADGE_FAILED, "path_broken", BADGE_INVALID},
    {root_altered, BADGE_CHECK_INCLUSION, BADGE_FAILED, "path_broken", BADGE_INVALID},
    {none_trusted, BADGE_CHECK_REGISTRY, BADGE_UNKNOWN, "registry_not_named", BADGE_UNVERIFIABLE},
    {receipt_other_contract, BADGE_CHECK_REGISTRY, BADGE_UNKNOWN, "registry_not_trusted", BADGE_UNVERIFIABLE},
    {receipt_other_chain, BADGE_CHECK_REGISTRY, BADGE_UNKNOWN, "registry_not_trusted", BADGE_UNVERIFIABLE},
    {registry_unreachable, BADGE_CHECK_REGISTRY, BADGE_UNKNOWN, "registry_unreachable", BADGE_UNVERIFIABLE},
    {provider_other_chain, BADGE_CHECK_REGISTRY, BADGE_UNKNOWN, "wrong_chain", BADGE_UNVERIFIABLE},
    {other_code, BADGE_CHECK_REGISTRY, BADGE_UNKNOWN, "wrong_code", BADGE_UNVERIFIABLE},
    {nowhere, BADGE_CHECK_ANCHOR, BADGE_FAILED, "not_anchored", BADGE_INVALID},
    {nowhere_mined, BADGE_CHECK_ANCHOR, BADGE_FAILED, "not_anchored", BADGE_INVALID},
    {other_size, BADGE_CHECK_ANCHOR, BADGE_FAILED, "tree_size_differs", BADGE_INVALID},
    {other_size_at_latest, BADGE_CHECK_ANCHOR, BADGE_FAILED, "tree_size_differs", BADGE_INVALID},
    {nowhere_sealed, BADGE_CHECK_ANCHOR, BADGE_UNKNOWN, "anchor_awaited", BADGE_PENDING},
    {nowhere_sent, BADGE_CHECK_ANCHOR, BADGE_UNKNOWN, "anchor_awaited", BADGE_PENDING},
    {latest_only, BADGE_CHECK_ANCHOR, BADGE_UNKNOWN, "anchor_not_final", BADGE_PENDING},
    {no_final, BADGE_CHECK_ANCHOR, BADGE_UNKNOWN, "no_final_block", BADGE_PENDING},
    {final_only, BADGE_CHECK_ANCHOR, BADGE_UNKNOWN, "anchor_contradictory", BADGE_UNVERIFIABLE},
    {final_unknown, BADGE_CHECK_ANCHOR, BADGE_UNKNOWN, "chain_unreachable", BADGE_UNVERIFIABLE},
    {absent_and_latest_unknown, BADGE_CHECK_ANCHOR, BADGE_UNKNOWN, "chain_unreachable", BADGE_UNVERIFIABLE},
    {proof_broken, BADGE_CHECK_PROOF, BADGE_FAILED, "proof_broken", BADGE_INVALID},
    {proof_malformed, BADGE_CHECK_PROOF, BADGE_FAILED, "proof_malformed", BADGE_INVALID},
    {proof_wrong_purpose, BADGE_CHECK_PROOF, BADGE_FAILED, "proof_wrong_purpose", BADGE_INVALID},
    {proof_wrong_controller, BADGE_CHECK_PROOF, BADGE_FAILED, "proof_wrong_controller", BADGE_INVALID},
    {proof_key_revoked, BADGE_CHECK_PROOF, BADGE_FAILED, "proof_key_revoked", BADGE_INVALID},
    {proof_key_expired, BADGE_CHECK_PROOF, BADGE_FAILED, "proof_key_expired", BADGE_INVALID},
    {jwt_claim_differs, BADGE_CHECK_PROOF, BADGE_FAILED, "jwt_claim_differs", BADGE_INVALID},
    {context_unsafe, BADGE_CHECK_PROOF, BADGE_FAILED, "context_unsafe", BADGE_INVALID},
    {proof_expired, BADGE_CHECK_PROOF, BADGE_FAILED, "proof_expired", BADGE_EXPIRED},
    {proof_from_future, BADGE_CHECK_PROOF, BADGE_FAILED, "proof_from_future", BADGE_NOT_YET_VALID},
    {withdrawn, BADGE_CHECK_WITHDRAWN, BADGE_FAILED, "withdrawn", BADGE_WITHDRAWN},
    {withdrawn_unknown, BADGE_CHECK_WITHDRAWN, BADGE_UNKNOWN, "chain_unreachable", BADGE_UNVERIFIABLE},
    {revoked, BADGE_CHECK_REVOKED, BADGE_FAILED, "revoked", BADGE_REVOKED},
    {revoked_unknown, BADGE_CHECK_REVOKED, BADGE_UNKNOWN, "chain_unreachable", BADGE_UNVERIFIABLE},
    {accounts_silent, BADGE_CHECK_REVOKED, BADGE_UNKNOWN, "chain_unreachable", BADGE_UNVERIFIABLE},
    {account_revoked, BADGE_CHECK_REVOKED, BADGE_FAILED, "revoked", BADGE_REVOKED},
    {has_status, BADGE_CHECK_STATUS, BADGE_UNKNOWN, "status_not_checked", BADGE_UNVERIFIABLE},
    {list_revoked, BADGE_CHECK_STATUS, BADGE_FAILED, "status_revoked", BADGE_REVOKED},
    {list_suspended, BADGE_CHECK_STATUS, BADGE_FAILED, "status_suspended", BADGE_SUSPENDED},
    {list_unreachable, BADGE_CHECK_STATUS, BADGE_UNKNOWN, "status_unreachable", BADGE_UNVERIFIABLE},
    {list_invalid, BADGE_CHECK_STATUS, BADGE_UNKNOWN, "status_list_invalid", BADGE_UNVERIFIABLE},
    {list_out_of_range, BADGE_CHECK_STATUS, BADGE_UNKNOWN, "status_out_of_range", BADGE_UNVERIFIABLE},
    {list_type_unknown, BADGE_CHECK_STATUS, BADGE_UNKNOWN, "status_type_unknown", BADGE_UNVERIFIABLE},
    {status_malformed, BADGE_CHECK_STATUS, BADGE_UNKNOWN, "claims_malformed", BADGE_UNVERIFIABLE},
    {claims_hidden, BADGE_CHECK_STATUS, BADGE_UNKNOWN, "claims_hidden", BADGE_UNVERIFIABLE},
    {says_revoked, BADGE_CHECK_STATUS, BADGE_FAILED, "status_revoked", BADGE_REVOKED},
    {document_no_utf8, BADGE_CHECK_DIGEST, BADGE_FAILED, "document_malformed", BADGE_INVALID},
    {document_marked, BADGE_CHECK_DIGEST, BADGE_UNKNOWN, "document_unsupported", BADGE_UNVERIFIABLE},
    {document_spoiled_image, BADGE_CHECK_DIGEST, BADGE_UNKNOWN, "document_unsupported", BADGE_UNVERIFIABLE},
    {period_malformed, BADGE_CHECK_VALIDITY, BADGE_UNKNOWN, "claims_malformed", BADGE_UNVERIFIABLE},
    {issuer_malformed, BADGE_CHECK_ISSUER, BADGE_UNKNOWN, "claims_malformed", BADGE_UNKNOWN_ISSUER},
    {issuer_elsewhere, BADGE_CHECK_ISSUER, BADGE_UNKNOWN, "issuer_elsewhere", BADGE_UNKNOWN_ISSUER},
    {issuers_differ, BADGE_CHECK_ISSUER, BADGE_UNKNOWN, "claims_hidden", BADGE_UNVERIFIABLE},
    {expired, BADGE_CHECK_VALIDITY, BADGE_FAILED, "expired", BADGE_EXPIRED},
    {over_before_it_begins, BADGE_CHECK_VALIDITY, BADGE_FAILED, "expired", BADGE_EXPIRED},
    {not_yet, BADGE_CHECK_VALIDITY, BADGE_FAILED, "not_yet_valid", BADGE_NOT_YET_VALID},
    {not_bound, BADGE_CHECK_ISSUER, BADGE_FAILED, "issuer_not_bound", BADGE_UNKNOWN_ISSUER},
    {issuer_unknown, BADGE_CHECK_ISSUER, BADGE_UNKNOWN, "issuer_unreachable", BADGE_UNKNOWN_ISSUER},
};
#define N_DEFECTS (sizeof defect / sizeof defect[0])

static void all_is_well(void **state)
{
    (void)state;
    static const char *const code[BADGE_N_CHECKS] = {
        "digest_matches", "inclusion_holds", "registry_trusted", "anchor_final", "proof_not_checked",
        "not_withdrawn",  "not_revoked",     "no_status",        "in_force",     "issuer_bound"};
    struct badge_evidence evidence = good_evidence();
    struct badge_report report = judge(&evidence);
    assert_int_equal(report.verdict, BADGE_VALID);
    for (size_t i = 0; i < BADGE_N_CHECKS; i++)
        assert_string_equal(report.check[i].code, code[i]);
    assert_int_equal(report.check[BADGE_CHECK_PROOF].outcome, BADGE_UNKNOWN);
    assert_non_null(strstr(report.check[BADGE_CHECK_PROOF].detail, "was not checked"));
    assert_non_null(strstr(report.check[BADGE_CHECK_ANCHOR].detail, "no later than 2026-11-23T11:58:20Z"));
    assert_non_null(strstr(report.check[BADGE_CHECK_ISSUER].detail, evidence.issuer_how));
}

static void harmless(void **state)
{
    (void)state;
    static const struct {
        breaks *apply;
        enum badge_check check;
        const char *code;
    } variant[] = {
        {nothing, BADGE_CHECK_DIGEST, "digest_matches"},
        {hints_differ, BADGE_CHECK_ANCHOR, "anchor_hints_differ"},
        {block_hint_differs, BADGE_CHECK_ANCHOR, "anchor_hints_differ"},
        {latest_unknown, BADGE_CHECK_ANCHOR, "anchor_final"},
        {no_proof, BADGE_CHECK_PROOF, "no_proof"},
        {expires_now, BADGE_CHECK_VALIDITY, "in_force"},
        {no_period, BADGE_CHECK_VALIDITY, "no_period"},
    };
    for (size_t i = 0; i < sizeof variant / sizeof variant[0]; i++) {
        struct badge_evidence evidence = good_evidence();
        variant[i].apply(&evidence);
        struct badge_report report = judge(&evidence);
        assert_int_equal(report.verdict, BADGE_VALID);
        assert_string_equal(report.check[variant[i].check].code, variant[i].code);
    }
}

static void each_defect(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_DEFECTS; i++) {
        struct badge_evidence evidence = good_evidence();
        defect[i].apply(&evidence);
        struct badge_report report = judge(&evidence);
        const struct badge_finding *finding = &report.check[defect[i].check];
        if (report.verdict != defect[i].verdict || report.decided_by != defect[i].check ||
            finding->outcome != defect[i].outcome || strcmp(finding->code, defect[i].code) != 0) {
            fail_msg("%s: %s by %s, %s %s: %s", defect[i].code, badge_verdict_name(report.verdict),
                     badge_check_name(report.decided_by), finding->code, badge_outcome_name(finding->outcome),
                     finding->detail);
        }
    }
}

/* The checks over which a failed one decides while they are unknown. */
static const unsigned decides_over[BADGE_N_CHECKS] = {
    [BADGE_CHECK_INCLUSION] = 0x001,
    [BADGE_CHECK_PROOF] = 0x00f,
    /* registry, anchor, proof, withdrawn, revoked, status, as far as they come before */
    [BADGE_CHECK_WITHDRAWN] = 0x01c,
    [BADGE_CHECK_REVOKED] = 0x03c,
    [BADGE_CHECK_STATUS] = 0x07c,
    [BADGE_CHECK_VALIDITY] = 0x0fc,
};

/* What the rules say of two defects, put down once more: the order, the override, and that anchored comes last. */
static const struct defect *expected_of(const struct defect *a, const struct defect *b)
{
    const struct defect *first = a->check <= b->check ? a : b, *second = first == a ? b : a;
    if (first->verdict == BADGE_ANCHORED)
        return second;
    if (second->apply == account_revoked && first->outcome == BADGE_UNKNOWN)
        return second;
    if (first->outcome == BADGE_UNKNOWN && second->outcome == BADGE_FAILED &&
        decides_over[second->check] & 1u << first->check)
        return second;
    return first;
}

static bool document_unread(const struct defect *a)
{
    return a->check == BADGE_CHECK_DIGEST &&
           (a->apply == document_duplicate || a->apply == document_refused || a->apply == document_image ||
            a->apply == document_too_large || a->apply == document_spoiled_image || a->apply == document_no_utf8 ||
            a->apply == document_marked);
}

/* Without a document nobody looks at claims, and without a receipt at the chain: such defects do not show. */
static bool hides(const struct defect *a, const struct defect *b)
{
    bool receipt_useless = a->apply == no_receipt || a->apply == receipt_version || a->apply == receipt_no_memory ||
                           a->apply == receipt_syntax;
    bool of_document = b->check > BADGE_CHECK_REVOKED || b->check == BADGE_CHECK_PROOF;
    return (a->apply == no_document && of_document) || (receipt_useless && b->check <= BADGE_CHECK_INCLUSION) ||
           (document_unread(a) && of_document) ||
           (b->outcome == BADGE_FAILED && b->check >= BADGE_CHECK_ANCHOR && b->check <= BADGE_CHECK_REVOKED &&
            b->check != BADGE_CHECK_PROOF && b->apply != account_revoked &&
            (receipt_useless || a->check == BADGE_CHECK_REGISTRY)) ||
           (a->check == BADGE_CHECK_REGISTRY && b->apply == account_revoked) || /* it is no answer of the registry */
           (a->apply == claims_hidden && b->check == BADGE_CHECK_PROOF) ||
           (a->apply == claims_hidden && b->check > BADGE_CHECK_STATUS && b->outcome == BADGE_UNKNOWN) ||
           a->check == b->check; /* the same evidence broken twice may be whole again */
}

static void every_two_defects(void **state)
{
    (void)state;
    size_t n = 0;
    for (size_t i = 0; i < N_DEFECTS; i++) {
        for (size_t k = 0; k < N_DEFECTS; k++) {
            struct badge_evidence evidence = good_evidence();
            if (i == k || hides(&defect[i], &defect[k]) || hides(&defect[k], &defect[i]))
                continue;
            defect[i].apply(&evidence);
            defect[k].apply(&evidence);
            struct badge_report report = judge(&evidence);
            const struct defect *expected = expected_of(&defect[i], &defect[k]);
            if (report.verdict != expected->verdict || report.decided_by != expected->check) {
                fail_msg("%s with %s: %s by %s", defect[i].code, defect[k].code, badge_verdict_name(report.verdict),
                         badge_check_name(report.decided_by));
            }
            n++;
        }
    }
    assert_true(n > 1000);
}

/* What follows from one thing missing, check by check. */
static void consequences(void **state)
{
    (void)state;
    static const struct {
        breaks *apply;
        const char *code[BADGE_N_CHECKS];
    } known[] = {
        {no_document,
         {"no_document", "inclusion_holds", "registry_trusted", "anchor_final", "no_document", "not_withdrawn",
          "not_revoked", "no_document", "no_document", "no_document"}},
        {document_image,
         {"document_unsupported", "inclusion_holds", "registry_trusted", "anchor_final", "document_unread",
          "not_withdrawn", "not_revoked", "document_unread", "document_unread", "document_unread"}},
        {claims_hidden,
         {"digest_matches", "inclusion_holds", "registry_trusted", "anchor_final", "claims_hidden", "not_withdrawn",
          "not_revoked", "claims_hidden", "claims_hidden", "claims_hidden"}},
        {period_malformed,
         {"digest_matches", "inclusion_holds", "registry_trusted", "anchor_final", "proof_not_checked", "not_withdrawn",
          "not_revoked", "no_status", "claims_malformed", "issuer_bound"}},
        {opaque,
         {"digest_matches", "inclusion_holds", "registry_trusted", "anchor_final", "document_not_read", "not_withdrawn",
          "not_revoked", "no_status", "in_force", "issuer_bound"}},
        {no_receipt,
         {"no_receipt", "no_receipt", "no_receipt", "no_receipt", "proof_not_checked", "no_receipt", "no_receipt",
          "no_status", "in_force", "no_receipt"}},
        {receipt_syntax,
         {"receipt_malformed", "receipt_malformed", "no_receipt", "no_receipt", "proof_not_checked", "no_receipt",
          "no_receipt", "no_status", "in_force", "no_receipt"}},
        {receipt_version,
         {"receipt_unsupported", "receipt_unsupported", "no_receipt", "no_receipt", "proof_not_checked", "no_receipt",
          "no_receipt", "no_status", "in_force", "no_receipt"}},
        {receipt_no_memory,
         {"receipt_unread", "receipt_unread", "no_receipt", "no_receipt", "proof_not_checked", "no_receipt",
          "no_receipt", "no_status", "in_force", "no_receipt"}},
        /* what a contract says that is not the registry is not repeated, good or bad */
        {other_code,
         {"digest_matches", "inclusion_holds", "wrong_code", "registry_unknown", "proof_not_checked",
          "registry_unknown", "registry_unknown", "no_status", "in_force", "issuer_bound"}},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct badge_evidence evidence = good_evidence();
        known[i].apply(&evidence);
        struct badge_report report = judge(&evidence);
        for (size_t k = 0; k < BADGE_N_CHECKS; k++)
            assert_string_equal(report.check[k].code, known[i].code[k]);
    }
    struct badge_evidence empty;
    memset(&empty, 0, sizeof empty);
    struct badge_report report = judge(&empty);
    assert_int_equal(report.verdict, BADGE_UNVERIFIABLE);
}

/* A document that says nothing of issuer, dates and status, or is no credential, is recorded, and never in force. */
static void only_recorded(void **state)
{
    (void)state;
    static const struct {
        breaks *apply[2];
        enum badge_verdict verdict;
    } cases[] = {
        {{names_nothing, nothing}, BADGE_RECORDED},         {{names_nothing, opaque}, BADGE_RECORDED},
        {{of_a_record_type, nothing}, BADGE_RECORDED},      {{of_a_record_type, expired}, BADGE_EXPIRED},
        {{names_nothing, not_bound}, BADGE_UNKNOWN_ISSUER}, {{names_nothing, has_status}, BADGE_UNVERIFIABLE},
        {{names_nothing, revoked}, BADGE_REVOKED},          {{no_period, nothing}, BADGE_VALID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct badge_evidence evidence = good_evidence();
        cases[i].apply[0](&evidence);
        cases[i].apply[1](&evidence);
        assert_int_equal(judge(&evidence).verdict, cases[i].verdict);
    }
}

/* A receipt of a bare digest proves that digest, and never the document. */
static void external_is_never_valid(void **state)
{
    (void)state;
    struct badge_evidence evidence = good_evidence();
    evidence.receipt.digest.label = BADGE_LABEL_EXTERNAL;
    assert_int_equal(judge(&evidence).verdict, BADGE_INVALID);
    evidence.has_document = false;
    assert_int_equal(judge(&evidence).verdict, BADGE_ANCHORED);
    nowhere_sent(&evidence);
    assert_int_equal(judge(&evidence).verdict, BADGE_PENDING);
}

static void names(void **state)
{
    (void)state;
    static const char *const check[BADGE_N_CHECKS] = {"digest",    "inclusion", "registry", "anchor",   "proof",
                                                      "withdrawn", "revoked",   "status",   "validity", "issuer"};
    static const struct {
        const char *name;
        int exit_status;
    } verdict[] = {
        {"valid", 0},        {"invalid", 1},       {"revoked", 1},        {"suspended", 1}, {"withdrawn", 1},
        {"expired", 1},      {"not_yet_valid", 1}, {"unknown_issuer", 1}, {"pending", 1},   {"anchored", 1},
        {"unverifiable", 3}, {"recorded", 0},      {"signed", 1},
    };
    for (int i = 0; i < BADGE_N_CHECKS; i++)
        assert_string_equal(badge_check_name((enum badge_check)i), check[i]);
    for (int i = 0; i <= BADGE_SIGNED; i++) {
        assert_string_equal(badge_verdict_name((enum badge_verdict)i), verdict[i].name);
        assert_int_equal(badge_verdict_exit_status((enum badge_verdict)i), verdict[i].exit_status);
        assert_true(strlen(badge_verdict_sentence((enum badge_verdict)i)) > 20);
    }
    assert_string_equal(badge_outcome_name(BADGE_UNKNOWN), "unknown");
    assert_string_equal(badge_outcome_name(BADGE_PASSED), "passed");
    assert_string_equal(badge_outcome_name(BADGE_FAILED), "failed");
}

/* The header is where users read the codes: each that can come out stands there. */
static void codes_are_public(void **state)
{
    (void)state;
    static char header[65536];
    FILE *file = fopen(TESTS_DIR "/../include/badge/verdict.h", "r");
    assert_non_null(file);
    header[fread(header, 1, sizeof header - 1, file)] = '\0';
    fclose(file);
    for (size_t i = 0; i < N_DEFECTS; i++) {
        struct badge_evidence evidence = good_evidence();
        defect[i].apply(&evidence);
        struct badge_report report = judge(&evidence);
        for (size_t k = 0; k < BADGE_N_CHECKS; k++) {
            char word[64];
            snprintf(word, sizeof word, " %s", report.check[k].code);
            assert_non_null(strstr(header, word));
        }
    }
}

static void a_good_list_takes_nothing_away(void **state)
{
    (void)state;
    struct badge_evidence evidence = good_evidence();
    struct badge_report report;
    list_good(&evidence);
    badge_judge(&report, &evidence);
    assert_int_equal(report.verdict, BADGE_VALID);
    assert_string_equal(report.check[BADGE_CHECK_STATUS].code, "status_good");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well),
        cmocka_unit_test(harmless),
        cmocka_unit_test(each_defect),
        cmocka_unit_test(a_good_list_takes_nothing_away),
        cmocka_unit_test(every_two_defects),
        cmocka_unit_test(consequences),
        cmocka_unit_test(external_is_never_valid),
        cmocka_unit_test(only_recorded),
        cmocka_unit_test(names),
        cmocka_unit_test(codes_are_public),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
