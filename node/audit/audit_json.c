/*
 * The report of an audit as JSON: camelCase names, hashes in hex (with 0x only for blocks and transactions), times in
 * RFC 3339. What is unknown is null or absent, never 0.
 */
#include <string.h>

#include "audit/audit.h"
#include "core/format.h"

/* Takes value; a failure to set leaves the member out, and jansson has freed it. */
static void put(json_t *object, const char *name, json_t *value)
{
    (void)json_object_set_new(object, name, value);
}

static void put_number(json_t *object, const char *name, uint64_t value)
{
    put(object, name, json_integer((json_int_t)value));
}

static void put_hash(json_t *object, const char *name, const struct badge_hash *hash)
{
    put(object, name, json_string(core_hash_text(hash).s));
}

static void put_account(json_t *object, const char *name, const struct badge_address *account)
{
    put(object, name, json_string(core_account_text(account).s));
}

static void put_time(json_t *object, const char *name, int64_t time_s)
{
    put(object, name, json_string(core_time_text(time_s).s));
}

static json_t *revoked_for(const struct audit *audit)
{
    json_t *out = json_object();
    for (int i = 0; i < BADGE_N_REASONS; i++)
        put_number(out, badge_reason_name((enum badge_reason)i), audit->n_revoked_for[i]);
    return out;
}

static json_t *counts(const struct audit *audit)
{
    const struct reconciliation *reconciliation = &audit->reconciliation;
    json_t *out = json_object();
    put_number(out, "anchors", reconciliation->log.count);
    put_number(out, "verified", reconciliation->n_verified);
    put_number(out, "verifiedLeaves", reconciliation->n_leaves_verified);
    put_number(out, "fromState", audit->n_from_checkpoint);
    for (int i = 0; i < RECONCILIATION_N_KINDS; i++)
        put_number(out, reconciliation_kind_name((enum reconciliation_kind)i), reconciliation->n_of_kind[i]);
    put_number(out, "pending", reconciliation->n_pending);
    put_number(out, "withdrawn", reconciliation->n_withdrawn);
    put(out, "revoked", audit->has_all_events ? json_integer((json_int_t)audit->n_revoked) : json_null());
    put(out, "revokedFor", audit->has_all_events ? revoked_for(audit) : json_null());
    return out;
}

static json_t *sources(const struct reconciliation *reconciliation)
{
    static const char *const kind[] = {
        [SOURCE_NODE] = "node", [SOURCE_MIRROR] = "mirror", [SOURCE_FOLDER] = "mirror", [SOURCE_STORE] = "store"};
    json_t *out = json_array();
    for (size_t i = 0; i < reconciliation->n_sources; i++) {
        const struct reconciliation_source *source = &reconciliation->source[i];
        json_t *one = json_object();
        put(one, "place", json_string(source->name));
        put(one, "kind", json_string(kind[source->kind]));
        put_number(one, "batches", source->n_batches);
        put(one, "listed", json_boolean(source->is_listed));
        if (!source->is_listed)
            put(one, "reason", json_string(source->why));
        (void)json_array_append_new(out, one);
    }
    return out;
}

static json_t *changes(const struct audit *audit, const struct badge_address *account)
{
    json_t *out = json_array();
    for (size_t i = 0; i < audit->events.n; i++) {
        const struct registry_event *event = &audit->events.event[i];
        if (memcmp(event->account.b, account->b, sizeof account->b) != 0)
            continue;
        json_t *one = json_object();
        put(one, "allowed", json_boolean(event->allowed));
        put_time(one, "time", event->time_s);
        put_number(one, "block", event->block_number);
        put(one, "transaction", rpc_hex(event->transaction.b, sizeof event->transaction.b));
        (void)json_array_append_new(out, one);
    }
    return out;
}

static json_t *operators(const struct audit *audit)
{
    json_t *out = json_array();
    for (size_t i = 0; i < audit->n_operators; i++) {
        json_t *one = json_object();
        put_account(one, "account", &audit->operators[i].account);
        put_number(one, "anchors", audit->operators[i].n_anchors);
        put(one, "allowed", json_boolean(audit->operators[i].is_allowed));
        put(one, "changes", changes(audit, &audit->operators[i].account));
        (void)json_array_append_new(out, one);
    }
    return out;
}

static json_t *findings(const struct reconciliation *reconciliation)
{
    json_t *out = json_array();
    for (size_t i = 0; i < reconciliation->n_findings; i++) {
        const struct reconciliation_finding *finding = &reconciliation->finding[i];
        char sentence[400];
        json_t *one = json_object();
        reconciliation_sentence(sentence, reconciliation, finding);
        put(one, "kind", json_string(reconciliation_kind_name(reconciliation_kind_of(finding->code))));
        put(one, "code", json_string(reconciliation_code_name(finding->code)));
        put(one, "detail", json_string(sentence));
        if (finding->has_source)
            put(one, "source", json_string(reconciliation->source[finding->source].name));
        if (finding->number)
            put_number(one, "number", finding->number);
        if (finding->has_root)
            put_hash(one, "root", &finding->root);
        if (finding->sequence)
            put_number(one, "sequence", finding->sequence);
        if (finding->sequence_to)
            put_number(one, "sequenceTo", finding->sequence_to);
        (void)json_array_append_new(out, one);
    }
    return out;
}

static json_t *anchors(const struct reconciliation *reconciliation)
{
    json_t *out = json_array();
    for (size_t i = 0; i < reconciliation->n_anchored; i++) {
        const struct reconciliation_root *root = &reconciliation->root[reconciliation->order[i]];
        json_t *one = json_object();
        put_number(one, "sequence", root->sequence);
        put_hash(one, "root", &root->root);
        put_number(one, "treeSize", root->tree_size);
        put_time(one, "time", root->time_s);
        put_number(one, "block", root->block_number);
        if (root->has_sender)
            put_account(one, "operator", &root->sender);
        if (root->withdrawn_s)
            put_time(one, "withdrawnAt", root->withdrawn_s);
        put_number(one, "copies", root->n_copies);
        put(one, "verified", json_boolean(root->n_good != 0));
        (void)json_array_append_new(out, one);
    }
    return out;
}

static json_t *chain(const struct audit *audit)
{
    json_t *out = json_object(), *block = json_object();
    put_number(block, "number", audit->block.number);
    put(block, "hash", rpc_hex(audit->block.hash.b, sizeof audit->block.hash.b));
    put_time(block, "time", audit->block.time_s);
    put_number(out, "chainId", audit->reconciliation.chain_id);
    put_account(out, "contract", &audit->reconciliation.contract);
    put_account(out, "issuer", &audit->reconciliation.issuer);
    put(out, "provider", json_string(audit->provider));
    put(out, "block", block);
    return out;
}

json_t *audit_json(const struct audit *audit)
{
    const struct reconciliation *reconciliation = &audit->reconciliation;
    char head[49];
    badge_hex_encode(head, reconciliation->log.head, sizeof reconciliation->log.head);
    json_t *out = json_object(), *log = json_object(), *events = json_object();
    put(out, "verdict", json_string(reconciliation_verdict_name(reconciliation->verdict)));
    put(out, "detail", json_string(reconciliation_verdict_sentence(reconciliation->verdict)));
    put_time(out, "auditedAt", audit->ended_s);
    put(out, "chain", chain(audit));
    put_number(log, "count", reconciliation->log.count);
    put(log, "head", json_string(head));
    put(log, "proven", json_boolean(reconciliation->is_proven));
    put(out, "log", log);
    put(out, "counts", counts(audit));
    put(events, "complete", json_boolean(audit->has_all_events));
    put_number(events, "fromBlock", audit->events_from);
    if (!audit->has_all_events)
        put(events, "reason", json_string(audit->events_why));
    put(out, "events", events);
    put(out, "sources", sources(reconciliation));
    put(out, "operators", operators(audit));
    put(out, "findings", findings(reconciliation));
    put(out, "anchors", anchors(reconciliation));
    return out;
}
