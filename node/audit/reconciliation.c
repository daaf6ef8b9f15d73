/*
 * Gathers and judges. Called by the audit once the chain and every source have been asked; the only place where an
 * answer turns into a finding, so that all reports say the same.
 */
#include "audit/reconciliation.h"

#include <stdlib.h>
#include <string.h>

#define MAX_ROOTS ((size_t)1 << 23) /* of the chain and all sources together */

void ledger_release(struct ledger *ledger)
{
    free(ledger->root);
    free(ledger->copy);
    free(ledger->order);
    free(ledger->finding);
    ledger->root = NULL;
    ledger->copy = NULL;
    ledger->order = NULL;
    ledger->finding = NULL;
}

/* Room for one more of size bytes. */
static enum badge_status grow(void **array, size_t n, size_t *capacity, size_t size, struct badge_err *err)
{
    if (n < *capacity)
        return BADGE_OK;
    if (n >= MAX_ROOTS)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "there are more than %zu batches", MAX_ROOTS);
    size_t more = *capacity ? 2 * *capacity : 128;
    void *moved = realloc(*array, more * size);
    if (!moved)
        return badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "out of memory");
    *array = moved;
    *capacity = more;
    return BADGE_OK;
}

enum badge_status ledger_add_root(struct ledger *ledger, const struct badge_hash *root,
                                  const struct badge_address *sender, struct badge_err *err)
{
    void *array = ledger->root;
    enum badge_status status = grow(&array, ledger->n_roots, &ledger->roots_capacity, sizeof *ledger->root, err);
    ledger->root = array;
    if (status)
        return status;
    struct ledger_root *added = &ledger->root[ledger->n_roots++];
    *added = (struct ledger_root){.root = *root, .has_sender = sender != NULL};
    if (sender)
        added->sender = *sender;
    return BADGE_OK;
}

enum badge_status ledger_add_copy(struct ledger *ledger, uint32_t source, const struct listed_batch *batch,
                                  struct badge_err *err)
{
    void *array = ledger->copy;
    enum badge_status status = grow(&array, ledger->n_copies, &ledger->copies_capacity, sizeof *ledger->copy, err);
    ledger->copy = array;
    if (!status)
        ledger->copy[ledger->n_copies++] = (struct ledger_copy){.batch = *batch, .source = source};
    return status;
}

/* Those that an event names come first among equals. */
static int compare_roots(const void *left, const void *right)
{
    const struct ledger_root *a = left, *b = right;
    int order = badge_hash_compare(&a->root, &b->root);
    return order ? order : (int)b->has_sender - (int)a->has_sender;
}

enum badge_status ledger_gather(struct ledger *ledger, struct badge_err *err)
{
    for (size_t i = 0; i < ledger->n_copies; i++) {
        enum badge_status status = ledger_add_root(ledger, &ledger->copy[i].batch.root, NULL, err);
        if (status)
            return status;
    }
    if (ledger->n_roots)
        qsort(ledger->root, ledger->n_roots, sizeof *ledger->root, compare_roots);
    size_t kept = 0;
    for (size_t i = 0; i < ledger->n_roots; i++)
        if (!kept || badge_hash_compare(&ledger->root[kept - 1].root, &ledger->root[i].root) != 0)
            ledger->root[kept++] = ledger->root[i];
    ledger->n_roots = kept;
    return BADGE_OK;
}

struct ledger_root *ledger_find(const struct ledger *ledger, const struct badge_hash *root)
{
    size_t low = 0, high = ledger->n_roots;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = badge_hash_compare(root, &ledger->root[middle].root);
        if (order == 0)
            return &ledger->root[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool ledger_is_of_registry(const struct ledger *ledger, const struct listed_batch *batch)
{
    return batch->chain_id == ledger->chain_id &&
           memcmp(batch->contract.b, ledger->contract.b, sizeof ledger->contract.b) == 0 &&
           memcmp(batch->issuer.b, ledger->issuer.b, sizeof ledger->issuer.b) == 0;
}

bool ledger_wants_leaves(const struct ledger *ledger, const struct ledger_copy *copy)
{
    const struct ledger_root *root = ledger_find(ledger, &copy->batch.root);
    return copy->leaves == LEAVES_UNREAD && copy->batch.state != LISTED_SPOILED && root &&
           root->tree_size == copy->batch.tree_size && ledger_is_of_registry(ledger, &copy->batch);
}

/* -- the verdict --------------------------------------------------------------------------------------------------- */

static enum badge_status find(struct ledger *ledger, const struct ledger_finding *finding, struct badge_err *err)
{
    void *array = ledger->finding;
    enum badge_status status = grow(&array, ledger->n_findings, &ledger->findings_capacity, sizeof *ledger->finding,
                                    err);
    ledger->finding = array;
    if (status)
        return status;
    ledger->finding[ledger->n_findings++] = *finding;
    ledger->n_of_kind[ledger_kind_of(finding->code)]++;
    return BADGE_OK;
}

static int compare_sequences(const void *left, const void *right, void *roots)
{
    const struct ledger_root *a = (const struct ledger_root *)roots + *(const uint32_t *)left;
    const struct ledger_root *b = (const struct ledger_root *)roots + *(const uint32_t *)right;
    return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

static enum badge_status put_in_order(struct ledger *ledger, struct badge_err *err)
{
    ledger->order = calloc(ledger->n_roots + 1, sizeof *ledger->order);
    if (!ledger->order)
        return badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "out of memory");
    for (size_t i = 0; i < ledger->n_roots; i++)
        if (ledger->root[i].tree_size)
            ledger->order[ledger->n_anchored++] = (uint32_t)i;
    qsort_r(ledger->order, ledger->n_anchored, sizeof *ledger->order, compare_sequences, ledger->root);
    return BADGE_OK;
}

/* Walks the sequence numbers from 1 to the log's count, which may be any number: by what is there, not one by one. */
static enum badge_status prove_log(struct ledger *ledger, struct badge_err *err)
{
    struct badge_log_head log = {0};
    uint64_t next = 1;
    bool has_gap = false, is_odd = false;
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; i <= ledger->n_anchored && !status; i++) {
        const struct ledger_root *root = i < ledger->n_anchored ? &ledger->root[ledger->order[i]] : NULL;
        if (root && (root->sequence < next || root->sequence > ledger->log.count)) {
            is_odd = true;
            break;
        }
        uint64_t until = root ? root->sequence : ledger->log.count + 1;
        if (until > next) {
            has_gap = true;
            struct ledger_finding gap = {.code = MISSING_ROOT_UNKNOWN, .sequence = next, .sequence_to = until - 1};
            status = find(ledger, &gap, err);
        }
        if (root)
            badge_log_append(&log, &root->root, root->tree_size);
        next = until + 1;
    }
    if (status)
        return status;
    ledger->is_proven = !has_gap && !is_odd && log.count == ledger->log.count &&
                        memcmp(log.head, ledger->log.head, sizeof log.head) == 0;
    if (is_odd || (!has_gap && !ledger->is_proven))
        status = find(ledger, &(struct ledger_finding){.code = LOG_DIFFERS, .chain_says = ledger->log.count}, err);
    return status;
}

static enum badge_status judge_leaves(struct ledger *ledger, const struct ledger_copy *copy, struct ledger_root *root,
                                      struct ledger_finding *finding, struct badge_err *err)
{
    switch (copy->leaves) {
    case LEAVES_HOLD:
        root->n_good++;
        return BADGE_OK;
    case LEAVES_UNREAD:
        finding->code = UNTOLD_LEAVES;
        break;
    case LEAVES_DIFFER:
        finding->code = ALTERED_LEAVES;
        break;
    case LEAVES_UNORDERED:
        finding->code = ALTERED_ORDER;
        break;
    case LEAVES_CUT:
        finding->code = ALTERED_LENGTH;
        break;
    case LEAVES_WITHHELD:
        finding->code = ALTERED_WITHHELD;
        break;
    }
    return find(ledger, finding, err);
}

static enum badge_status judge_copy(struct ledger *ledger, const struct ledger_copy *copy, struct badge_err *err)
{
    const struct listed_batch *batch = &copy->batch;
    struct ledger_root *root = ledger_find(ledger, &batch->root);
    struct ledger_finding finding = {.has_source = true,
                                     .source = copy->source,
                                     .number = batch->number,
                                     .has_root = true,
                                     .root = batch->root,
                                     .sequence = root->tree_size ? root->sequence : 0};
    if (!ledger_is_of_registry(ledger, batch)) {
        finding.code = EXTRA_OTHER_REGISTRY;
        return find(ledger, &finding, err);
    }
    if (batch->state == LISTED_SPOILED)
        return BADGE_OK; /* it claims nothing: another batch has its credentials */
    if (!root->tree_size) {
        if (batch->state == LISTED_FINAL && !root->is_newer) {
            finding.code = ledger->is_stale || root->is_disputed ? UNTOLD_NEWER : EXTRA_NOT_ANCHORED;
            return find(ledger, &finding, err);
        }
        ledger->n_pending++;
        return BADGE_OK;
    }
    root->n_copies++;
    finding.chain_says = root->tree_size;
    finding.source_says = batch->tree_size;
    if (batch->tree_size != root->tree_size) {
        finding.code = ALTERED_SIZE;
        return find(ledger, &finding, err);
    }
    enum badge_status status = judge_leaves(ledger, copy, root, &finding, err);
    if (!status && batch->has_sequence && batch->sequence != root->sequence) {
        finding.code = ALTERED_SEQUENCE;
        finding.chain_says = root->sequence;
        finding.source_says = batch->sequence;
        status = find(ledger, &finding, err);
    }
    return status;
}

static int compare_copies(const void *left, const void *right)
{
    const struct ledger_copy *a = left, *b = right;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    return badge_hash_compare(&a->batch.root, &b->batch.root);
}

/* After everything else about copies: it changes their order. */
static enum badge_status find_duplicates(struct ledger *ledger, struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    if (ledger->n_copies)
        qsort(ledger->copy, ledger->n_copies, sizeof *ledger->copy, compare_copies);
    for (size_t i = 1; i < ledger->n_copies && !status; i++) {
        const struct ledger_copy *copy = &ledger->copy[i];
        if (compare_copies(copy - 1, copy) != 0)
            continue;
        status = find(ledger,
                      &(struct ledger_finding){.code = EXTRA_DUPLICATE,
                                               .has_source = true,
                                               .source = copy->source,
                                               .number = copy->batch.number,
                                               .has_root = true,
                                               .root = copy->batch.root,
                                               .source_says = copy[-1].batch.number},
                      err);
    }
    return status;
}

static enum badge_status judge_sources(struct ledger *ledger, bool *all_listed, struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    *all_listed = true;
    for (size_t i = 0; i < ledger->n_sources && !status; i++) {
        const struct ledger_source *source = &ledger->source[i];
        struct ledger_finding finding = {.has_source = true, .source = (uint32_t)i};
        if (source->is_listed)
            continue;
        bool is_silent = source->why_status == BADGE_EIO || source->why_status == BADGE_ENOTFOUND ||
                         source->why_status == BADGE_ENOMEM;
        finding.code = is_silent ? UNTOLD_SOURCE : ALTERED_LIST;
        *all_listed = *all_listed && !is_silent;
        status = find(ledger, &finding, err);
    }
    return status;
}

static enum badge_status judge_anchors(struct ledger *ledger, bool all_listed, struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; i < ledger->n_anchored && !status; i++) {
        const struct ledger_root *root = &ledger->root[ledger->order[i]];
        if (root->withdrawn_s)
            ledger->n_withdrawn++;
        if (root->n_good) {
            ledger->n_verified++;
            ledger->n_leaves_verified += root->tree_size;
        }
        /* What was withdrawn vouches for nothing, so that nobody has to keep it: a thief's anchor, above all. */
        if (root->n_copies || root->withdrawn_s)
            continue;
        struct ledger_finding finding = {.code = all_listed ? MISSING_NO_SOURCE : UNTOLD_ANCHOR,
                                         .has_root = true,
                                         .root = root->root,
                                         .sequence = root->sequence,
                                         .chain_says = root->tree_size};
        status = find(ledger, &finding, err);
    }
    return status;
}

enum badge_status ledger_judge(struct ledger *ledger, struct badge_err *err)
{
    bool all_listed;
    enum badge_status status = judge_sources(ledger, &all_listed, err);
    if (!status)
        status = put_in_order(ledger, err);
    if (!status)
        status = prove_log(ledger, err);
    for (size_t i = 0; i < ledger->n_copies && !status; i++)
        status = judge_copy(ledger, &ledger->copy[i], err);
    if (!status)
        status = judge_anchors(ledger, all_listed, err);
    if (!status)
        status = find_duplicates(ledger, err);
    /* Roots that a silent source may know are not missing yet. */
    for (size_t i = 0; i < ledger->n_findings && !all_listed; i++)
        if (ledger->finding[i].code == MISSING_ROOT_UNKNOWN) {
            ledger->finding[i].code = UNTOLD_ANCHOR;
            ledger->n_of_kind[LEDGER_MISSING]--;
            ledger->n_of_kind[LEDGER_UNTOLD]++;
        }
    bool is_bad = ledger->n_of_kind[LEDGER_MISSING] || ledger->n_of_kind[LEDGER_EXTRA] ||
                  ledger->n_of_kind[LEDGER_ALTERED] || ledger->n_of_kind[LEDGER_LOG];
    ledger->verdict = is_bad ? LEDGER_FAILED : ledger->n_of_kind[LEDGER_UNTOLD] ? LEDGER_UNDECIDED : LEDGER_CLEAN;
    return status;
}
