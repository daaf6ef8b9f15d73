/*
 * The structured log, to standard error: one event per line, as text (`time level event key=value …`) or JSON.
 *
 *   log_info("batch sealed", log_u64("number", n), log_hex("root", root.b, 32));
 *
 * Thread-safe; one write() per line; never fails, never blocks on anything but the descriptor. Values are escaped, so
 * untrusted bytes can't forge a line. `broken` means that an invariant was violated: a bug, or a corrupt store.
 */
#ifndef RUNTIME_LOG_H
#define RUNTIME_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_BROKEN };

struct log_field {
    const char *key; /* NULL ends a list */
    enum { LOG_TEXT, LOG_UNSIGNED, LOG_SIGNED, LOG_HEX, LOG_BOOLEAN } kind;
    union {
        const char *text; /* NULL prints as null */
        uint64_t u;
        int64_t i;
        struct {
            const void *bytes;
            size_t len;
        } hex;
    };
};
#define log_text(k, v) ((struct log_field){.key = (k), .kind = LOG_TEXT, .text = (v)})
#define log_u64(k, v) ((struct log_field){.key = (k), .kind = LOG_UNSIGNED, .u = (v)})
#define log_i64(k, v) ((struct log_field){.key = (k), .kind = LOG_SIGNED, .i = (v)})
#define log_hex(k, v, n) ((struct log_field){.key = (k), .kind = LOG_HEX, .hex = {(v), (n)}})
#define log_bool(k, v) ((struct log_field){.key = (k), .kind = LOG_BOOLEAN, .u = (bool)(v)})

void log_write(enum log_level level, const char *event, const struct log_field *fields);
#define log_none ((struct log_field){.key = NULL}) /* for an event without fields */
#define LOG_FIELDS(...) ((const struct log_field[]){__VA_ARGS__, {.key = NULL}})
#define log_debug(event, ...) log_write(LOG_DEBUG, event, LOG_FIELDS(__VA_ARGS__))
#define log_info(event, ...) log_write(LOG_INFO, event, LOG_FIELDS(__VA_ARGS__))
#define log_warn(event, ...) log_write(LOG_WARN, event, LOG_FIELDS(__VA_ARGS__))
#define log_error(event, ...) log_write(LOG_ERROR, event, LOG_FIELDS(__VA_ARGS__))
#define log_broken(event, ...) log_write(LOG_BROKEN, event, LOG_FIELDS(__VA_ARGS__))

void log_configure(enum log_level least, bool json);

/* Can't continue (a corrupt store, out of memory at start): logs as broken and ends the process with status 70. */
_Noreturn void fatal(const char *event, const struct log_field *fields);

#endif
