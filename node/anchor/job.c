/*
 * Batches and revocation sets, as the rounds load them from the store in turn; the call of each, and what its receipt
 * must show. The invariant: a call depends only on the job, so all of its attempts carry the same call.
 */
#include "anchor/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/address_word.h"

#define ANCHOR_GAS 150000 /* twice what a first anchor takes */

bool job_load(struct tx_job *out, struct store *store, struct store_job_id id)
{
    struct store_batch batch;
    struct store_set set;
    if (id.kind == STORE_JOB_SET) {
        if (!store_set(store, id.number, &set))
            return false;
        *out = (struct tx_job){.id = id,
                               .anchor = set.anchor,
                               .n_digests = set.n_digests,
                               .reason = set.reason,
                               .since_s = set.created_at_s};
        return true;
    }
    if (!store_batch(store, id.number, &batch))
        return false;
    *out = (struct tx_job){.id = id,
                           .anchor = batch.anchor,
                           .root = batch.root,
                           .tree_size = batch.tree_size,
                           .replaces = batch.replaces,
                           .since_s = batch.sealed_at_s};
    return true;
}

static struct store_job_id first_batch(struct store *store)
{
    return store_batch_id(store_first_unfinal(store));
}

struct store_job_id job_first(struct store *store)
{
    struct store_revocations revocations;
    store_revocations(store, &revocations);
    return revocations.first_open != 0 ? store_set_id(revocations.first_open) : first_batch(store);
}

struct store_job_id job_after(struct store *store, struct store_job_id id)
{
    struct store_batch batch;
    struct store_set set;
    if (id.kind == STORE_JOB_SET)
        return store_set(store, id.number + 1, &set) ? store_set_id(id.number + 1) : first_batch(store);
    return store_batch_id(store_batch(store, id.number + 1, &batch) ? id.number + 1 : 0);
}

size_t job_call(uint8_t out[JOB_MAX_CALL_LEN], const struct tx_job *job, const struct anchor_options *options)
{
    struct badge_hash digest[STORE_MAX_SET];
    if (!job_is_revocation_set(job))
        return badge_call_anchor(out, &options->issuer, &job->root, job->tree_size);
    size_t n = store_set_digests(options->store, job->id.number, digest, STORE_MAX_SET);
    BADGE_ASSERT(n == job->n_digests);
    return badge_call_revoke(out, &options->issuer, digest, n, job->reason);
}

uint64_t job_known_gas(const struct tx_job *job)
{
    return ANCHOR_GAS + (uint64_t)job->n_digests * JOB_GAS_PER_DIGEST;
}

void job_load_attempts(struct tx_job *job, struct store *store)
{
    struct attempts *attempts = job->attempts;
    const struct badge_address *from = NULL; /* of the last one with that nonce: another account may have used it too */
    attempts->n = 0;
    attempts->n_all = store_attempts(store, job->id, attempts->attempt, STORE_MAX_ATTEMPTS);
    for (size_t i = attempts->n_all; i-- > 0 && !from;)
        if (attempts->attempt[i].nonce == job->anchor.nonce)
            from = &attempts->attempt[i].from;
    struct badge_address account = from ? *from : (struct badge_address){{0}};
    for (size_t i = 0; i < attempts->n_all; i++)
        if (attempts->attempt[i].nonce == job->anchor.nonce &&
            memcmp(&attempts->attempt[i].from, &account, sizeof account) == 0)
            attempts->attempt[attempts->n++] = attempts->attempt[i];
}

const char *job_revert_reason(const struct rpc_reply *refusal)
{
    uint8_t selector[4];
    const char *data = refusal->error_data, *name = NULL;
    if (strlen(data) >= 10 && badge_hex_decode(selector, sizeof selector, data + 2, 8) == BADGE_OK)
        name = badge_registry_error(selector, sizeof selector);
    return name ? name : refusal->error_text;
}

/* -- the contract's events ----------------------------------------------------------------------------------------- */

static struct badge_hash topic_of(const char *event)
{
    struct badge_hash topic;
    if (!badge_registry_topic(&topic, event))
        fatal("the contract has no such event", LOG_FIELDS(log_text("event", event)));
    return topic;
}

json_t *job_events(const struct anchor_options *options, uint64_t first_block, json_t *to,
                   const struct badge_hash *root)
{
    struct badge_hash topic = topic_of("Anchored"), issuer = core_address_word(&options->issuer);
    json_t *topics = json_pack("[o,o,o]", rpc_hex(topic.b, 32), rpc_hex(issuer.b, 32), rpc_hex(root->b, 32));
    return json_pack("[{s:o, s:o, s:o, s:o}]", "fromBlock", rpc_quantity(first_block), "toBlock", to, "address",
                     rpc_hex(options->contract.b, 20), "topics", topics);
}

/* Whether it is the event of that name, of our contract and issuer; *subject is its other topic. */
static bool is_event(const struct anchor_options *options, const json_t *entry, const char *name,
                     struct badge_hash *subject)
{
    struct badge_address contract;
    struct badge_hash topic;
    const struct badge_hash expected[2] = {topic_of(name), core_address_word(&options->issuer)};
    if (rpc_read_address(&contract, json_object_get(entry, "address")) != BADGE_OK ||
        memcmp(contract.b, options->contract.b, sizeof contract.b) != 0)
        return false;
    const json_t *topics = json_object_get(entry, "topics");
    for (size_t i = 0; i < 2; i++)
        if (rpc_read_hash(&topic, json_array_get(topics, i)) != BADGE_OK ||
            badge_hash_compare(&topic, &expected[i]) != 0)
            return false;
    return rpc_read_hash(subject, json_array_get(topics, 2)) == BADGE_OK;
}

bool job_is_anchored(const struct tx_job *job, const struct anchor_options *options, const json_t *entry,
                     uint64_t *sequence)
{
    struct badge_hash root;
    uint8_t words[64];
    size_t len;
    uint64_t value[2]; /* sequence, treeSize */
    if (!is_event(options, entry, "Anchored", &root) || badge_hash_compare(&root, &job->root) != 0 ||
        rpc_read_bytes(words, sizeof words, &len, json_object_get(entry, "data")) != BADGE_OK ||
        badge_answer_u64s(value, 2, words, len) != BADGE_OK || value[1] != job->tree_size)
        return false;
    *sequence = value[0];
    return true;
}

bool job_is_shown(const struct tx_job *job, const struct anchor_options *options, const json_t *logs,
                  uint64_t *sequence)
{
    struct badge_hash digest;
    uint64_t n_revoked = 0;
    for (size_t i = 0; i < json_array_size(logs); i++) {
        const json_t *entry = json_array_get(logs, i);
        if (job_is_revocation_set(job))
            n_revoked += is_event(options, entry, "Revoked", &digest);
        else if (job_is_anchored(job, options, entry, sequence))
            return true;
    }
    if (!job_is_revocation_set(job) || n_revoked > job->n_digests)
        return false;
    *sequence = n_revoked;
    return true;
}

/* -- names --------------------------------------------------------------------------------------------------------- */

struct log_field job_log_field(const struct tx_job *job)
{
    return log_u64(job_is_revocation_set(job) ? "revocation_set" : "batch", job->id.number);
}

const char *job_name(char out[JOB_NAME_LEN], const struct tx_job *job)
{
    snprintf(out, JOB_NAME_LEN, "%s %u", job_is_revocation_set(job) ? "revocation set" : "batch",
             (unsigned)job->id.number);
    return out;
}

/* -- trackers ------------------------------------------------------------------------------------------------------ */

struct attempt_tracker *tracker_find(struct attempt_tracker *first, struct store_job_id id)
{
    while (first && !job_id_equal(first->id, id))
        first = first->next;
    return first;
}

struct attempt_tracker *tracker_of(struct attempt_tracker **first, struct store_job_id id, uint64_t now_ms)
{
    struct attempt_tracker *tracker = tracker_find(*first, id);
    if (tracker)
        return tracker;
    tracker = malloc(sizeof *tracker);
    if (!tracker)
        return NULL;
    *tracker = (struct attempt_tracker){.id = id, .since_ms = now_ms, .signed_at_ms = now_ms, .next = *first};
    *first = tracker;
    return tracker;
}

void tracker_forget(struct attempt_tracker **first, struct store_job_id id)
{
    struct attempt_tracker **at = first;
    while (*at && !job_id_equal((*at)->id, id))
        at = &(*at)->next;
    struct attempt_tracker *tracker = *at;
    if (!tracker)
        return;
    *at = tracker->next;
    free(tracker);
}
