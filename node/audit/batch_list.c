/*
 * Parses lists of batches. Called by audits and by mirror.c, for each page of a node and for the list of a mirror. A
 * list that passes is consistent in itself (sizes, numbers, order); whether it is true is checked against the chain.
 */
#include "audit/batch_list.h"
#include "core/grow.h"

#include <stdlib.h>
#include <string.h>

static const char *const state_names[] = {
    [LISTED_SEALED] = "sealed", [LISTED_SENT] = "sent",       [LISTED_MINED] = "mined",
    [LISTED_FINAL] = "final",   [LISTED_SPOILED] = "spoiled", [LISTED_UNKNOWN] = "untold"};

const char *listed_state_name(enum listed_state state)
{
    return state_names[state];
}

void batch_list_release(struct batch_list *list)
{
    free(list->batch);
    *list = (struct batch_list){0};
}

enum badge_status batch_list_add(struct batch_list *list, const struct listed_batch *batch, struct badge_err *err)
{
    size_t max = list->max && list->max < BATCH_LIST_MAX ? list->max : BATCH_LIST_MAX;
    if (list->n == max)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "it lists more than %zu batches", max);
    struct listed_batch *more = core_grow(list->batch, &list->capacity, list->n + 1, sizeof *more);
    if (!more)
        return badge_no_memory(err);
    list->batch = more;
    list->batch[list->n++] = *batch;
    return BADGE_OK;
}

/* The numbers of a list descend. */
static int compare_number(const void *number, const void *batch)
{
    uint32_t a = *(const uint32_t *)number, b = ((const struct listed_batch *)batch)->number;
    return (a < b) - (a > b);
}

struct listed_batch *batch_list_find(const struct batch_list *list, uint32_t number)
{
    return list->n ? bsearch(&number, list->batch, list->n, sizeof *list->batch, compare_number) : NULL;
}

static bool read_u32(uint32_t *out, const struct badge_json_value *value, uint32_t min, uint32_t max)
{
    int64_t number;
    if (!badge_json_integer(value, &number) || number < (int64_t)min || number > (int64_t)max)
        return false;
    *out = (uint32_t)number;
    return true;
}

static bool read_u64(uint64_t *out, const struct badge_json_value *value)
{
    int64_t number;
    if (!badge_json_integer(value, &number) || number < 0)
        return false;
    *out = (uint64_t)number;
    return true;
}

static bool read_address(struct badge_address *out, const struct badge_json_value *value)
{
    struct badge_text text;
    return badge_json_string(value, &text) && badge_address_parse(out, text.bytes, text.len) == BADGE_OK;
}

static bool read_state(enum listed_state *out, const struct badge_json_value *value)
{
    for (int i = LISTED_SEALED; i < LISTED_UNKNOWN; i++)
        if (badge_json_equals(value, state_names[i])) {
            *out = (enum listed_state)i;
            return true;
        }
    return false;
}

static bool read_batch(struct listed_batch *out, const struct badge_json_value *value)
{
    const struct badge_json_value *anchor = badge_json_member(value, "anchor"), *optional;
    struct badge_text text;
    *out = (struct listed_batch){0};
    if (!read_u32(&out->number, badge_json_member(value, "number"), 1, UINT32_MAX) ||
        !badge_json_string(badge_json_member(value, "root"), &text) ||
        badge_hex_decode(out->root.b, sizeof out->root.b, text.bytes, text.len) != BADGE_OK ||
        !read_u32(&out->tree_size, badge_json_member(value, "treeSize"), 1, BADGE_MAX_LEAVES) ||
        !read_state(&out->state, badge_json_member(value, "state")) ||
        !read_u64(&out->chain_id, badge_json_member(anchor, "chainId")) ||
        !read_address(&out->contract, badge_json_member(anchor, "contract")) ||
        !read_address(&out->issuer, badge_json_member(anchor, "issuer")))
        return false;
    if ((optional = badge_json_member(value, "sealedAt"))) {
        out->has_sealed_at = true;
        if (!badge_json_string(optional, &text) ||
            badge_time_parse(&out->sealed_at_s, text.bytes, text.len) != BADGE_OK)
            return false;
    }
    if ((optional = badge_json_member(value, "replaces")) && !read_u32(&out->replaces, optional, 1, UINT32_MAX))
        return false;
    if ((optional = badge_json_member(anchor, "sequence"))) {
        out->has_sequence = true;
        if (!read_u64(&out->sequence, optional))
            return false;
    }
    return true;
}

static enum badge_status read_all(struct batch_list *list, const struct badge_json_value *batches,
                                  struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; i < badge_json_count(batches) && status == BADGE_OK; i++) {
        struct listed_batch batch;
        if (!read_batch(&batch, badge_json_at(batches, i, NULL)))
            return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET,
                              "entry %zu of its list is not a batch as a node describes it", i + 1);
        if (list->n && batch.number >= list->batch[list->n - 1].number)
            return badge_fail(err, BADGE_EORDER, BADGE_NO_OFFSET,
                              "it lists batch %u after batch %u: numbers must descend", batch.number,
                              list->batch[list->n - 1].number);
        status = batch_list_add(list, &batch, err);
    }
    return status;
}

enum badge_status batch_list_read(struct batch_list *list, size_t *n_new, const char *bytes, size_t len,
                                  struct badge_err *err)
{
    const struct badge_json_value *document;
    struct badge_arena arena;
    size_t n_before = list->n;
    badge_arena_init(&arena, 4096 + 8 * len);
    enum badge_status status = badge_json_parse(&document, &arena, bytes, len, err);
    const struct badge_json_value *batches = status != BADGE_OK ? NULL : badge_json_member(document, "batches");
    if (status == BADGE_OK && !badge_json_is(batches, BADGE_JSON_ARRAY))
        status = badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "its list has no member \"batches\"");
    if (status == BADGE_OK)
        status = read_all(list, batches, err);
    badge_arena_release(&arena);
    *n_new = list->n - n_before;
    return status;
}
