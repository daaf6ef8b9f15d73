/*
 * A report as JSON, the same from the command line and from the node.
 */
#include "audit/verify.h"

#include <jansson.h>

static json_t *checks_json(const struct badge_report *report)
{
    json_t *checks = json_array();
    for (int i = 0; i < BADGE_N_CHECKS; i++) {
        const struct badge_finding *finding = &report->check[i];
        json_array_append_new(checks, json_pack("{s:s,s:s,s:s,s:s}", "check", badge_check_name((enum badge_check)i),
                                                "outcome", badge_outcome_name(finding->outcome), "code", finding->code,
                                                "detail", finding->detail));
    }
    return checks;
}

static json_t *receipt_json(const struct badge_evidence *evidence)
{
    char text[BADGE_RECEIPT_MAX_LEN];
    if (!evidence->has_receipt || evidence->receipt_err.status)
        return json_null();
    size_t len = badge_receipt_encode(text, &evidence->receipt);
    return json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
}

static json_t *providers_json(const struct verify_request *request)
{
    json_t *providers = json_array();
    for (size_t i = 0; i < request->n_rpcs; i++)
        json_array_append_new(providers, json_string(rpc_name(request->rpc[i])));
    return providers;
}

json_t *verify_report_json(const struct badge_report *report, const struct verify_request *request)
{
    const struct badge_evidence *evidence = request->evidence;
    char digest[BADGE_HEX_LEN + 1] = "";
    bool has_digest = true;
    if (evidence->has_document && !evidence->document_err.status)
        badge_hex_encode(digest, evidence->document.value.b, 32);
    else if (!evidence->has_document && evidence->has_receipt && !evidence->receipt_err.status)
        badge_hex_encode(digest, evidence->receipt.digest.value.b, 32);
    else
        has_digest = false;
    return json_pack("{s:s,s:s,s:s?,s:o,s:o,s:o}", "verdict", badge_verdict_name(report->verdict), "sentence",
                     badge_verdict_sentence(report->verdict), "digest", has_digest ? digest : NULL, "checks",
                     checks_json(report), "receipt", receipt_json(evidence), "providers", providers_json(request));
}
