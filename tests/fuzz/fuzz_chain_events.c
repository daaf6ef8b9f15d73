/*
 * The parser of eth_getLogs results with any JSON: a provider may send anything. The filter is for the registry of the
 * seeds.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "chain/registry_events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct registry_events *events, const struct registry_events_filter *wanted)
{
    for (size_t i = 0; i < events->n; i++) {
        const struct registry_event *event = &events->event[i];
        if (event->block_number < wanted->from || event->block_number > wanted->to || event->time_s < 0 ||
            (unsigned)event->kind >= REGISTRY_EVENT_N_KINDS ||
            (event->kind == REGISTRY_EVENT_ANCHORED && wanted->kinds != 0))
            abort();
        if (i && event->block_number < events->event[i - 1].block_number)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct registry_events_filter wanted = {.from = 1, .to = 255, .kinds = size % 2 ? REGISTRY_ALL_BUT_ANCHORS : 0};
    struct registry_events events = {0};
    struct badge_err err = {0};
    uint64_t n_revoked_for[BADGE_N_REASONS], n_revoked = 0;
    memset(wanted.contract.b, 0xcc, sizeof wanted.contract.b);
    memset(wanted.issuer.b, 0x11, sizeof wanted.issuer.b);
    json_t *logs = json_loadb((const char *)data, size, 0, NULL);
    for (int twice = 0; twice < 2; twice++) {
        size_t n_before = events.n;
        enum badge_status status = registry_events_read(&events, &wanted, logs, &err);
        if (events.n != n_before + (status ? 0 : json_array_size(logs)))
            abort();
    }
    size_t n_twice = registry_events_sort(&events);
    check(&events, &wanted);
    if (n_twice < events.n / 2 || registry_events_revoked(n_revoked_for, &events, &err) != BADGE_OK)
        abort();
    for (size_t i = 0; i < BADGE_N_REASONS; i++)
        n_revoked += n_revoked_for[i];
    if (n_revoked > events.n)
        abort();
    registry_events_release(&events);
    json_decref(logs);
    return 0;
}
