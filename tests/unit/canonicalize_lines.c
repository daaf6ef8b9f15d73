/* For json_oracle.js: reads one JSON document a line, writes its canonical form a line, or '!', status and offset. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/json.h"

int main(void)
{
    struct badge_arena arena;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;
    badge_arena_init(&arena, (size_t)64 << 20);
    while ((len = getline(&line, &capacity, stdin)) > 0) {
        const struct badge_json_value *value;
        struct badge_text canonical;
        struct badge_err err;
        badge_arena_clear(&arena);
        if (badge_json_parse(&value, &arena, line, (size_t)len - 1, &err) != BADGE_OK ||
            badge_json_canonicalize(&canonical, &arena, value, &err) != BADGE_OK)
            printf("! %s %zu\n", badge_status_name(err.status), err.offset);
        else
            printf("%.*s\n", (int)canonical.len, canonical.bytes);
    }
    free(line);
    badge_arena_release(&arena);
    return 0;
}
