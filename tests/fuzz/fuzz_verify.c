/*
 * A complete verification with untrusted bytes: a document or bundle, and the answers of a provider. The input is lines
 * of answers, an empty line, then the document. Any input has a report in valid JSON; if one provider knows nothing,
 * all facts are unknown.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "badge/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct lines {
    const char *at, *end;
};

static struct badge_text next_line(struct lines *lines)
{
    if (lines->at >= lines->end)
        return (struct badge_text){NULL, 0};
    const char *end = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
    struct badge_text line = {lines->at, (size_t)((end ? end : lines->end) - lines->at)};
    lines->at = end ? end + 1 : lines->end;
    return line;
}

static void ask(struct badge_chain_query *query, struct lines *answers)
{
    struct badge_rpc_request out;
    unsigned open[BADGE_CHAIN_QUERY_MAX_REQUESTS], n = 0, kind[BADGE_CHAIN_QUERY_MAX_REQUESTS];
    do {
        for (n = 0; badge_chain_query_next(query, &out); n++) {
            if (out.params[0] != '[' || out.params[strlen(out.params) - 1] != ']')
                abort();
            open[n] = out.number;
            kind[n] = out.kind;
        }
        for (unsigned i = n; i-- > 0;) { /* answers come in any order */
            struct badge_text text[BADGE_RESULT_MAX_TEXTS] = {next_line(answers), {NULL, 0}, {NULL, 0}};
            for (size_t k = 1; kind[i] == BADGE_RESULT_BLOCK && k < BADGE_RESULT_MAX_TEXTS; k++)
                text[k] = next_line(answers);
            if (text[0].bytes && text[0].len == 1 && text[0].bytes[0] == 'r')
                badge_chain_query_refuse(query, open[i], "no objects here");
            else if (text[0].bytes && text[0].len == 1)
                badge_chain_query_fail(query, open[i], "no answer");
            else
                badge_chain_query_take(query, open[i], text);
        }
    } while (n > 0);
    if (!badge_chain_query_over(query))
        abort();
}

/* Passes the document for every DID document that is wanted. */
static void consult(struct badge_evidence *evidence, struct badge_text document)
{
    struct badge_report report;
    char url[BADGE_DID_URL_LEN];
    if (!badge_evidence_document_url(url, evidence))
        return;
    badge_evidence_fail_document(evidence, "silent");
    badge_judge(&report, evidence);
    if (report.verdict == BADGE_VALID || report.check[BADGE_CHECK_ISSUER].outcome != BADGE_UNKNOWN)
        abort();
    badge_evidence_take_document(evidence, document.bytes ? document.bytes : "", document.len);
}

static void judge(struct badge_evidence *evidence, const struct badge_policy *policy, struct lines answers)
{
    static struct badge_chain_query query[2];
    struct badge_chain_view unknown, *all = &query[0].view;
    struct badge_chain_query_params question;
    struct badge_report report;
    struct badge_arena arena;
    const struct badge_json_value *value;
    char text[BADGE_REPORT_MAX_LEN];

    const char *nothing = badge_evidence_query(&question, evidence, policy, 2);
    badge_chain_view_unknown(&unknown, nothing ? nothing : "silent");
    for (size_t i = 0; !nothing && i < 2; i++) {
        badge_chain_query_init(&query[i], &question, "http://provider.example");
        ask(&query[i], &answers);
    }
    if (!nothing)
        badge_chain_view_merge(all, &query[1].view, question.n_accreditors, "another");
    badge_evidence_take(evidence, policy, nothing ? &unknown : all);
    consult(evidence, next_line(&answers));
    badge_judge(&report, evidence);
    badge_arena_init(&arena, (size_t)1 << 20);
    if (badge_json_parse(&value, &arena, text, badge_report_encode(text, &report, evidence), NULL) != BADGE_OK)
        abort();
    badge_arena_release(&arena);

    badge_chain_view_unknown(&unknown, "silent");
    badge_evidence_take(evidence, policy, &unknown);
    badge_judge(&report, evidence);
    if (report.check[BADGE_CHECK_REGISTRY].outcome == BADGE_PASSED || report.verdict == BADGE_VALID)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct badge_address accreditor[2] = {{{1}}, {{2}}};
    const char *bytes = (const char *)data;
    struct badge_evidence evidence = {.now_s = 1700000000};
    struct badge_pair pair = {.has_account = true, .account = accreditor[0]};
    struct badge_policy policy = {.has_registry = true,
                                  .chain_id = 31337,
                                  .contract = badge_registry_address,
                                  .pair = &pair,
                                  .n_pairs = 1,
                                  .accreditor = accreditor,
                                  .n_accreditors = 2,
                                  .max_head_age_s = 3600};
    struct badge_digester *digester = NULL;

    size_t split = 0;
    while (split + 1 < size && (bytes[split] != '\n' || bytes[split + 1] != '\n'))
        split++;
    struct lines answers = {bytes, bytes + (split + 1 < size ? split : 0)};
    size_t from = split + 1 < size ? split + 2 : 0;
    policy.confirmations = size % 2;
    if (badge_digester_new(&digester, (size_t)1 << 20, NULL) != BADGE_OK)
        abort();
    badge_evidence_read(&evidence, digester, bytes ? bytes + from : "", size - from, NULL, 0, &policy);
    judge(&evidence, &policy, answers);
    badge_digester_free(digester);
    return 0;
}
