/*
 * The parser of batch lists with any bytes: a node or a mirror may send anything. The input is two pages, split at the
 * first NUL: accepted numbers descend, also across pages, and are within their limits.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "audit/batch_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct batch_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct listed_batch *batch = &list->batch[i];
        if (batch->number == 0 || batch->tree_size == 0 || batch->tree_size > BADGE_MAX_LEAVES ||
            batch->state >= LISTED_UNKNOWN || (i && batch->number >= list->batch[i - 1].number))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct batch_list list = {.max = 3};
    struct badge_err err = {0};
    size_t n_new = 0, n_before = 0;
    const char *page = (const char *)data, *nul = size ? memchr(page, '\0', size) : NULL;
    size_t len = nul ? (size_t)(nul - page) : size;
    enum badge_status status = batch_list_read(&list, &n_new, page, len, &err);
    if ((status != BADGE_OK) != (err.text[0] != '\0'))
        abort();
    n_before = list.n;
    if (!status && nul)
        status = batch_list_read(&list, &n_new, nul + 1, size - len - 1, &err);
    if (list.n > list.max || (nul && !status && n_before + n_new != list.n))
        abort();
    check(&list);
    batch_list_release(&list);
    return 0;
}
