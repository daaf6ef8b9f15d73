/*
 * Evidence for tests of the judgement: one good case, what is done to it in more than one program, and a judge that
 * holds every report to its form.
 */
#ifndef TESTS_VERDICT_EVIDENCE_H
#define TESTS_VERDICT_EVIDENCE_H

#include "support/test.h"

#include <string.h>

#include "badge/evidence.h"
#include "badge/registry.h"

#define NOW_S 1795435200
#define DAY_S 86400
#define CHAIN_ID 31337

/* A credential in a batch of three, recorded and in force, from an issuer who is known. */
static inline struct badge_evidence good_evidence(void)
{
    struct badge_evidence evidence;
    struct badge_receipt *receipt = &evidence.receipt;
    struct badge_hash leaf, other;

    memset(&evidence, 0, sizeof evidence);
    evidence.has_document = true;
    evidence.document.label = BADGE_LABEL_JCS;
    badge_sha256(&evidence.document.value, "document", 8);
    evidence.claims.issuer = (struct badge_text){"did:example:school", 18};
    evidence.claims.has_proof = true;
    evidence.claims.has_not_before = evidence.claims.has_not_after = true;
    evidence.claims.not_before_s = NOW_S - DAY_S;
    evidence.claims.not_after_s = NOW_S + DAY_S;

    evidence.has_receipt = true;
    receipt->digest = evidence.document;
    badge_sha256(&receipt->salt, "salt", 4);
    badge_leaf_hash(&leaf, &receipt->salt, &receipt->digest.value);
    badge_sha256(&other, "other", 5);
    struct badge_hash tree[2] = {leaf, other}, above[1];
    receipt->leaf_index = badge_hash_compare(&leaf, &other) > 0;
    if (receipt->leaf_index) {
        tree[0] = other;
        tree[1] = leaf;
    }
    assert_int_equal(badge_tree_build(&receipt->root, above, tree, 2, NULL), BADGE_OK);
    receipt->tree_size = 2;
    receipt->n_path = 1;
    receipt->path[0] = other;
    receipt->chain_id = CHAIN_ID;
    receipt->contract = badge_registry_address;
    memset(&receipt->issuer, 0x11, sizeof receipt->issuer);
    receipt->status = BADGE_ANCHOR_FINAL;
    receipt->has_sequence = receipt->has_transaction = receipt->has_block = true;
    receipt->sequence = 7;
    receipt->block_number = 12;
    receipt->block_time_s = NOW_S - 100;

    evidence.has_trusted_registry = true;
    evidence.trusted_chain_id = evidence.chain_id = CHAIN_ID;
    evidence.trusted_contract = badge_registry_address;
    evidence.registry.known = true;
    evidence.code_hash = badge_registry_code_hash;
    evidence.anchor_final = (struct badge_anchor_fact){
        .fact = {.known = true}, .sequence = 7, .tree_size = 2, .block_number = 12, .time_s = NOW_S - 100};
    evidence.anchor_latest = evidence.anchor_final;
    evidence.withdrawn.known = evidence.revoked.known = true;
    evidence.now_s = NOW_S;
    evidence.issuer.known = evidence.issuer_bound = true;
    strcpy(evidence.issuer_how, "the verifier's own settings name this account for it");
    return evidence;
}

static inline void withdrawn(struct badge_evidence *e)
{
    e->withdrawn_time_s = NOW_S - 10;
    e->has_withdrawn_by = true;
    memset(&e->withdrawn_by, 0x22, sizeof e->withdrawn_by);
}

static inline void revoked(struct badge_evidence *e)
{
    e->revoked_time_s = NOW_S - 10;
}

static inline void no_period(struct badge_evidence *e)
{
    e->claims.has_not_before = e->claims.has_not_after = false;
    e->claims.not_before_s = INT64_MAX; /* meaningless then */
    e->claims.not_after_s = INT64_MIN;
}

static inline void names_nothing(struct badge_evidence *e)
{
    no_period(e);
    e->claims.issuer.len = 0;
}

static inline void of_a_record_type(struct badge_evidence *e)
{
    e->claims.is_record = true;
}

/* The issuer's own signature holds, by a did:web of a domain. */
static inline void proof_holds(struct badge_evidence *e)
{
    e->proof = (struct badge_proof_view){.is_made = true,
                                         .outcome = BADGE_PASSED,
                                         .code = "proof_holds",
                                         .form = BADGE_ISSUER_FORM_DOMAIN,
                                         .address = "school.example/.well-known/did.json"};
}

static inline void proof_says(struct badge_evidence *e, enum badge_outcome outcome, const char *code)
{
    e->proof = (struct badge_proof_view){
        .is_made = true, .outcome = outcome, .code = code, .detail = "what the inquiry found"};
}

/* What any report must be, whatever the evidence. */
static inline void assert_well_formed(const struct badge_report *report)
{
    for (size_t i = 0; i < BADGE_N_CHECKS; i++) {
        const struct badge_finding *finding = &report->check[i];
        assert_non_null(finding->code);
        assert_int_equal(strspn(finding->code, "abcdefghijklmnopqrstuvwxyz_"), strlen(finding->code));
        size_t len = strlen(finding->detail);
        assert_true(len > 20 && len < sizeof finding->detail - 1); /* nothing was cut off */
        assert_int_equal(finding->detail[len - 1], '.');
        assert_null(strchr(finding->detail, '\n'));
    }
    if (report->verdict == BADGE_VALID || report->verdict == BADGE_RECORDED)
        for (size_t i = 0; i < BADGE_N_CHECKS; i++)
            assert_true(report->check[i].outcome == BADGE_PASSED || i == BADGE_CHECK_PROOF);
    else if (report->verdict == BADGE_SIGNED)
        for (size_t i = 0; i < BADGE_N_CHECKS; i++)
            assert_true(report->check[i].outcome == BADGE_PASSED || (report->check[i].outcome == BADGE_UNKNOWN &&
                                                                     i != BADGE_CHECK_PROOF && i < BADGE_CHECK_STATUS));
    else
        assert_int_not_equal(report->check[report->decided_by].outcome, BADGE_PASSED);
}

static inline struct badge_report judge(const struct badge_evidence *evidence)
{
    struct badge_report report;
    memset(&report, 0xa5, sizeof report);
    badge_judge(&report, evidence);
    assert_well_formed(&report);
    return report;
}

#endif
