/*
 * A report as JSON, so that command line, node and browser answer with the same members.
 */
#include "badge/evidence.h"

#include <string.h>

#include "core/json_out.h"

/* By an account that is known to be the issuer's, if one has, else by that of the receipt. */
static void write_revocation(struct json_out *json, const struct badge_evidence *evidence)
{
    bool by_known = evidence->n_accounts > 0 && evidence->account_revoked.known && evidence->account_revoked_time_s;
    json_out_text(json, "reason",
                  badge_reason_name(by_known ? evidence->account_revoked_reason : evidence->revoked_reason));
    json_out_time(json, "time", by_known ? evidence->account_revoked_time_s : evidence->revoked_time_s);
    if (by_known)
        json_out_address(json, "account", &evidence->account_revoked_by);
    else if (evidence->has_revoked_by)
        json_out_address(json, "account", &evidence->revoked_by);
}

/* code: issuer_named, issuer_domain or issuer_address. */
static void write_signer(struct json_out *json, const char *code, const struct badge_proof_view *proof)
{
    json_out_text(json, "by", code + strlen("issuer_"));
    if (proof->address[0] != '\0')
        json_out_text(json, "address", proof->address);
    if (proof->document_given)
        json_out_bool(json, "documentGiven", true);
}

/* null where it is not known */
static void write_known(struct json_out *json, const char *name, const char *text)
{
    if (text[0] != '\0')
        json_out_text(json, name, text);
    else
        json_out_null(json, name);
}

/* outcome, code, suite, controller and detail */
static void write_proof(struct json_out *json, const struct badge_proof_item *item)
{
    write_known(json, "suite", item->suite);
    write_known(json, "controller", item->controller);
    json_out_text(json, "outcome", badge_outcome_name(item->outcome));
    json_out_text(json, "code", item->code);
    json_out_text(json, "detail", item->detail);
}

static void write_presentation(struct json_out *json, const struct badge_presentation_view *presentation)
{
    if (!presentation->is_there) {
        json_out_null(json, "presentation");
        return;
    }
    json_out_object(json, "presentation");
    write_known(json, "holder", presentation->holder);
    write_known(json, "challenge", presentation->challenge);
    write_known(json, "domain", presentation->domain);
    json_out_object(json, "proof");
    write_proof(json, &presentation->proof);
    json_out_object_end(json);
    json_out_object_end(json);
}

static void write_proofs(struct json_out *json, const struct badge_proof_view *proof)
{
    json_out_array(json, "proofs");
    for (size_t i = 0; i < proof->n_proofs; i++) {
        const struct badge_proof_item *item = &proof->proof[i];
        json_out_object(json, NULL);
        write_proof(json, item);
        json_out_bool(json, "ofIssuer", item->is_issuers);
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

static void write_statuses(struct json_out *json, const struct badge_status_view *status)
{
    json_out_array(json, "statuses");
    for (size_t i = 0; i < status->n_items; i++) {
        const struct badge_status_item *item = &status->item[i];
        json_out_object(json, NULL);
        write_known(json, "purpose", item->purpose);
        write_known(json, "list", item->list);
        json_out_text(json, "outcome", badge_outcome_name(item->outcome));
        json_out_text(json, "code", item->code);
        if (item->has_value)
            json_out_u64(json, "value", item->value);
        else
            json_out_null(json, "value");
        write_known(json, "message", item->message);
        json_out_text(json, "detail", item->detail);
        json_out_bool(json, "bySiteAlone", item->is_plain);
        if (item->has_read)
            json_out_time(json, "readAt", item->read_s);
        else
            json_out_null(json, "readAt");
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

/* What the sentence of a check says, as data: when and by whom, why, and what binds the account to the issuer. */
static void write_facts(struct json_out *json, enum badge_check check, const struct badge_finding *finding,
                        const struct badge_evidence *evidence)
{
    enum badge_outcome outcome = finding->outcome;
    const char *code = finding->code;
    static const char *const by[] = {[BADGE_BY_SETTINGS] = "settings",
                                     [BADGE_BY_ID] = "id",
                                     [BADGE_BY_ACCREDITOR] = "accreditor",
                                     [BADGE_BY_DOCUMENT] = "document"};
    if (check == BADGE_CHECK_ANCHOR && outcome == BADGE_PASSED) {
        json_out_time(json, "time", evidence->anchor_final.time_s);
    } else if (check == BADGE_CHECK_WITHDRAWN && outcome == BADGE_FAILED) {
        json_out_time(json, "time", evidence->withdrawn_time_s);
        if (evidence->has_withdrawn_by)
            json_out_address(json, "account", &evidence->withdrawn_by);
    } else if (check == BADGE_CHECK_REVOKED && outcome == BADGE_FAILED) {
        write_revocation(json, evidence);
    } else if (check == BADGE_CHECK_ISSUER && outcome == BADGE_PASSED && strcmp(code, "issuer_bound") != 0) {
        write_signer(json, code, &evidence->proof);
    } else if (check == BADGE_CHECK_ISSUER && outcome == BADGE_PASSED && evidence->issuer_by != BADGE_BY_NOTHING) {
        json_out_text(json, "by", by[evidence->issuer_by]);
        if (evidence->issuer_by == BADGE_BY_ACCREDITOR)
            json_out_address(json, "account", &evidence->issuer_accreditor);
    }
}

static void write_checks(struct json_out *json, const struct badge_report *report,
                         const struct badge_evidence *evidence)
{
    json_out_array(json, "checks");
    for (int i = 0; i < BADGE_N_CHECKS; i++) {
        const struct badge_finding *finding = &report->check[i];
        json_out_object(json, NULL);
        json_out_text(json, "check", badge_check_name((enum badge_check)i));
        json_out_text(json, "outcome", badge_outcome_name(finding->outcome));
        json_out_text(json, "code", finding->code);
        json_out_text(json, "detail", finding->detail);
        if (badge_finding_is_caution((enum badge_check)i, finding))
            json_out_bool(json, "caution", true);
        write_facts(json, (enum badge_check)i, finding, evidence);
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

size_t badge_report_encode(char out[BADGE_REPORT_MAX_LEN], const struct badge_report *report,
                           const struct badge_evidence *evidence)
{
    struct json_buffer buffer = {.bytes = out, .capacity = BADGE_REPORT_MAX_LEN};
    struct json_out json = {.put = json_buffer_put, .to = &buffer};
    bool has_receipt = evidence->has_receipt && evidence->receipt_err.status == BADGE_OK;
    char receipt[BADGE_RECEIPT_MAX_LEN];

    json_out_object(&json, NULL);
    json_out_text(&json, "verdict", badge_verdict_name(report->verdict));
    json_out_text(&json, "sentence", report->sentence);
    if (evidence->has_document ? evidence->document_err.status == BADGE_OK : has_receipt)
        json_out_hash(&json, "digest",
                      evidence->has_document ? &evidence->document.value : &evidence->receipt.digest.value);
    else
        json_out_null(&json, "digest");
    if (report->verdict == BADGE_VALID || report->verdict == BADGE_RECORDED || report->verdict == BADGE_SIGNED)
        json_out_null(&json, "decidedBy");
    else
        json_out_text(&json, "decidedBy", badge_check_name(report->decided_by));
    write_checks(&json, report, evidence);
    write_proofs(&json, &evidence->proof);
    write_presentation(&json, &evidence->proof.presentation);
    write_statuses(&json, &evidence->status);
    if (has_receipt)
        json_out_raw(&json, "receipt", receipt, badge_receipt_encode(receipt, &evidence->receipt));
    else
        json_out_null(&json, "receipt");
    json_out_object_end(&json);
    BADGE_ASSERT(!json.failed);
    return buffer.len;
}
