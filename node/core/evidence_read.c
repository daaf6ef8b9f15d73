/*
 * Reads the input of a verification: a credential, a bundle or a receipt. The verifier's first call.
 *
 * Invariant: a bundle's credential goes through the same digester as a single one, so its digest and label come from
 * its bytes alone, and from nothing that the bundle says.
 */
#include "badge/evidence.h"

#include <string.h>

#include "core/digester.h"
#include "core/json_tree.h"

/* A bundle is one level deeper than the credential in it. The digester decides whether that one is too deep. */
static enum badge_status read_json(const struct badge_json_value **out, struct badge_arena *arena, const char *bytes,
                                   size_t len)
{
    return core_json_parse(out, arena, bytes, len, BADGE_JSON_MAX_DEPTH + 1, NULL);
}

/* The bytes of a bundle's credential: a token is a string there. */
static enum badge_status credential_bytes(struct badge_text *out, struct badge_arena *arena,
                                          const struct badge_json_value *credential, struct badge_err *err)
{
    return badge_json_string(credential, out) ? BADGE_OK : badge_json_canonicalize(out, arena, credential, err);
}

static void read_document(struct badge_evidence *evidence, struct badge_digester *digester, const void *bytes,
                          size_t len)
{
    struct badge_err *err = &evidence->document_err;
    evidence->has_document = true;
    badge_digester_clear(digester);
    enum badge_status status = badge_digester_update(digester, bytes, len, err);
    if (status == BADGE_OK)
        status = badge_digester_final(digester, &evidence->document, err);
    err->status = status;
    if (status == BADGE_OK) {
        const struct badge_reading *reading = badge_digester_reading(digester);
        badge_claims_read(&evidence->claims, reading);
        evidence->n_inner = reading->n_inner;
        memcpy(evidence->inner, reading->inner, sizeof evidence->inner);
    }
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
        bool better = err.status == BADGE_OK && of_registry(&receipt, policy);
        if (evidence->has_receipt && !better)
            continue;
        evidence->has_receipt = true;
        evidence->receipt_err = err;
        if (err.status == BADGE_OK)
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
                         "the bundle's version is not 1, the only one supported");
        return;
    }
    evidence->has_document = credential;
    badge_digester_take_images(digester, NULL, NULL, 0); /* a string in a bundle is a token, not an SVG to open */
    if (credential && credential_bytes(&text, arena, credential, &evidence->document_err) == BADGE_OK)
        read_document(evidence, digester, text.bytes, text.len);
    /* 1e20 is a valid number, but its canonical digits are not: the original bytes are not in the bundle. */
    if (evidence->document_err.status == BADGE_ENUMBER)
        (void)badge_fail(&evidence->document_err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                         "a bundle can't contain an integer beyond 2^53 - 1; pass the credential and its receipt as "
                         "two files");
    read_receipts(evidence, badge_json_member(bundle, "receipts"), policy);
}

bool badge_bundle_credential(struct badge_text *out, struct badge_arena *arena, const char *bytes, size_t len)
{
    const struct badge_json_value *bundle, *credential;
    if (read_json(&bundle, arena, bytes, len) != BADGE_OK ||
        !badge_json_equals(badge_json_member(bundle, "type"), "BadgeBundle") ||
        badge_json_count(badge_json_member(bundle, "receipts")) > 0)
        return false;
    credential = badge_json_member(bundle, "credential");
    return credential && credential_bytes(out, arena, credential, NULL) == BADGE_OK;
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
    badge_arena_init(&arena, digester_max_memory(digester));
    if (read_json(&value, &arena, bytes, len) != BADGE_OK)
        value = NULL; /* not JSON: another kind of credential, or one that the digester refuses with a reason */
    const struct badge_json_value *type = badge_json_member(value, "type");
    bool is_bundle = badge_json_equals(type, "BadgeBundle"), is_receipt = badge_json_equals(type, "BadgeReceipt");
    if (is_bundle)
        read_bundle(evidence, digester, &arena, value, policy);
    badge_arena_release(&arena); /* before the digester grows a tree of the same document */
    if (is_receipt)
        badge_evidence_read_receipt(evidence, bytes, len);
    else if (!is_bundle)
        read_document(evidence, digester, bytes, len);
    if (receipt)
        badge_evidence_read_receipt(evidence, receipt, receipt_len);
}
