/*
 * Many credentials in one request, one JSON object a line (NDJSON), in bounded memory however many there are.
 *
 * A bulk may outlive its request: submissions come back to it, and it frees itself once it is detached and all of them
 * are back.
 */
#ifndef API_BULK_H
#define API_BULK_H

#include "http/exchange.h"

struct bulk;

struct bulk *bulk_new(struct exchange *x) BADGE_CHECKED; /* NULL: no memory */
void bulk_data(struct bulk *bulk, const char *bytes, size_t len);
void bulk_run(struct bulk *bulk);
/* The exchange ends. Complete lines that were read are still submitted; an incomplete line is not. */
void bulk_detach(struct bulk *bulk);

#endif
