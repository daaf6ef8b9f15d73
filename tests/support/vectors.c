#include "support/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define VECTORS_MAX_LEN ((size_t)256 << 20)

char *vectors_read(const char *name, size_t *len)
{
    const char *dir = getenv("BADGED_VECTORS");
    if (!dir) {
        print_message("skipped, as BADGED_VECTORS is not set: %s\n", name);
        skip();
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    gzFile file = gzopen(path, "rb");
    if (!file)
        fail_msg("%s can't be read", path);
    size_t used = 0, capacity = 1 << 20;
    char *bytes = malloc(capacity);
    for (;;) {
        assert_non_null(bytes);
        int got = gzread(file, bytes + used, (unsigned)(capacity - used - 1));
        if (got < 0)
            fail_msg("%s is damaged", path);
        if (got == 0)
            break;
        used += (size_t)got;
        if (used == capacity - 1) {
            assert_true(capacity < VECTORS_MAX_LEN);
            capacity *= 2;
            bytes = realloc(bytes, capacity);
        }
    }
    gzclose(file);
    bytes[used] = '\0';
    if (len)
        *len = used;
    return bytes;
}

json_t *vectors_json(const char *name)
{
    size_t len;
    char *bytes = vectors_read(name, &len);
    json_error_t error;
    json_t *root = json_loadb(bytes, len, JSON_ALLOW_NUL, &error);
    free(bytes);
    if (!root)
        fail_msg("%s: line %d: %s", name, error.line, error.text);
    return root;
}

uint8_t *vectors_hex(const char *text, size_t *len)
{
    if (text[0] == '0' && text[1] == 'x')
        text += 2;
    size_t n = strlen(text) / 2;
    assert_int_equal(strlen(text), 2 * n);
    uint8_t *bytes = malloc(n + 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++) {
        const char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
        char *end;
        bytes[i] = (uint8_t)strtoul(pair, &end, 16);
        assert_ptr_equal(end, pair + 2);
    }
    *len = n;
    return bytes;
}
