/*
 * Reads batch files for audits. Their digests and secrets are not passed on, only leaf hashes. A batch file does not
 * record whether its root was anchored, so a batch that is not on the chain counts as pending.
 */
#include "audit/store_folder.h"

#include <stdlib.h>

#include "store/batch_file.h"
#include "store/disk.h"

static enum badge_status list_one(struct batch_list *out, const char *folder, uint32_t number, struct badge_err *err)
{
    struct batch_file *file;
    enum badge_status status = batch_file_open(&file, folder, number, err);
    if (status != BADGE_OK)
        return status;
    const struct batch_head *head = batch_file_head(file);
    struct listed_batch batch = {.number = number,
                                 .replaces = head->replaces,
                                 .root = head->root,
                                 .tree_size = head->n_leaves,
                                 .state = LISTED_UNKNOWN,
                                 .has_sealed_at = true,
                                 .sealed_at_s = head->sealed_at_s,
                                 .chain_id = head->chain_id,
                                 .contract = head->contract,
                                 .issuer = head->issuer};
    status = batch_list_add(out, &batch, err);
    batch_file_free(file);
    return status;
}

/* A batch that a later one replaces is no longer compared with the chain. */
static void mark_replaced(struct batch_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        struct listed_batch *replaced = batch_list_find(list, list->batch[i].replaces);
        if (replaced && replaced->number < list->batch[i].number)
            replaced->state = LISTED_SPOILED;
    }
}

enum badge_status store_folder_list(struct batch_list *out, const char *place, struct badge_err *err)
{
    char folder[DISK_PATH_MAX];
    uint32_t *number = NULL;
    size_t n = 0;
    enum badge_status status = disk_check_path(place, err);
    if (status != BADGE_OK)
        return status;
    disk_path(folder, place, "batches");
    if (!disk_exists(folder))
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "not a store: the folder batches is missing");
    status = disk_list(&number, &n, folder, err);
    for (size_t i = n; i-- > 0 && status == BADGE_OK;)
        status = list_one(out, folder, number[i], err);
    free(number);
    if (status == BADGE_OK)
        mark_replaced(out);
    return status;
}

enum reconciliation_leaves store_folder_leaves(const char *place, const struct listed_batch *batch,
                                               struct badge_hash *leaf, struct badge_err *err)
{
    char folder[DISK_PATH_MAX];
    struct batch_file *file = NULL;
    disk_path(folder, place, "batches"); /* store_folder_list() has checked the length */
    enum badge_status status = batch_file_open(&file, folder, batch->number, err);
    if (status == BADGE_OK)
        status = batch_file_match(file, &(struct store_batch){.root = batch->root, .tree_size = batch->tree_size}, err);
    if (status == BADGE_OK)
        status = batch_file_leaves(file, 0, batch->tree_size, leaf, err);
    batch_file_free(file);
    return status == BADGE_OK ? LEAVES_MATCH : status == BADGE_ECORRUPT ? LEAVES_DIFFER : LEAVES_UNREAD;
}
