/*
 * Reads everything else that an audit needs from the chain: events as far back as the provider has them, the record of
 * each root, operators. Called by audit.c after the block is pinned.
 *
 * Providers limit and prune events. They are requested from the newest block backwards, over ranges that shrink when
 * one is refused and grow again; if a single block is refused too, this provider's history begins there.
 */
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "audit/task_pool.h"
#include "badge/evidence.h"

#define MAX_RANGES 20000
#define GROW_AFTER 4 /* answers in a row */
#define MAX_OPERATORS 4096

/* -- events -------------------------------------------------------------------------------------------------------- */

static enum badge_status read_range(struct audit *audit, const struct registry_events_filter *wanted,
                                    struct badge_err *err)
{
    struct rpc *rpc = audit->request.rpc[0];
    json_t *result;
    /* An error is final: the range is too wide or too old, and the caller tries another. */
    enum badge_status status = rpc_call_one(audit->request.loop, rpc, "eth_getLogs", registry_events_params(wanted),
                                            true, &result, err);
    if (status == BADGE_OK)
        status = registry_events_read(&audit->events, wanted, result, err);
    if (status == BADGE_ETYPE)
        status = rpc_invalid_answer(rpc, err);
    json_decref(result);
    return status;
}

enum badge_status registry_read_events(struct audit *audit, struct badge_err *err)
{
    const struct audit_request *request = &audit->request;
    struct registry_events_filter range = {.contract = request->contract, .issuer = request->issuer};
    uint64_t first = request->from_block, next = audit->block.number + 1; /* the lowest block that was read */
    uint64_t span = next > first ? next - first : 1;
    unsigned n_good = 0;
    audit->events_from = next;
    for (unsigned n = 0; n < MAX_RANGES && next > first; n++) {
        struct badge_err why = {0};
        range.to = next - 1;
        range.from = next - first > span ? next - span : first;
        enum badge_status status = read_range(audit, &range, &why);
        if (status == BADGE_ENOMEM || status == BADGE_ELIMIT) {
            if (err)
                *err = why;
            return status;
        }
        if (status == BADGE_OK) {
            next = audit->events_from = range.from;
            request->progress(request->context, "blocks searched for events", audit->block.number + 1 - next,
                              audit->block.number + 1 - first);
            n_good++;
            if (n_good % GROW_AFTER == 0 && span <= UINT64_MAX / 2)
                span *= 2;
            continue;
        }
        n_good = 0;
        memcpy(audit->events_why, why.text, sizeof audit->events_why - 1);
        if (span == 1)
            break;
        span = range.to - range.from + 1;
        span = span > 4 ? span / 4 : 1;
    }
    audit->has_all_events = next <= first;
    if (registry_events_sort(&audit->events))
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "%s returned the same event twice",
                          rpc_name(request->rpc[0]));
    enum badge_status status = registry_events_revoked(audit->n_revoked_for, &audit->events, err);
    for (size_t i = 0; i < BADGE_N_REASONS; i++)
        audit->n_revoked += audit->n_revoked_for[i];
    return status;
}

/* -- roots --------------------------------------------------------------------------------------------------------- */

struct roots {
    struct audit *audit;
    struct reconciliation_root **root; /* those that read_newer() asks about; NULL: all */
};

static bool read_words(uint64_t *word, size_t n, const json_t *result)
{
    uint8_t bytes[128];
    size_t len;
    return rpc_read_bytes(bytes, sizeof bytes, &len, result) == BADGE_OK &&
           badge_answer_u64s(word, n, bytes, len) == BADGE_OK;
}

/* The parameters of a call of the registry at the pinned block. */
static json_t *call_params(const struct audit *audit, const uint8_t *call, size_t len)
{
    return json_pack("[o,o]", rpc_call_object(&audit->request.contract, call, len),
                     rpc_at_block(&audit->block, audit->by_number));
}

/* Two calls for each root. */
static json_t *root_request(void *context, size_t i, const char **method)
{
    const struct audit *audit = ((const struct roots *)context)->audit;
    const struct badge_hash *root = &audit->reconciliation.root[i / 2].root;
    uint8_t call[BADGE_CALL_MAX_LEN];
    *method = "eth_call";
    return call_params(audit, call,
                       i % 2 ? badge_call_withdrawn_at(call, &audit->request.issuer, root)
                             : badge_call_anchor_of(call, &audit->request.issuer, root));
}

static bool root_answer(void *context, size_t i, const json_t *result)
{
    struct audit *audit = ((struct roots *)context)->audit;
    struct reconciliation_root *root = &audit->reconciliation.root[i / 2];
    uint64_t word[4];
    if (i % 64 == 0)
        audit->request.progress(audit->request.context, "roots looked up on the chain", i / 2,
                                audit->reconciliation.n_roots);
    if (i % 2) {
        if (!read_words(word, 1, result) || word[0] > INT64_MAX)
            return false;
        root->withdrawn_s = (int64_t)word[0];
        return true;
    }
    if (!read_words(word, 4, result) || word[1] > BADGE_MAX_LEAVES || word[2] > INT64_MAX ||
        (word[1] == 0) != (word[0] == 0))
        return false;
    root->sequence = word[0];
    root->tree_size = word[1];
    root->time_s = (int64_t)word[2];
    root->block_number = word[3];
    return true;
}

/* Whether a batch that is final according to its source was anchored after the pinned block. */
static json_t *newer_request(void *context, size_t i, const char **method)
{
    const struct roots *roots = context;
    uint8_t call[BADGE_CALL_MAX_LEN];
    size_t len = badge_call_anchor_of(call, &roots->audit->request.issuer, &roots->root[i]->root);
    *method = "eth_call";
    return json_pack("[o,s]", rpc_call_object(&roots->audit->request.contract, call, len), "latest");
}

static bool newer_answer(void *context, size_t i, const json_t *result)
{
    const struct roots *roots = context;
    uint64_t word[4];
    if (!read_words(word, 4, result))
        return false;
    roots->root[i]->is_newer = roots->root[i]->is_newer && word[1] != 0;
    roots->root[i]->is_disputed = roots->root[i]->is_disputed || word[1] != 0;
    return true;
}

/* Detects a stale provider: what its chain does not have may be in newer blocks. */
static enum badge_status read_age(struct audit *audit, struct rpc *rpc, struct badge_err *err)
{
    struct block newest;
    json_t *result;
    enum badge_status status = rpc_call_one(audit->request.loop, rpc, "eth_getBlockByNumber",
                                            json_pack("[s,b]", "latest", 0), false, &result, err);
    if (status == BADGE_OK && block_read(&newest, result) != BADGE_OK)
        status = rpc_invalid_answer(rpc, err);
    if (status == BADGE_OK && newest.time_s < audit->began_s - (int64_t)audit->request.max_head_age_s)
        audit->reconciliation.is_stale = true;
    json_decref(result);
    return status;
}

static enum badge_status read_newer(struct audit *audit, struct rpc_calls *calls, struct roots *roots,
                                    struct badge_err *err)
{
    const struct reconciliation *reconciliation = &audit->reconciliation;
    roots->root = malloc((reconciliation->n_copies + 1) * sizeof(struct reconciliation_root *));
    if (!roots->root)
        return badge_no_memory(err);
    calls->n = 0;
    for (size_t i = 0; i < reconciliation->n_copies; i++) {
        struct reconciliation_root *root = reconciliation_find(reconciliation, &reconciliation->copy[i].batch.root);
        if (!root->tree_size && reconciliation->copy[i].batch.state == LISTED_FINAL) {
            root->is_newer = true;
            roots->root[calls->n++] = root;
        }
    }
    calls->request = newer_request;
    calls->answer = newer_answer;
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; i < audit->request.n_rpcs && calls->n > 0 && status == BADGE_OK; i++) {
        calls->rpc = audit->request.rpc[i];
        status = read_age(audit, calls->rpc, err);
        if (status == BADGE_OK)
            status = rpc_call_all(calls, err);
    }
    free(roots->root);
    return status;
}

/* A withdrawn batch may be missing, and the log proves only anchors: so the other providers must confirm withdrawals.
 */
static json_t *withdrawn_request(void *context, size_t i, const char **method)
{
    return root_request(context, 2 * i + 1, method);
}

static bool withdrawn_answer(void *context, size_t i, const json_t *result)
{
    const struct audit *audit = ((const struct roots *)context)->audit;
    uint64_t time_s;
    return read_words(&time_s, 1, result) && time_s == (uint64_t)audit->reconciliation.root[i].withdrawn_s;
}

static enum badge_status confirm_withdrawn(struct audit *audit, struct rpc_calls *calls, struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    calls->n = audit->reconciliation.n_roots;
    calls->request = withdrawn_request;
    calls->answer = withdrawn_answer;
    for (size_t i = 1; i < audit->request.n_rpcs && status == BADGE_OK; i++) {
        calls->rpc = audit->request.rpc[i];
        status = rpc_call_all(calls, err);
    }
    return status;
}

enum badge_status registry_read_roots(struct audit *audit, struct badge_err *err)
{
    struct roots roots = {.audit = audit};
    struct rpc_calls calls = {.loop = audit->request.loop,
                              .rpc = audit->request.rpc[0],
                              .n = 2 * audit->reconciliation.n_roots,
                              .request = root_request,
                              .answer = root_answer,
                              .context = &roots};
    enum badge_status status = rpc_call_all(&calls, err);
    if (status == BADGE_OK)
        status = read_newer(audit, &calls, &roots, err);
    return status != BADGE_OK ? status : confirm_withdrawn(audit, &calls, err);
}

/* -- operators ----------------------------------------------------------------------------------------------------- */

static json_t *operator_request(void *context, size_t i, const char **method)
{
    const struct audit *audit = context;
    uint8_t call[BADGE_CALL_MAX_LEN];
    *method = "eth_call";
    return call_params(audit, call, badge_call_is_operator(call, &audit->request.issuer, &audit->operators[i].account));
}

static bool operator_answer(void *context, size_t i, const json_t *result)
{
    struct audit *audit = context;
    uint8_t bytes[32];
    size_t len;
    return rpc_read_bytes(bytes, sizeof bytes, &len, result) == BADGE_OK &&
           badge_answer_bool(&audit->operators[i].is_allowed, bytes, len) == BADGE_OK;
}

/* For changes whose events came without a time. */
static json_t *time_request(void *context, size_t i, const char **method)
{
    const struct audit *audit = context;
    *method = "eth_getBlockByNumber";
    return json_pack("[o,b]", rpc_quantity(audit->events.event[i].block_number), 0);
}

static bool time_answer(void *context, size_t i, const json_t *result)
{
    struct audit *audit = context;
    struct block block;
    if (block_read(&block, result) != BADGE_OK)
        return false;
    audit->events.event[i].time_s = block.time_s;
    return true;
}

static struct audit_operator *operator_of(struct audit *audit, const struct badge_address *account)
{
    for (size_t i = 0; i < audit->n_operators; i++)
        if (memcmp(audit->operators[i].account.b, account->b, sizeof account->b) == 0)
            return &audit->operators[i];
    if (audit->n_operators == MAX_OPERATORS)
        return NULL; /* the report would be too long to read */
    audit->operators[audit->n_operators] = (struct audit_operator){.account = *account};
    return &audit->operators[audit->n_operators++];
}

/* Keeps only the events of operators: the others have been counted. */
static void keep_changes(struct registry_events *events)
{
    size_t kept = 0;
    for (size_t i = 0; i < events->n; i++)
        if (events->event[i].kind == REGISTRY_EVENT_OPERATOR && kept < MAX_OPERATORS)
            events->event[kept++] = events->event[i];
    events->n = kept;
}

enum badge_status registry_read_operators(struct audit *audit, struct badge_err *err)
{
    struct rpc_calls calls = {.loop = audit->request.loop, .rpc = audit->request.rpc[0], .context = audit};
    audit->operators = calloc(MAX_OPERATORS, sizeof *audit->operators);
    if (!audit->operators)
        return badge_no_memory(err);
    for (size_t i = 0; i < audit->events.n; i++) {
        const struct registry_event *event = &audit->events.event[i];
        struct audit_operator *account = event->kind == REGISTRY_EVENT_OPERATOR ||
                                                 event->kind == REGISTRY_EVENT_ANCHORED
                                             ? operator_of(audit, &event->account)
                                             : NULL;
        if (account && event->kind == REGISTRY_EVENT_ANCHORED)
            account->n_anchors++;
    }
    keep_changes(&audit->events);
    calls.n = audit->n_operators;
    calls.request = operator_request;
    calls.answer = operator_answer;
    enum badge_status status = rpc_call_all(&calls, err);
    bool has_times = true;
    for (size_t i = 0; i < audit->events.n; i++)
        has_times = has_times && audit->events.event[i].time_s;
    if (status != BADGE_OK || has_times)
        return status;
    calls.n = audit->events.n;
    calls.request = time_request;
    calls.answer = time_answer;
    return rpc_call_all(&calls, err);
}
