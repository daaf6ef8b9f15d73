/*
 * The boundary between JavaScript and libbadge: checks addresses and lengths, and writes answers as JSON. Only
 * engine.mjs calls it; documents, receipts and the providers' answers are untrusted bytes.
 *
 * Invariant: only the bytes of an allocated input are read or written, up to its length; and arguments on which core
 * would assert do not get past here.
 */
#include "web/badge.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "web/boundary.h"

#define MAX_INPUTS 4

static struct badge_text input[MAX_INPUTS]; /* bytes NULL: unused */
static char *output_owned;                  /* the output, if it was allocated */
static const char *output_at;
static size_t output_len;

/* -- memory -------------------------------------------------------------------------------------------------------- */

uint8_t *badge_input(uint32_t len)
{
    for (size_t i = 0; len <= WEB_MAX_INPUT && i < MAX_INPUTS; i++) {
        if (input[i].bytes)
            continue;
        char *bytes = malloc((size_t)len + 1);
        if (!bytes)
            return NULL;
        bytes[len] = '\0';
        input[i] = (struct badge_text){bytes, len};
        return (uint8_t *)bytes;
    }
    return NULL;
}

struct badge_text web_input(const uint8_t *at)
{
    for (size_t i = 0; at && i < MAX_INPUTS; i++)
        if ((const uint8_t *)input[i].bytes == at)
            return input[i];
    BADGE_ASSERT(!at);
    return (struct badge_text){NULL, 0};
}

char *web_keep(const uint8_t *at)
{
    for (size_t i = 0; at && i < MAX_INPUTS; i++)
        if ((const uint8_t *)input[i].bytes == at)
            input[i] = (struct badge_text){NULL, 0};
    return (char *)(uintptr_t)at;
}

void badge_release(void)
{
    for (size_t i = 0; i < MAX_INPUTS; i++) {
        free((char *)(uintptr_t)input[i].bytes);
        input[i] = (struct badge_text){NULL, 0};
    }
    free(output_owned);
    output_owned = NULL;
    output_at = NULL;
    output_len = 0;
}

const char *badge_output_at(void)
{
    return output_at;
}

uint32_t badge_output_len(void)
{
    return (uint32_t)output_len;
}

char *web_output(size_t capacity)
{
    static char usual[BADGE_REPORT_MAX_LEN];
    free(output_owned);
    output_owned = capacity > sizeof usual ? malloc(capacity) : NULL;
    output_len = 0;
    output_at = capacity > sizeof usual ? output_owned : usual;
    return (char *)(uintptr_t)output_at;
}

void web_output_len(size_t len)
{
    output_len = len;
}

static struct json_buffer json_output;

struct json_out web_json(void)
{
    json_output = (struct json_buffer){.bytes = web_output(BADGE_REPORT_MAX_LEN), .capacity = BADGE_REPORT_MAX_LEN};
    struct json_out json = {.put = json_buffer_put, .to = &json_output};
    json_out_object(&json, NULL);
    return json;
}

void web_json_end(struct json_out *json)
{
    json_out_object_end(json);
    BADGE_ASSERT(!json->failed);
    web_output_len(json_output.len);
}

int web_error(const struct badge_err *err)
{
    struct json_out json = web_json();
    json_out_text(&json, "status", badge_status_name(err->status));
    if (err->offset != BADGE_NO_OFFSET)
        json_out_u64(&json, "offset", err->offset);
    else
        json_out_null(&json, "offset");
    json_out_text(&json, "text", err->text);
    web_json_end(&json);
    return err->status;
}

/* -- the pure calls ------------------------------------------------------------------------------------------------ */

enum badge_status web_unbake(void *context, char **credential, size_t *credential_len, const void *image,
                             size_t image_len, struct badge_err *err)
{
    const struct badge_json_value *why = context;
    struct badge_text text, status_name = {"", 0};
    enum badge_status status = BADGE_EIMAGE;
    (void)image;
    (void)image_len;
    *credential = NULL;
    *credential_len = 0;
    if (!badge_json_string(badge_json_member(why, "text"), &text))
        return BADGE_OK;
    (void)badge_json_string(badge_json_member(why, "status"), &status_name);
    for (int i = BADGE_EIMAGE; i < BADGE_OK; i++)
        if (core_text_is(status_name, badge_status_name((enum badge_status)i)))
            status = (enum badge_status)i;
    int64_t offset;
    bool has_offset = badge_json_integer(badge_json_member(why, "offset"), &offset) && offset >= 0;
    return badge_fail(err, status, has_offset ? (size_t)offset : BADGE_NO_OFFSET, "%.*s", (int)text.len, text.bytes);
}

int document_digest(const uint8_t *document)
{
    struct badge_text bytes = web_input(document);
    struct badge_digester *digester = NULL;
    struct badge_digest digest;
    struct badge_err err = {.offset = BADGE_NO_OFFSET};

    err.status = badge_digester_new(&digester, WEB_MAX_HELD, &err);
    if (err.status == BADGE_OK) {
        badge_digester_take_images(digester, web_unbake, NULL, WEB_MAX_IMAGE);
        err.status = badge_digester_update(digester, bytes.bytes, bytes.len, &err);
    }
    if (err.status == BADGE_OK)
        err.status = badge_digester_final(digester, &digest, &err);
    badge_digester_free(digester);
    if (err.status != BADGE_OK)
        return web_error(&err);
    struct json_out json = web_json();
    json_out_text(&json, "label", badge_label_name(digest.label));
    json_out_hash(&json, "digest", &digest.value);
    web_json_end(&json);
    return BADGE_OK;
}

int json_canonicalize(const uint8_t *json)
{
    struct badge_text bytes = web_input(json), canonical;
    const struct badge_json_value *value;
    struct badge_arena arena;
    struct badge_err err = {.offset = BADGE_NO_OFFSET};

    badge_arena_init(&arena, WEB_ARENA_CEILING);
    err.status = badge_json_parse(&value, &arena, bytes.bytes, bytes.len, &err);
    if (err.status == BADGE_OK)
        err.status = badge_json_canonicalize(&canonical, &arena, value, &err);
    if (err.status == BADGE_OK) {
        char *out = web_output(canonical.len);
        if (out) {
            memcpy(out, canonical.bytes, canonical.len);
            web_output_len(canonical.len);
        } else {
            err.status = badge_no_memory(&err);
        }
    }
    badge_arena_release(&arena);
    return err.status == BADGE_OK ? BADGE_OK : web_error(&err);
}

int receipt_read(const uint8_t *receipt)
{
    struct badge_text bytes = web_input(receipt);
    struct badge_receipt read;
    struct badge_err err = {.offset = BADGE_NO_OFFSET};

    err.status = badge_receipt_decode(&read, bytes.bytes, bytes.len, &err);
    if (err.status != BADGE_OK)
        return web_error(&err);
    web_output_len(badge_receipt_encode(web_output(BADGE_RECEIPT_MAX_LEN), &read));
    return BADGE_OK;
}

static bool read_hash(struct badge_hash *out, const struct badge_json_value *value)
{
    struct badge_text text;
    return badge_json_string(value, &text) && badge_hex_decode(out->b, sizeof out->b, text.bytes, text.len) == BADGE_OK;
}

static bool inclusion_holds(const struct badge_json_value *inclusion)
{
    const struct badge_json_value *path = badge_json_member(inclusion, "path");
    struct badge_hash leaf, salt, digest, root, node[BADGE_MAX_PATH];
    int64_t index, tree_size;
    size_t n = badge_json_count(path);

    if (!read_hash(&leaf, badge_json_member(inclusion, "leaf"))) {
        if (badge_json_member(inclusion, "leaf") || !read_hash(&salt, badge_json_member(inclusion, "salt")) ||
            !read_hash(&digest, badge_json_member(inclusion, "digest")))
            return false;
        badge_leaf_hash(&leaf, &salt, &digest);
    }
    if (!read_hash(&root, badge_json_member(inclusion, "root")) ||
        !badge_json_integer(badge_json_member(inclusion, "leafIndex"), &index) || index < 0 ||
        !badge_json_integer(badge_json_member(inclusion, "treeSize"), &tree_size) || tree_size < 0 ||
        !badge_json_is(path, BADGE_JSON_ARRAY) || n > BADGE_MAX_PATH)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!read_hash(&node[i], badge_json_at(path, i, NULL)))
            return false;
    return badge_path_verify(&root, &leaf, (uint64_t)index, (uint64_t)tree_size, node, n) == BADGE_OK;
}

int inclusion_check(const uint8_t *inclusion)
{
    struct badge_text bytes = web_input(inclusion);
    const struct badge_json_value *value;
    struct badge_arena arena;
    struct badge_err err = {.offset = BADGE_NO_OFFSET};

    badge_arena_init(&arena, WEB_ARENA_CEILING);
    err.status = badge_json_parse(&value, &arena, bytes.bytes, bytes.len, &err);
    if (err.status == BADGE_OK) {
        struct json_out json = web_json();
        json_out_bool(&json, "holds", inclusion_holds(value));
        web_json_end(&json);
    }
    badge_arena_release(&arena);
    return err.status == BADGE_OK ? BADGE_OK : web_error(&err);
}
