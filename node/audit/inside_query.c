/*
 * Verifies the credentials inside of a document, one after another. Called by verify.c.
 */
#include "audit/inside_query.h"

#include <stdlib.h>

void inside_results_free(struct inside_results *results)
{
    free(results);
}

enum badge_status inside_query_start(const struct inside_query *query, struct badge_err *err)
{
    (void)query;
    return badge_no_memory(err);
}
