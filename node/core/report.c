/*
 * A report as JSON, so that command line, node and browser answer with the same members. The formatter has removed
 * control characters from the texts; only the quote and the backslash are left to escape.
 */
#include "badge/evidence.h"
#include "core/writer.h"

static void put_string(struct text_writer *writer, const char *text)
{
    put(writer, "\"");
    for (; *text; text++) {
        BADGE_ASSERT((unsigned char)*text >= 0x20);
        if (*text == '"' || *text == '\\')
            put(writer, "\\");
        put_bytes(writer, text, 1);
    }
    put(writer, "\"");
}

/* name: with its quotes and the punctuation around it. */
static void put_member(struct text_writer *writer, const char *name, const char *text)
{
    put(writer, name);
    put_string(writer, text);
}

static void put_checks(struct text_writer *writer, const struct badge_report *report)
{
    put(writer, ",\"checks\":[");
    for (int i = 0; i < BADGE_N_CHECKS; i++) {
        const struct badge_finding *finding = &report->check[i];
        put_member(writer, i > 0 ? ",{\"check\":" : "{\"check\":", badge_check_name((enum badge_check)i));
        put_member(writer, ",\"outcome\":", badge_outcome_name(finding->outcome));
        put_member(writer, ",\"code\":", finding->code);
        put_member(writer, ",\"detail\":", finding->detail);
        put(writer, "}");
    }
    put(writer, "]");
}

size_t badge_report_encode(char out[BADGE_REPORT_MAX_LEN], const struct badge_report *report,
                           const struct badge_evidence *evidence)
{
    struct text_writer writer = {.at = out, .end = out + BADGE_REPORT_MAX_LEN - 1};
    bool has_receipt = evidence->has_receipt && evidence->receipt_err.status == BADGE_OK;
    char digest[BADGE_HEX_LEN + 1], receipt[BADGE_RECEIPT_MAX_LEN];

    put_member(&writer, "{\"verdict\":", badge_verdict_name(report->verdict));
    put_member(&writer, ",\"sentence\":", badge_verdict_sentence(report->verdict));
    if (evidence->has_document ? evidence->document_err.status == BADGE_OK : has_receipt) {
        badge_hex_encode(digest, evidence->has_document ? evidence->document.value.b : evidence->receipt.digest.value.b,
                         32);
        put_member(&writer, ",\"digest\":", digest);
    } else {
        put(&writer, ",\"digest\":null");
    }
    put_checks(&writer, report);
    put(&writer, ",\"receipt\":");
    if (has_receipt)
        put_bytes(&writer, receipt, badge_receipt_encode(receipt, &evidence->receipt));
    else
        put(&writer, "null");
    put(&writer, "}");
    return (size_t)(writer.at - out);
}
