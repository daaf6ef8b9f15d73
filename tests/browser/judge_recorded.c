/*
 * libbadge alone, against what providers and DID hosts have answered: no network, no loop, no node. Reads cases
 * from standard input, one JSON a line, and writes {"report", "summary"} of each, the summary null without a document:
 *   {"document": base64 or null, "receipt": text or null, "now": seconds, "policy": {chainId?, contract?, issuers,
 *    accreditors, confirmations}, "providers": [{"name", "answers": {"method params": result}}], "documents": {url:
 * base64}} A request without a recorded answer fails.
 */
#include <jansson.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "badge/conformance.h"
#include "badge/evidence.h"
#include "badge/proof.h"
#include "badge/status_list.h"
#include "badge/summary.h"

#define MAX 64

struct bytes {
    char *at; /* NULL: none */
    size_t len;
};

static struct bytes decode(const json_t *value)
{
    struct base64_decode_ctx context;
    if (!json_is_string(value))
        return (struct bytes){NULL, 0};
    size_t len = json_string_length(value), n = 0;
    uint8_t *decoded = malloc(BASE64_DECODE_LENGTH(len) + 1);
    base64_decode_init(&context);
    if (!decoded || !base64_decode_update(&context, &n, decoded, len, json_string_value(value)))
        abort();
    return (struct bytes){(char *)decoded, n};
}

static void read_account(struct badge_address *out, const json_t *value)
{
    if (badge_address_parse(out, json_string_value(value), json_string_length(value)) != BADGE_OK)
        abort();
}

static void read_policy(struct badge_policy *out, struct badge_pair pair[MAX], struct badge_address accreditor[MAX],
                        const json_t *policy)
{
    const json_t *chain_id = json_object_get(policy, "chainId"), *contract = json_object_get(policy, "contract"),
                 *issuers = json_object_get(policy, "issuers"), *accreditors = json_object_get(policy, "accreditors");
    *out = (struct badge_policy){
        .has_registry = chain_id != NULL,
        .chain_id = (uint64_t)json_integer_value(chain_id),
        .contract = badge_registry_address,
        .pair = pair,
        .n_pairs = json_array_size(issuers),
        .accreditor = accreditor,
        .n_accreditors = json_array_size(accreditors),
        .confirmations = (uint64_t)json_integer_value(json_object_get(policy, "confirmations")),
        .max_head_age_s = 3600};
    if (contract)
        read_account(&out->contract, contract);
    for (size_t i = 0; i < out->n_pairs; i++) {
        const json_t *one = json_array_get(issuers, i), *id = json_object_get(one, "id");
        pair[i].id = (struct badge_text){json_string_value(id), json_string_length(id)};
        pair[i].has_account = json_object_get(one, "account") != NULL;
        if (pair[i].has_account)
            read_account(&pair[i].account, json_object_get(one, "account"));
    }
    for (size_t i = 0; i < out->n_accreditors; i++)
        read_account(&accreditor[i], json_array_get(accreditors, i));
}

static struct badge_text text_of(const json_t *value)
{
    return (struct badge_text){json_string_value(value), json_string_length(value)};
}

static void take_answer(struct badge_chain_query *query, const struct badge_rpc_request *request, const json_t *answers)
{
    char key[sizeof request->params + 64];
    (void)snprintf(key, sizeof key, "%s %s", request->method, request->params);
    const json_t *result = json_object_get(answers, key);
    size_t n = json_array_size(result);
    struct badge_text text[BADGE_RESULT_MAX_TEXTS] = {text_of(result), {NULL, 0}, {NULL, 0}};
    if (!result) {
        badge_chain_query_refuse(query, request->number, "no answer"); /* errors are not recorded */
        return;
    }
    if (request->kind == BADGE_RESULT_BLOCK) {
        text[0] = text_of(json_object_get(result, "hash"));
        text[1] = text_of(json_object_get(result, "number"));
        text[2] = text_of(json_object_get(result, "timestamp"));
    } else if (request->kind == BADGE_RESULT_LOGS) {
        text[0] = text_of(json_array_get(json_object_get(json_array_get(result, n ? n - 1 : 0), "topics"), 3));
    }
    badge_chain_query_take(query, request->number, text);
}

static void query_provider(struct badge_chain_query *query, const struct badge_chain_query_params *params,
                           const json_t *provider)
{
    struct badge_rpc_request request[BADGE_CHAIN_QUERY_MAX_REQUESTS];
    badge_chain_query_init(query, params, json_string_value(json_object_get(provider, "name")));
    while (!badge_chain_query_over(query)) {
        size_t n = 0;
        while (badge_chain_query_next(query, &request[n]))
            n++;
        while (n > 0)
            take_answer(query, &request[--n], json_object_get(provider, "answers"));
    }
}

static void query_providers(struct badge_evidence *evidence, const struct badge_policy *policy, const json_t *providers)
{
    static struct badge_chain_query query[MAX];
    struct badge_chain_query_params params;
    struct badge_chain_view none, *all = &query[0].view;
    size_t n = json_array_size(providers);
    const char *no_query_reason = badge_evidence_query(&params, evidence, policy, n);
    for (size_t i = 0; !no_query_reason && i < n; i++)
        query_provider(&query[i], &params, json_array_get(providers, i));
    for (size_t i = 1; !no_query_reason && i < n; i++)
        badge_chain_view_merge(all, &query[i].view, params.n_accreditors, query[i].name);
    if (no_query_reason) {
        badge_chain_view_unknown(&none, no_query_reason);
        all = &none;
    }
    badge_evidence_take(evidence, policy, all);
}

static void answer_fetch(struct badge_proof_inquiry *inquiry, const struct badge_proof_request *request,
                         const json_t *documents)
{
    struct bytes document = decode(json_object_get(documents, request->url));
    if (document.at)
        badge_proof_take_document(inquiry, request->number,
                                  &(struct badge_proof_document){
                                      .bytes = document.at, .len = document.len, .media_type = "application/did+json"});
    else
        badge_proof_fail_document(inquiry, request->number, "no answer");
    free(document.at);
}

static void answer_verify(struct badge_proof_inquiry *inquiry, const struct badge_proof_request *request)
{
    bool holds;
    if (badge_signature_verify(&holds, request->algorithm, request->key, request->message, request->signature, NULL) ==
        BADGE_OK)
        badge_proof_take_signature(inquiry, request->number, holds);
    else
        badge_proof_fail_signature(inquiry, request->number, "no such algorithm");
}

static void inquire(struct badge_proof_view *out, int64_t now_s, const struct badge_digester *digester,
                    struct badge_jsonld *processor, const json_t *documents)
{
    struct badge_proof_inquiry *inquiry;
    struct badge_proof_request request;
    const struct badge_proof_params params = {.digester = digester, .processor = processor, .now_s = now_s};
    if (badge_proof_new(&inquiry, &params, NULL) != BADGE_OK)
        abort();
    while (badge_proof_next(inquiry, &request)) {
        if (request.want == BADGE_PROOF_FETCH)
            answer_fetch(inquiry, &request, documents);
        else
            answer_verify(inquiry, &request);
    }
    badge_proof_conclude(out, inquiry);
    badge_proof_free(inquiry);
}

/* All members of RFC 1952. NULL: it can't be inflated. */
static uint8_t *inflate_all(size_t *len, struct badge_text from)
{
    size_t capacity = BADGE_STATUS_MAX_INFLATED;
    uint8_t *out = malloc(capacity);
    z_stream z = {.next_in = (Bytef *)(uintptr_t)from.bytes, .avail_in = (uInt)from.len};
    if (!out || inflateInit2(&z, 15 + 16) != Z_OK)
        abort();
    z.next_out = out;
    z.avail_out = (uInt)capacity;
    int status;
    while ((status = inflate(&z, Z_FINISH)) == Z_STREAM_END && z.avail_in > 0 && inflateReset(&z) == Z_OK)
        ;
    *len = capacity - z.avail_out;
    inflateEnd(&z);
    if (status == Z_STREAM_END)
        return out;
    free(out);
    return NULL;
}

static struct badge_status_list *read_list(const char *url, struct bytes document, int64_t now_s,
                                           struct badge_jsonld *processor, const json_t *documents)
{
    struct badge_digester *digester;
    struct badge_digest digest;
    struct badge_proof_view proof = {.is_made = false};
    struct badge_status_list *list;
    const struct badge_status_source source = {
        .url = url, .http_status = 200, .media_type = "application/json", .now_s = now_s};
    if (badge_digester_new(&digester, BADGE_STATUS_MAX_LIST, NULL) != BADGE_OK)
        abort();
    if (badge_digester_update(digester, document.at, document.len, NULL) == BADGE_OK &&
        badge_digester_final(digester, &digest, NULL) == BADGE_OK && badge_status_needs_proof(digester))
        inquire(&proof, now_s, digester, processor, documents);
    if (badge_status_list_new(&list, &source, digester, &proof, NULL) != BADGE_OK)
        abort();
    struct badge_text compressed = badge_status_list_compressed(list);
    size_t len;
    uint8_t *bits = compressed.len > 0 ? inflate_all(&len, compressed) : NULL;
    if (bits)
        badge_status_list_take_bits(list, bits, len);
    else if (compressed.len > 0)
        badge_status_list_fail_bits(list, "it is not gzip");
    badge_digester_free(digester);
    return list;
}

static void ask_lists(struct badge_evidence *evidence, const struct badge_digester *digester,
                      const struct badge_policy *policy, struct badge_jsonld *processor, const json_t *documents)
{
    struct badge_status_inquiry *inquiry;
    struct badge_status_request request;
    struct badge_report report;
    badge_judge(&report, evidence);
    if (badge_status_new(&inquiry, digester, NULL) != BADGE_OK)
        abort();
    if (badge_status_is_wanted(inquiry, &report)) {
        while (badge_status_next(inquiry, &request)) {
            struct bytes document = decode(json_object_get(documents, request.url));
            if (document.at) {
                struct badge_status_list *list = read_list(request.url, document, evidence->now_s, processor,
                                                           documents);
                badge_status_take(inquiry, request.number, list, evidence->claims.issuer, policy, evidence->now_s);
                badge_status_list_free(list);
            } else {
                badge_status_fail(inquiry, request.number, "no answer");
            }
            free(document.at);
        }
        badge_status_conclude(&evidence->status, inquiry);
    }
    badge_status_free(inquiry);
}

static void read_did_document(struct badge_evidence *evidence, const json_t *documents)
{
    char url[BADGE_DID_URL_LEN];
    if (!badge_evidence_document_url(url, evidence))
        return;
    struct bytes document = decode(json_object_get(documents, url));
    if (document.at)
        badge_evidence_take_document(evidence, document.at, document.len);
    else
        badge_evidence_fail_document(evidence, "no answer");
    free(document.at);
}

static void print_line(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        putchar(text[i] == '\n' ? ' ' : text[i]); /* the receipt in a report is for people, too */
}

static void print_summary(const struct badge_evidence *evidence, const struct badge_digester *digester)
{
    struct badge_text summary = {"null", 4};
    struct badge_arena arena;
    badge_arena_init(&arena, (size_t)256 << 20);
    if (evidence->has_document && evidence->document_err.status == BADGE_OK &&
        badge_summary_read(&summary, &arena, digester, evidence->now_s, NULL) != BADGE_OK)
        abort();
    print_line(summary.bytes, summary.len);
    badge_arena_release(&arena);
}

static void print_conformance(const struct badge_evidence *evidence, struct badge_digester *digester)
{
    struct badge_arena arena;
    const char *text = "null";
    badge_arena_init(&arena, (size_t)256 << 20);
    if (evidence->has_document && evidence->document_err.status == BADGE_OK)
        text = badge_conformance_text(&arena, badge_digester_reading(digester));
    fputs(text ? text : "", stdout);
    badge_arena_release(&arena);
}

static void run(const json_t *one, struct badge_digester *digester, struct badge_jsonld *processor)
{
    static struct badge_pair pair[MAX];
    static struct badge_address accreditor[MAX];
    static char text[BADGE_REPORT_MAX_LEN];
    struct badge_evidence evidence = {.now_s = json_integer_value(json_object_get(one, "now"))};
    struct badge_policy policy;
    struct badge_report report;
    struct badge_text receipt = text_of(json_object_get(one, "receipt"));
    struct bytes document = decode(json_object_get(one, "document"));

    read_policy(&policy, pair, accreditor, json_object_get(one, "policy"));
    if (document.at)
        badge_evidence_read(&evidence, digester, document.at, document.len, receipt.bytes, receipt.len, &policy);
    else if (receipt.bytes)
        badge_evidence_read_receipt(&evidence, receipt.bytes, receipt.len);
    bool has_digest = evidence.has_document && evidence.document_err.status == BADGE_OK;
    const json_t *documents = json_object_get(one, "documents");
    if (has_digest)
        inquire(&evidence.proof, evidence.now_s, digester, processor, documents);
    query_providers(&evidence, &policy, json_object_get(one, "providers"));
    read_did_document(&evidence, documents);
    if (has_digest)
        ask_lists(&evidence, digester, &policy, processor, documents);
    badge_judge(&report, &evidence);
    fputs("{\"report\":", stdout);
    print_line(text, badge_report_encode(text, &report, &evidence));
    fputs(",\"summary\":", stdout);
    print_summary(&evidence, digester);
    fputs(",\"conformance\":", stdout);
    print_conformance(&evidence, digester);
    fputs("}\n", stdout);
    free(document.at);
}

int main(void)
{
    struct badge_digester *digester = NULL;
    struct badge_jsonld *processor = NULL;
    char *line = NULL;
    size_t capacity = 0;
    if (badge_digester_new(&digester, (size_t)64 << 20, NULL) != BADGE_OK ||
        badge_jsonld_new(&processor, NULL) != BADGE_OK)
        return 1;
    while (getline(&line, &capacity, stdin) > 0) {
        json_error_t wrong;
        json_t *one = json_loads(line, 0, &wrong);
        if (!one) {
            fprintf(stderr, "%s\n", wrong.text);
            return 1;
        }
        run(one, digester, processor);
        json_decref(one);
    }
    free(line);
    badge_digester_free(digester);
    badge_jsonld_free(processor);
    return 0;
}
