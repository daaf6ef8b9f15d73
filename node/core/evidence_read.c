/*
 * What is handed over for verification, told apart: a credential, a bundle, a receipt. Called first of all by whoever
 * verifies.
 *
 * A bundle's credential goes through the same digester as one that came by itself, so its digest and label are derived
 * from its bytes and from nothing that the bundle says.
 */
#include "badge/evidence.h"

#include <string.h>

#define READ_CEILING ((size_t)64 << 20)

static void read_document(struct badge_evidence *evidence, struct badge_digester *digester, const void *bytes,
                          size_t len)
{
    struct badge_err *err = &evidence->document_err;
    evidence->has_document = true;
    badge_digester_clear(digester);
    enum badge_status status = badge_digester_update(digester, bytes, len, err);
    if (!status)
        status = badge_digester_final(digester, &evidence->document, err);
    err->status = status;
    if (!status)
        evidence->claims_err.status = badge_claims_read(&evidence->claims, badge_digester_document(digester),
                                                        evidence->document.label, &evidence->claims_err);
}

static bool of_registry(const struct badge_receipt *receipt, const struct badge_policy *policy)
{
    return policy->has_registry && receipt->chain_id == policy->chain_id &&
           memcmp(receipt->contract.b, policy->contract.b, sizeof receipt->contract.b) == 0;
}

static void read_receipts(struct badge_evidence *evidence, const struct badge_json_value *receipts,
                          const struct badge_policy *policy)
{
    for (size_t i = 0; i < badge_json_count(receipts); i++) {
        struct badge_receipt receipt;
        struct badge_err err = {0};
        err.status = badge_receipt_read(&receipt, badge_json_at(receipts, i, NULL), &err);
        bool better = !err.status && of_registry(&receipt, policy);
        if (evidence->has_receipt && !better)
            continue;
        evidence->has_receipt = true;
        evidence->receipt_err = err;
        if (!err.status)
            evidence->receipt = receipt;
        if (better)
            return;
    }
}

static void read_bundle(struct badge_evidence *evidence, struct badge_digester *digester, struct badge_arena *arena,
                        const struct badge_json_value *bundle, const struct badge_policy *policy)
{
    const struct badge_json_value *credential = badge_json_member(bundle, "credential");
    struct badge_text text;
    int64_t version;
    if (!badge_json_integer(badge_json_member(bundle, "version"), &version) || version != 1) {
        evidence->has_document = true;
        (void)badge_fail(&evidence->document_err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                         "this bundle is not of version 1, the only one known here");
        return;
    }
    evidence->has_document = credential != NULL;
    if (credential && (badge_json_string(credential, &text) ||
                       !badge_json_canonicalize(&text, arena, credential, &evidence->document_err)))
        read_document(evidence, digester, text.bytes, text.len);
    /* A number written as 1e20 is in order, and its canonical digits are not: the bundle no longer has the bytes. */
    if (evidence->document_err.status == BADGE_ENUMBER)
        (void)badge_fail(&evidence->document_err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                         "a bundle can't carry an integer beyond 2^53 - 1; give the credential and its receipt as two "
                         "files");
    read_receipts(evidence, badge_json_member(bundle, "receipts"), policy);
}

void badge_evidence_read_receipt(struct badge_evidence *evidence, const char *receipt, size_t receipt_len)
{
    evidence->has_receipt = true;
    evidence->receipt_err = (struct badge_err){0};
    evidence->receipt_err.status = badge_receipt_decode(&evidence->receipt, receipt, receipt_len,
                                                        &evidence->receipt_err);
}

void badge_evidence_read(struct badge_evidence *evidence, struct badge_digester *digester, const void *bytes,
                         size_t len, const char *receipt, size_t receipt_len, const struct badge_policy *policy)
{
    struct badge_arena arena;
    const struct badge_json_value *value = NULL;
    badge_arena_init(&arena, READ_CEILING);
    if (badge_json_parse(&value, &arena, bytes, len, NULL))
        value = NULL; /* no JSON: a credential of another kind, or one that the digester refuses with its reason */
    const struct badge_json_value *type = badge_json_member(value, "type");
    if (badge_json_equals(type, "BadgeBundle"))
        read_bundle(evidence, digester, &arena, value, policy);
    else if (badge_json_equals(type, "BadgeReceipt"))
        badge_evidence_read_receipt(evidence, bytes, len);
    else
        read_document(evidence, digester, bytes, len);
    badge_arena_release(&arena);
    if (receipt)
        badge_evidence_read_receipt(evidence, receipt, receipt_len);
}
