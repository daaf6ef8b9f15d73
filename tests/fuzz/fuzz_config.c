/*
 * The configuration parser with any bytes. An accepted configuration must print as a file that is accepted again and
 * prints the same. Inputs with an "@" are skipped: a fuzzer should not read the files that its input names.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/config_value.h"
#include "runtime/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The settings as printed, or NULL for a text that is refused. */
static char *read_and_print(const char *text, size_t len)
{
    struct settings settings;
    struct badge_err err;
    char *printed = NULL;
    size_t printed_len;
    if (config_set_defaults(&settings, &settings_program, &err) != BADGE_OK)
        abort();
    if (config_read_text(&settings, &settings_program, "input", text, len, &err) == BADGE_OK) {
        FILE *out = open_memstream(&printed, &printed_len);
        config_print(out, &settings_program, &settings);
        fclose(out);
    }
    config_release(&settings, &settings_program);
    return printed;
}

/* The only allowed difference: the comment on hidden values, which are not in the printed file any more. */
static void drop_comment(char *printed)
{
    char *comment = strstr(printed, "\n# ");
    if (comment) {
        char *next = strchr(comment + 1, '\n');
        memmove(comment, next, strlen(next) + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (memchr(data, '@', size))
        return 0;
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    char *first = read_and_print(text, size);
    if (first) {
        char *second = read_and_print(first, strlen(first));
        drop_comment(first);
        if (!second || strcmp(first, second) != 0)
            abort();
        free(second);
    }
    free(first);
    free(text);
    return 0;
}
