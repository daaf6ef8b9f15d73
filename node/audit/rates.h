/*
 * How often somebody has done something within a minute: a bounded table of counts by name. The names come from
 * strangers, so where the table is full of counts that still run, a new name is refused and none is forgotten. One
 * thread.
 */
#ifndef AUDIT_RATES_H
#define AUDIT_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATES_MAX 512
#define RATES_WINDOW_MS 60000

struct rates {
    struct rate {
        uint8_t name[16]; /* the beginning of its hash */
        uint64_t since_ms;
        unsigned n; /* 0: free */
    } rate[RATES_MAX];
};

/* Counts one more of the name's; false, and not counted: it has had `most` within its minute. */
bool rates_count(struct rates *rates, const void *name, size_t len, unsigned most, uint64_t now_ms);

#endif
