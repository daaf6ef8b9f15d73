/*
 * One verification, spread over several calls: the host sends the requests to the providers and passes their answers
 * back, asynchronously; core decides what to request, what the answers mean and what the verdict is. The issuer's own
 * signature (proof.c) comes first, then the chain, then the document that names the issuer's accounts.
 *
 * Invariant: an instance serves one verification. An unknown provider, or a request that is not open, is a trap.
 */
#include <stdlib.h>
#include <string.h>

#include "badge/conformance.h"
#include "badge/inside.h"
#include "badge/summary.h"
#include "core/format.h"
#include "core/text.h"
#include "web/badge.h"
#include "web/boundary.h"
#include "web/proof.h"
#include "web/status.h"

static struct {
    bool is_open;
    struct badge_arena arena; /* of the settings; the policy borrows from it */
    struct badge_pair pair[WEB_MAX_PAIRS];
    struct badge_address accreditor[BADGE_MAX_ACCREDITORS];
    struct badge_policy policy;
    struct badge_evidence evidence;
    struct badge_digester *digester;         /* the claims borrow from it */
    const struct badge_json_value *contexts; /* of the settings */
    enum { PROVING, QUERYING, CONCLUDED, NEEDS_DOCUMENT, REFUSED } state;
    const char *no_query_reason; /* why the chain is not queried; NULL: it is */
    size_t n_queries;
    struct badge_text provider[WEB_MAX_PROVIDERS]; /* their names */
    struct badge_chain_query *query;               /* one for each of them */
    struct badge_inside inside;                    /* in the arena, once the host has asked for it */
} session;

/* -- settings ------------------------------------------------------------------------------------------------------ */

static enum badge_status refuse_setting(struct badge_err *err, const char *name, const char *what)
{
    return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "%s must be %s", name, what);
}

static enum badge_status read_account(struct badge_address *out, const struct badge_json_value *value, const char *name,
                                      struct badge_err *err)
{
    struct badge_text text;
    if (!badge_json_string(value, &text) || badge_address_parse(out, text.bytes, text.len) != BADGE_OK)
        return refuse_setting(err, name, "an account: 0x and 40 hexadecimal digits");
    if (!badge_address_checksum_ok(text.bytes, text.len))
        return refuse_setting(err, name, "an account with a valid EIP-55 checksum: one of its characters is mistyped");
    return BADGE_OK;
}

/* 0 if absent. */
static enum badge_status read_count(uint64_t *out, const struct badge_json_value *settings, const char *name,
                                    struct badge_err *err)
{
    const struct badge_json_value *value = badge_json_member(settings, name);
    int64_t number = 0;
    if (value && (!badge_json_integer(value, &number) || number < 0))
        return refuse_setting(err, name, "a whole number");
    *out = (uint64_t)number;
    return BADGE_OK;
}

static enum badge_status read_list(const struct badge_json_value **out, size_t *n, size_t most,
                                   const struct badge_json_value *settings, const char *name, struct badge_err *err)
{
    *out = badge_json_member(settings, name);
    *n = badge_json_count(*out);
    if (*out && (!badge_json_is(*out, BADGE_JSON_ARRAY) || *n > most))
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "%s must be a list of at most %zu", name, most);
    return BADGE_OK;
}

static enum badge_status read_trusted(const struct badge_json_value *settings, struct badge_err *err)
{
    struct badge_policy *policy = &session.policy;
    const struct badge_json_value *list;
    enum badge_status status = read_list(&list, &policy->n_pairs, WEB_MAX_PAIRS, settings, "issuers", err);
    for (size_t i = 0; status == BADGE_OK && i < policy->n_pairs; i++) {
        const struct badge_json_value *pair = badge_json_at(list, i, NULL), *id = badge_json_member(pair, "id");
        const struct badge_json_value *account = badge_json_member(pair, "account");
        session.pair[i].has_account = account || !id;
        if (session.pair[i].has_account)
            status = read_account(&session.pair[i].account, account, "issuers: account", err);
        if (status == BADGE_OK && id && !badge_json_string(id, &session.pair[i].id))
            status = refuse_setting(err, "issuers: id", "a string");
    }
    if (status == BADGE_OK)
        status = read_list(&list, &policy->n_accreditors, BADGE_MAX_ACCREDITORS, settings, "accreditors", err);
    for (size_t i = 0; status == BADGE_OK && i < policy->n_accreditors; i++)
        status = read_account(&session.accreditor[i], badge_json_at(list, i, NULL), "accreditors", err);
    policy->pair = session.pair;
    policy->accreditor = session.accreditor;
    return status;
}

static enum badge_status read_policy(const struct badge_json_value *settings, struct badge_err *err)
{
    struct badge_policy *policy = &session.policy;
    const struct badge_json_value *contract = badge_json_member(settings, "contract");
    uint64_t now_s;
    enum badge_status status = read_count(&policy->chain_id, settings, "chainId", err);
    policy->has_registry = policy->chain_id != 0;
    policy->contract = badge_registry_address;
    if (status == BADGE_OK && contract)
        status = read_account(&policy->contract, contract, "contract", err);
    if (status == BADGE_OK)
        status = read_count(&policy->confirmations, settings, "confirmations", err);
    if (status == BADGE_OK)
        status = read_count(&policy->max_head_age_s, settings, "maxHeadAge", err);
    if (status == BADGE_OK)
        status = read_count(&now_s, settings, "now", err);
    if (status == BADGE_OK)
        session.evidence.now_s = (int64_t)now_s;
    return status == BADGE_OK ? read_trusted(settings, err) : status;
}

/* -- the calls ----------------------------------------------------------------------------------------------------- */

static enum badge_status read_providers(const struct badge_json_value *settings, struct badge_err *err)
{
    const struct badge_json_value *names;
    enum badge_status status = read_list(&names, &session.n_queries, WEB_MAX_PROVIDERS, settings, "providers", err);
    for (size_t i = 0; status == BADGE_OK && i < session.n_queries; i++)
        if (!badge_json_string(badge_json_at(names, i, NULL), &session.provider[i]))
            status = refuse_setting(err, "providers", "a list of names");
    return status;
}

int verify_open(const uint8_t *document, const uint8_t *receipt, const uint8_t *settings)
{
    struct badge_text bytes = web_input(document), beside = web_input(receipt), json = web_input(settings);
    const struct badge_json_value *value;
    struct badge_err err = {.offset = BADGE_NO_OFFSET};

    BADGE_ASSERT(!session.is_open && json.bytes);
    session.is_open = true;
    badge_arena_init(&session.arena, WEB_ARENA_CEILING);
    err.status = badge_json_parse(&value, &session.arena, web_keep(settings), json.len, &err);
    if (err.status == BADGE_OK)
        err.status = read_policy(value, &err);
    if (err.status == BADGE_OK)
        err.status = badge_digester_new(&session.digester, WEB_MAX_HELD, &err);
    if (err.status == BADGE_OK) {
        const struct badge_json_value *image = badge_json_member(value, "image");
        badge_digester_take_images(session.digester, web_unbake, (void *)(uintptr_t)image, WEB_MAX_IMAGE);
        if (bytes.bytes)
            badge_evidence_read(&session.evidence, session.digester, bytes.bytes, bytes.len, beside.bytes, beside.len,
                                &session.policy);
        else if (beside.bytes)
            badge_evidence_read_receipt(&session.evidence, beside.bytes, beside.len);
        err.status = read_providers(value, &err);
    }
    session.contexts = err.status == BADGE_OK ? badge_json_member(value, "contexts") : NULL;
    if (err.status == BADGE_OK && session.evidence.has_document && session.evidence.document_err.status == BADGE_OK)
        err.status = web_proof_open(session.digester, session.evidence.now_s, session.contexts, &err);
    if (err.status == BADGE_OK)
        return BADGE_OK;
    session.state = REFUSED; /* its lists may be longer than there is room for */
    return web_error(&err);
}

void verify_proof_end(void)
{
    struct badge_chain_query_params params;
    char name[64];
    BADGE_ASSERT(session.is_open && session.state == PROVING);
    web_proof_end(&session.evidence.proof);
    session.state = QUERYING;
    session.no_query_reason = badge_evidence_query(&params, &session.evidence, &session.policy, session.n_queries);
    if (session.no_query_reason)
        return;
    session.query = malloc(session.n_queries * sizeof *session.query);
    BADGE_ASSERT(session.query);
    for (size_t i = 0; i < session.n_queries; i++) {
        const struct badge_text *provider = &session.provider[i];
        (void)core_format(name, sizeof name, "%.*s", (int)provider->len, provider->bytes);
        badge_chain_query_init(&session.query[i], &params, name);
    }
}

static struct badge_chain_query *query_of(uint32_t provider)
{
    BADGE_ASSERT(session.state == QUERYING && !session.no_query_reason && provider < session.n_queries);
    return &session.query[provider];
}

int verify_next(uint32_t provider)
{
    struct badge_rpc_request request;
    BADGE_ASSERT(session.state == QUERYING);
    if (session.no_query_reason || !badge_chain_query_next(query_of(provider), &request))
        return 0;
    struct json_out json = web_json();
    json_out_u64(&json, "number", request.number);
    json_out_u64(&json, "kind", (unsigned)request.kind);
    json_out_text(&json, "method", request.method);
    json_out_raw(&json, "params", request.params, strlen(request.params));
    web_json_end(&json);
    return 1;
}

void verify_take(uint32_t provider, uint32_t number, const uint8_t *texts)
{
    struct badge_chain_query *query = query_of(provider);
    struct badge_text text[BADGE_RESULT_MAX_TEXTS] = {{NULL, 0}}, json = web_input(texts);
    const struct badge_json_value *value = NULL;
    struct badge_arena arena;

    BADGE_ASSERT(badge_chain_query_is_open(query, number));
    badge_arena_init(&arena, WEB_ARENA_CEILING);
    if (badge_json_parse(&value, &arena, json.bytes, json.len, NULL) != BADGE_OK)
        value = NULL; /* such as a lone surrogate: then the answer counts as empty */
    for (size_t i = 0; i < BADGE_RESULT_MAX_TEXTS && i < badge_json_count(value); i++)
        if (!badge_json_string(badge_json_at(value, i, NULL), &text[i]))
            text[i] = (struct badge_text){NULL, 0};
    badge_chain_query_take(query, number, text);
    badge_arena_release(&arena);
}

void verify_fail(uint32_t provider, uint32_t number, const uint8_t *why)
{
    struct badge_chain_query *query = query_of(provider);
    struct badge_text text = web_input(why);
    BADGE_ASSERT(text.bytes && badge_chain_query_is_open(query, number));
    badge_chain_query_fail(query, number, text.bytes); /* NUL-terminated by badge_input() */
}

void verify_refuse(uint32_t provider, uint32_t number, const uint8_t *why)
{
    struct badge_chain_query *query = query_of(provider);
    struct badge_text text = web_input(why);
    BADGE_ASSERT(text.bytes && badge_chain_query_is_open(query, number));
    badge_chain_query_refuse(query, number, text.bytes);
}

/* All providers have answered. */
static void conclude(void)
{
    struct badge_chain_view *all, none;
    if (session.no_query_reason) {
        badge_chain_view_unknown(&none, session.no_query_reason);
        all = &none;
    } else {
        all = &session.query[0].view;
        for (size_t i = 0; i < session.n_queries; i++)
            BADGE_ASSERT(badge_chain_query_over(&session.query[i]));
        for (size_t i = 1; i < session.n_queries; i++)
            badge_chain_view_merge(all, &session.query[i].view, session.query[i].params.n_accreditors,
                                   session.query[i].name);
    }
    badge_evidence_take(&session.evidence, &session.policy, all);
    session.state = CONCLUDED;
}

int verify_document(void)
{
    char url[BADGE_DID_URL_LEN];
    BADGE_ASSERT(session.is_open && session.state == QUERYING);
    conclude();
    if (!badge_evidence_document_url(url, &session.evidence))
        return 0;
    session.state = NEEDS_DOCUMENT;
    struct json_out json = web_json();
    json_out_text(&json, "url", url);
    json_out_string(&json, "id", session.evidence.claims.issuer.bytes, session.evidence.claims.issuer.len);
    web_json_end(&json);
    return 1;
}

void verify_document_take(const uint8_t *document)
{
    struct badge_text bytes = web_input(document);
    BADGE_ASSERT(session.state == NEEDS_DOCUMENT && bytes.bytes);
    badge_evidence_take_document(&session.evidence, bytes.bytes, bytes.len);
    session.state = CONCLUDED;
}

void verify_document_fail(const uint8_t *why)
{
    struct badge_text text = web_input(why);
    BADGE_ASSERT(session.state == NEEDS_DOCUMENT && text.bytes);
    badge_evidence_fail_document(&session.evidence, text.bytes);
    session.state = CONCLUDED;
}

static bool has_reading(void)
{
    BADGE_ASSERT(session.is_open);
    return session.evidence.has_document && session.evidence.document_err.status == BADGE_OK;
}

struct web_session web_concluded_session(void)
{
    BADGE_ASSERT(session.is_open && session.state == CONCLUDED);
    return (struct web_session){.evidence = &session.evidence,
                                .policy = &session.policy,
                                .digester = has_reading() ? session.digester : NULL,
                                .contexts = session.contexts};
}

void verify_report(void)
{
    struct badge_report report;
    BADGE_ASSERT(session.is_open && session.state == CONCLUDED);
    badge_judge(&report, &session.evidence);
    web_output_len(badge_report_encode(web_output(BADGE_REPORT_MAX_LEN), &report, &session.evidence));
}

int verify_is_accepted(uint32_t accept)
{
    struct badge_report report;
    BADGE_ASSERT(session.is_open && session.state == CONCLUDED && accept <= BADGE_ACCEPT_SIGNED_DOMAIN);
    badge_judge(&report, &session.evidence);
    return badge_report_exit_status(&report, (enum badge_accept)accept) == 0 ? 1 : 0;
}

int verify_inside(uint32_t most)
{
    struct badge_inside *inside = &session.inside;
    BADGE_ASSERT(!inside->item && most <= BADGE_INSIDE_MAX);
    if (!has_reading() || badge_inside_read(inside, &session.arena, session.digester, most, NULL) != BADGE_OK)
        *inside = (struct badge_inside){.n = 0};
    session.evidence.inside = (struct badge_inside_counts){.has_more = inside->has_more};
    return (int)inside->n;
}

static const struct badge_inside_item *item_at(uint32_t i)
{
    BADGE_ASSERT(i < session.inside.n);
    return &session.inside.item[i];
}

void verify_inside_item(uint32_t i)
{
    const struct badge_inside_item *item = item_at(i);
    struct json_out json = web_json();
    json_out_text(&json, "kind", badge_inside_kind_name(item->kind));
    json_out_string(&json, "pointer", item->pointer.bytes, item->pointer.len);
    web_json_end(&json);
}

void verify_inside_bytes(uint32_t i)
{
    const struct badge_inside_item *item = item_at(i);
    char *out = web_output(item->bytes.len);
    BADGE_ASSERT(out);
    memcpy(out, item->bytes.bytes, item->bytes.len);
    web_output_len(item->bytes.len);
}

void verify_inside_count(const uint8_t *verdict)
{
    struct badge_text name = web_input(verdict);
    struct badge_report report = {.verdict = BADGE_VALID};
    BADGE_ASSERT(session.inside.item);
    while (name.bytes && !core_text_is(name, badge_verdict_name(report.verdict))) {
        BADGE_ASSERT(report.verdict != BADGE_SIGNED); /* the last */
        report.verdict++;
    }
    badge_inside_count(&session.evidence.inside, name.bytes ? &report : NULL);
}

void verify_inside_more(void)
{
    BADGE_ASSERT(session.inside.item);
    session.evidence.inside.has_more = true;
}

void verify_inside_counts(void)
{
    const struct badge_inside_counts *counts = &session.evidence.inside;
    struct json_out json = web_json();
    json_out_u64(&json, "count", counts->n);
    json_out_u64(&json, "hold", counts->n_hold);
    json_out_u64(&json, "fail", counts->n_fail);
    json_out_u64(&json, "open", counts->n_open);
    json_out_bool(&json, "more", counts->has_more);
    web_json_end(&json);
}

/* Copies it to the output; releases the arena that it lives in. bytes NULL: there is none. */
static int output_text(struct badge_text text, struct badge_arena *arena)
{
    char *out = text.bytes ? web_output(text.len) : NULL;
    if (out) {
        memcpy(out, text.bytes, text.len);
        web_output_len(text.len);
    }
    badge_arena_release(arena);
    return out ? 1 : 0;
}

int verify_summary(void)
{
    struct badge_text summary = {NULL, 0};
    struct badge_arena arena;
    if (!has_reading())
        return 0;
    badge_arena_init(&arena, WEB_ARENA_CEILING);
    if (badge_summary_read(&summary, &arena, session.digester, session.evidence.now_s, NULL) != BADGE_OK)
        summary.bytes = NULL;
    return output_text(summary, &arena);
}

int verify_conformance(void)
{
    struct badge_arena arena;
    if (!has_reading())
        return 0;
    badge_arena_init(&arena, WEB_ARENA_CEILING);
    const char *text = badge_conformance_text(&arena, badge_digester_reading(session.digester));
    return output_text((struct badge_text){text, text ? strlen(text) : 0}, &arena);
}
