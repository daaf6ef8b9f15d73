/*
 * Collects roots and copies, and turns differences into findings. Called by the audit, and the only place that makes
 * findings, so all reports agree.
 */
#include "audit/reconciliation.h"
#include "core/grow.h"

#include <stdlib.h>
#include <string.h>

#define MAX_ROOTS ((size_t)1 << 23) /* of the chain and all sources together */

void reconciliation_release(struct reconciliation *reconciliation)
{
    free(reconciliation->root);
    free(reconciliation->copy);
    free(reconciliation->order);
    free(reconciliation->finding);
}

/* Makes space for one more element of size bytes. */
static enum badge_status grow(void **array, size_t n, size_t *capacity, size_t size, struct badge_err *err)
{
    if (n >= MAX_ROOTS)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "more than %zu batches", MAX_ROOTS);
    void *grown = core_grow(*array, capacity, n + 1, size);
    if (!grown)
        return badge_no_memory(err);
    *array = grown;
    return BADGE_OK;
}

enum badge_status reconciliation_add_root(struct reconciliation *reconciliation, const struct badge_hash *root,
                                          const struct badge_address *sender, struct badge_err *err)
{
    void *array = reconciliation->root;
    enum badge_status status = grow(&array, reconciliation->n_roots, &reconciliation->roots_capacity,
                                    sizeof *reconciliation->root, err);
    reconciliation->root = array;
    if (status != BADGE_OK)
        return status;
    struct reconciliation_root *added = &reconciliation->root[reconciliation->n_roots++];
    *added = (struct reconciliation_root){.root = *root, .has_sender = sender};
    if (sender)
        added->sender = *sender;
    return BADGE_OK;
}

enum badge_status reconciliation_add_copy(struct reconciliation *reconciliation, uint32_t source,
                                          const struct listed_batch *batch, struct badge_err *err)
{
    void *array = reconciliation->copy;
    enum badge_status status = grow(&array, reconciliation->n_copies, &reconciliation->copies_capacity,
                                    sizeof *reconciliation->copy, err);
    reconciliation->copy = array;
    if (status == BADGE_OK)
        reconciliation->copy[reconciliation->n_copies++] = (struct reconciliation_copy){.batch = *batch,
                                                                                        .source = source};
    return status;
}

/* Of equal roots, the one with a sender (from an event) comes first. */
static int compare_roots(const void *left, const void *right)
{
    const struct reconciliation_root *a = left, *b = right;
    int order = badge_hash_compare(&a->root, &b->root);
    return order ? order : (int)b->has_sender - (int)a->has_sender;
}

enum badge_status reconciliation_merge(struct reconciliation *reconciliation, struct badge_err *err)
{
    for (size_t i = 0; i < reconciliation->n_copies; i++) {
        enum badge_status status = reconciliation_add_root(reconciliation, &reconciliation->copy[i].batch.root, NULL,
                                                           err);
        if (status != BADGE_OK)
            return status;
    }
    if (reconciliation->n_roots)
        qsort(reconciliation->root, reconciliation->n_roots, sizeof *reconciliation->root, compare_roots);
    size_t kept = 0;
    for (size_t i = 0; i < reconciliation->n_roots; i++)
        if (!kept || badge_hash_compare(&reconciliation->root[kept - 1].root, &reconciliation->root[i].root) != 0)
            reconciliation->root[kept++] = reconciliation->root[i];
    reconciliation->n_roots = kept;
    return BADGE_OK;
}

static int compare_with_root(const void *hash, const void *root)
{
    return badge_hash_compare(hash, &((const struct reconciliation_root *)root)->root);
}

struct reconciliation_root *reconciliation_find(const struct reconciliation *reconciliation,
                                                const struct badge_hash *root)
{
    return reconciliation->n_roots ? bsearch(root, reconciliation->root, reconciliation->n_roots,
                                             sizeof *reconciliation->root, compare_with_root)
                                   : NULL;
}

bool reconciliation_is_of_registry(const struct reconciliation *reconciliation, const struct listed_batch *batch)
{
    return batch->chain_id == reconciliation->chain_id &&
           memcmp(batch->contract.b, reconciliation->contract.b, sizeof reconciliation->contract.b) == 0 &&
           memcmp(batch->issuer.b, reconciliation->issuer.b, sizeof reconciliation->issuer.b) == 0;
}

bool reconciliation_wants_leaves(const struct reconciliation *reconciliation, const struct reconciliation_copy *copy)
{
    const struct reconciliation_root *root = reconciliation_find(reconciliation, &copy->batch.root);
    return copy->leaves == LEAVES_UNREAD && copy->batch.state != LISTED_SPOILED && root &&
           root->tree_size == copy->batch.tree_size && reconciliation_is_of_registry(reconciliation, &copy->batch);
}

/* -- the verdict --------------------------------------------------------------------------------------------------- */

static enum badge_status add_finding(struct reconciliation *reconciliation,
                                     const struct reconciliation_finding *finding, struct badge_err *err)
{
    void *array = reconciliation->finding;
    enum badge_status status = grow(&array, reconciliation->n_findings, &reconciliation->findings_capacity,
                                    sizeof *reconciliation->finding, err);
    reconciliation->finding = array;
    if (status != BADGE_OK)
        return status;
    reconciliation->finding[reconciliation->n_findings++] = *finding;
    reconciliation->n_of_kind[reconciliation_kind_of(finding->code)]++;
    return BADGE_OK;
}

static int compare_sequences(const void *left, const void *right, void *roots)
{
    const struct reconciliation_root *a = (const struct reconciliation_root *)roots + *(const uint32_t *)left;
    const struct reconciliation_root *b = (const struct reconciliation_root *)roots + *(const uint32_t *)right;
    return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

static enum badge_status sort_by_sequence(struct reconciliation *reconciliation, struct badge_err *err)
{
    reconciliation->order = calloc(reconciliation->n_roots + 1, sizeof *reconciliation->order);
    if (!reconciliation->order)
        return badge_no_memory(err);
    for (size_t i = 0; i < reconciliation->n_roots; i++)
        if (reconciliation->root[i].tree_size)
            reconciliation->order[reconciliation->n_anchored++] = (uint32_t)i;
    qsort_r(reconciliation->order, reconciliation->n_anchored, sizeof *reconciliation->order, compare_sequences,
            reconciliation->root);
    return BADGE_OK;
}

/* Checks the sequence numbers from 1 to the log's count in steps from anchor to anchor: the count may be any number. */
static enum badge_status prove_log(struct reconciliation *reconciliation, struct badge_err *err)
{
    struct badge_log_head log = {0};
    uint64_t next = 1;
    bool has_gap = false, is_inconsistent = false;
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; i <= reconciliation->n_anchored && status == BADGE_OK; i++) {
        const struct reconciliation_root *root = i < reconciliation->n_anchored
                                                     ? &reconciliation->root[reconciliation->order[i]]
                                                     : NULL;
        if (root && (root->sequence < next || root->sequence > reconciliation->log.count)) {
            is_inconsistent = true;
            break;
        }
        uint64_t until = root ? root->sequence : reconciliation->log.count + 1;
        if (until > next) {
            has_gap = true;
            struct reconciliation_finding gap = {
                .code = MISSING_ROOT_UNKNOWN, .sequence = next, .sequence_to = until - 1};
            status = add_finding(reconciliation, &gap, err);
        }
        if (root)
            badge_log_append(&log, &root->root, root->tree_size);
        next = until + 1;
    }
    if (status != BADGE_OK)
        return status;
    reconciliation->is_proven = !has_gap && !is_inconsistent && log.count == reconciliation->log.count &&
                                memcmp(log.head, reconciliation->log.head, sizeof log.head) == 0;
    if (is_inconsistent || (!has_gap && !reconciliation->is_proven))
        status = add_finding(
            reconciliation,
            &(struct reconciliation_finding){.code = LOG_DIFFERS, .chain_says = reconciliation->log.count}, err);
    return status;
}

static enum badge_status judge_copy(struct reconciliation *reconciliation, const struct reconciliation_copy *copy,
                                    struct badge_err *err)
{
    static const enum reconciliation_code code_of[] = {[LEAVES_UNREAD] = UNKNOWN_LEAVES,
                                                       [LEAVES_DIFFER] = ALTERED_LEAVES,
                                                       [LEAVES_UNORDERED] = ALTERED_ORDER,
                                                       [LEAVES_WRONG_LENGTH] = ALTERED_LENGTH,
                                                       [LEAVES_WITHHELD] = ALTERED_WITHHELD};
    const struct listed_batch *batch = &copy->batch;
    struct reconciliation_root *root = reconciliation_find(reconciliation, &batch->root);
    struct reconciliation_finding finding = {.has_source = true,
                                             .source = copy->source,
                                             .number = batch->number,
                                             .has_root = true,
                                             .root = batch->root,
                                             .sequence = root->tree_size ? root->sequence : 0};
    if (!reconciliation_is_of_registry(reconciliation, batch)) {
        finding.code = EXTRA_OTHER_REGISTRY;
        return add_finding(reconciliation, &finding, err);
    }
    if (batch->state == LISTED_SPOILED)
        return BADGE_OK; /* not anchored on purpose: another batch has its credentials */
    if (!root->tree_size) {
        if (batch->state == LISTED_FINAL && !root->is_newer) {
            finding.code = reconciliation->is_stale || root->is_disputed ? UNKNOWN_NEWER : EXTRA_NOT_ANCHORED;
            return add_finding(reconciliation, &finding, err);
        }
        reconciliation->n_pending++;
        return BADGE_OK;
    }
    root->n_copies++;
    finding.chain_says = root->tree_size;
    finding.source_says = batch->tree_size;
    if (batch->tree_size != root->tree_size) {
        finding.code = ALTERED_SIZE;
        return add_finding(reconciliation, &finding, err);
    }
    enum badge_status status = BADGE_OK;
    if (copy->leaves == LEAVES_MATCH) {
        root->n_good++;
    } else {
        finding.code = code_of[copy->leaves];
        status = add_finding(reconciliation, &finding, err);
    }
    if (status == BADGE_OK && batch->has_sequence && batch->sequence != root->sequence) {
        finding.code = ALTERED_SEQUENCE;
        finding.chain_says = root->sequence;
        finding.source_says = batch->sequence;
        status = add_finding(reconciliation, &finding, err);
    }
    return status;
}

static int compare_copies(const void *left, const void *right)
{
    const struct reconciliation_copy *a = left, *b = right;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    return badge_hash_compare(&a->batch.root, &b->batch.root);
}

/* Changes the order of the copies, so it comes after everything else about them. */
static enum badge_status find_duplicates(struct reconciliation *reconciliation, struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    if (reconciliation->n_copies)
        qsort(reconciliation->copy, reconciliation->n_copies, sizeof *reconciliation->copy, compare_copies);
    for (size_t i = 1; i < reconciliation->n_copies && status == BADGE_OK; i++) {
        const struct reconciliation_copy *copy = &reconciliation->copy[i];
        if (compare_copies(copy - 1, copy) != 0)
            continue;
        status = add_finding(reconciliation,
                             &(struct reconciliation_finding){.code = EXTRA_DUPLICATE,
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

static enum badge_status judge_sources(struct reconciliation *reconciliation, bool *all_listed, struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    *all_listed = true;
    for (size_t i = 0; i < reconciliation->n_sources && status == BADGE_OK; i++) {
        const struct reconciliation_source *source = &reconciliation->source[i];
        struct reconciliation_finding finding = {.has_source = true, .source = (uint32_t)i};
        if (source->is_listed)
            continue;
        bool no_answer = source->why_status == BADGE_EIO || source->why_status == BADGE_ENOTFOUND ||
                         source->why_status == BADGE_ENOMEM;
        finding.code = no_answer ? UNKNOWN_SOURCE : ALTERED_LIST;
        *all_listed = *all_listed && !no_answer;
        status = add_finding(reconciliation, &finding, err);
    }
    return status;
}

static enum badge_status judge_anchors(struct reconciliation *reconciliation, bool all_listed, struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; i < reconciliation->n_anchored && status == BADGE_OK; i++) {
        const struct reconciliation_root *root = &reconciliation->root[reconciliation->order[i]];
        if (root->withdrawn_s)
            reconciliation->n_withdrawn++;
        if (root->n_good) {
            reconciliation->n_verified++;
            reconciliation->n_leaves_verified += root->tree_size;
        }
        /* A withdrawn anchor (a thief's, for example) proves nothing, so no source has to keep its batch. */
        if (root->n_copies || root->withdrawn_s)
            continue;
        struct reconciliation_finding finding = {.code = all_listed ? MISSING_NO_SOURCE : UNKNOWN_ANCHOR,
                                                 .has_root = true,
                                                 .root = root->root,
                                                 .sequence = root->sequence,
                                                 .chain_says = root->tree_size};
        status = add_finding(reconciliation, &finding, err);
    }
    return status;
}

enum badge_status reconciliation_judge(struct reconciliation *reconciliation, struct badge_err *err)
{
    bool all_listed;
    enum badge_status status = judge_sources(reconciliation, &all_listed, err);
    if (status == BADGE_OK)
        status = sort_by_sequence(reconciliation, err);
    if (status == BADGE_OK)
        status = prove_log(reconciliation, err);
    for (size_t i = 0; i < reconciliation->n_copies && status == BADGE_OK; i++)
        status = judge_copy(reconciliation, &reconciliation->copy[i], err);
    if (status == BADGE_OK)
        status = judge_anchors(reconciliation, all_listed, err);
    if (status == BADGE_OK)
        status = find_duplicates(reconciliation, err);
    /* Roots that an unread source may have do not count as missing. */
    for (size_t i = 0; i < reconciliation->n_findings && !all_listed; i++)
        if (reconciliation->finding[i].code == MISSING_ROOT_UNKNOWN) {
            reconciliation->finding[i].code = UNKNOWN_ANCHOR;
            reconciliation->n_of_kind[RECONCILIATION_MISSING]--;
            reconciliation->n_of_kind[RECONCILIATION_UNKNOWN]++;
        }
    bool is_bad = reconciliation->n_findings > reconciliation->n_of_kind[RECONCILIATION_UNKNOWN];
    reconciliation->verdict = is_bad                                              ? RECONCILIATION_FAILED
                              : reconciliation->n_of_kind[RECONCILIATION_UNKNOWN] ? RECONCILIATION_UNDECIDED
                                                                                  : RECONCILIATION_CLEAN;
    return status;
}
