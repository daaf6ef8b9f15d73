/*
 * The health of the chain connection. Each part of the anchor raises and clears conditions of its own kind; /readyz
 * shows the most severe one, and the log has each change of it. Written on the main loop, read from any thread.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "anchor/anchor_internal.h"
#include "runtime/log.h"

static void publish_health(struct anchor *anchor)
{
    const struct condition *first = NULL;
    for (size_t i = 0; i < N_CONDITIONS && !first; i++)
        if (anchor->condition[i].code)
            first = &anchor->condition[i];

    const char *before = anchor->health.connected ? NULL : anchor->health.code, *code = first ? first->code : NULL;
    bool is_change = (!before) != (!code) || (code && strcmp(before, code) != 0);
    uv_mutex_lock(&anchor->lock);
    anchor->health.connected = !first;
    anchor->health.code = code;
    snprintf(anchor->health.why, sizeof anchor->health.why, "%s", first ? first->why : "");
    uv_mutex_unlock(&anchor->lock);
    if (is_change && !first)
        log_info("chain ready", log_text("provider", providers_current(&anchor->providers)->name),
                 log_u64("head", anchor->head.number));
    else if (is_change)
        log_warn("chain not ready", log_text("code", code), log_text("why", first->why));
}

void anchor_raise(struct anchor *anchor, enum condition_kind kind, const char *code, const char *format, ...)
{
    struct condition *condition = &anchor->condition[kind];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(condition->why, sizeof condition->why, format, arguments);
    va_end(arguments);
    condition->code = code;
    publish_health(anchor);
}

void anchor_clear(struct anchor *anchor, enum condition_kind kind)
{
    if (!anchor->condition[kind].code)
        return;
    anchor->condition[kind].code = NULL;
    publish_health(anchor);
}

void anchor_health(struct anchor *anchor, struct anchor_health *out)
{
    uv_mutex_lock(&anchor->lock);
    *out = anchor->health;
    uv_mutex_unlock(&anchor->lock);
}
