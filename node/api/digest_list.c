/*
 * Lists of digests as bodies, for POST /v1/digests and POST /v1/revocations. The invariant: a list that was read has
 * at most MAX_DIGESTS entries, and its memory was reserved before it was allocated.
 */
#include "api/digest_list.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DIGESTS 10000
#define MAX_BODY_LEN ((size_t)1 << 20) /* 10,000 digests and white space */

void digest_list_open(struct exchange *x)
{
    struct digest_list *list = x->state;
    x->max_body = MAX_BODY_LEN;
    strbuf_init(&list->body, MAX_BODY_LEN);
    if (media_parse(exchange_header(x, "Content-Type")) != MEDIA_JSON || exchange_header(x, "Content-Encoding"))
        exchange_problem(x, PROBLEM_UNSUPPORTED_MEDIA_TYPE, "Send {\"digests\":[…]} as application/json.");
    else
        (void)exchange_reserve(x, x->content_length < MAX_BODY_LEN ? x->content_length : MAX_BODY_LEN);
}

void digest_list_data(struct exchange *x, const char *bytes, size_t len)
{
    struct digest_list *list = x->state;
    if (exchange_reserve(x, x->body_len))
        strbuf_put(&list->body, bytes, len);
}

static bool read_entries(struct digest_list *list, struct exchange *x, const struct badge_json_value *array,
                         size_t entry_len)
{
    if (!exchange_reserve(x, x->reserved + list->n * (entry_len + sizeof *list->digest + sizeof *list->is_digest)))
        return false;
    list->is_digest = calloc(list->n + 1, sizeof *list->is_digest);
    list->digest = calloc(list->n + 1, sizeof *list->digest);
    if (!list->is_digest || !list->digest) {
        exchange_no_memory(x);
        return false;
    }
    for (size_t i = 0; i < list->n; i++) {
        struct badge_text text;
        struct badge_hash *digest = &list->digest[i];
        list->is_digest[i] = badge_json_string(badge_json_at(array, i, NULL), &text) &&
                             badge_hex_decode(digest->b, sizeof digest->b, text.bytes, text.len) == BADGE_OK;
    }
    return true;
}

static bool read_list(struct exchange *x, const struct badge_json_value *object, size_t entry_len)
{
    struct digest_list *list = x->state;
    const struct badge_json_value *array = badge_json_member(object, "digests");
    list->n = badge_json_count(array);
    if (!badge_json_is(object, BADGE_JSON_OBJECT) || !badge_json_is(array, BADGE_JSON_ARRAY))
        exchange_problem(x, PROBLEM_BAD_MEMBER, "Send an object with the member digests, an array of strings.");
    else if (list->n > MAX_DIGESTS)
        exchange_problem(x, PROBLEM_TOO_MANY_DIGESTS, "Send at most %d digests in one request.", MAX_DIGESTS);
    else
        return read_entries(list, x, array, entry_len);
    return false;
}

/* Parses the body. NULL: it has answered. */
static const struct badge_json_value *parse_body(struct exchange *x, struct badge_arena *arena)
{
    const struct digest_list *list = x->state;
    const struct badge_json_value *document;
    struct badge_err err = {.status = BADGE_OK};
    if (list->body.failed)
        exchange_no_memory(x);
    else if (badge_json_parse(&document, arena, list->body.bytes, list->body.len, &err) != BADGE_OK)
        exchange_problem_at(x, problem_of_document(err.status), err.text, err.offset);
    else
        return document;
    return NULL;
}

bool digest_list_read(struct exchange *x, size_t entry_len,
                      bool (*read_more)(struct exchange *x, const struct badge_json_value *object))
{
    struct badge_arena arena;
    if (x->body_len == 0) {
        exchange_problem(x, PROBLEM_EMPTY_BODY, "Send {\"digests\":[…]} as the body of the request.");
        return false;
    }
    badge_arena_init(&arena, 32 * MAX_BODY_LEN);
    const struct badge_json_value *document = parse_body(x, &arena);
    bool is_read = document && read_list(x, document, entry_len) && (!read_more || read_more(x, document));
    badge_arena_release(&arena);
    return is_read;
}

bool digest_list_read_object(struct exchange *x,
                             bool (*read_more)(struct exchange *x, const struct badge_json_value *object))
{
    struct badge_arena arena;
    badge_arena_init(&arena, 32 * MAX_BODY_LEN);
    const struct badge_json_value *document = parse_body(x, &arena);
    bool is_read = false;
    if (document && !badge_json_is(document, BADGE_JSON_OBJECT))
        exchange_problem(x, PROBLEM_BAD_MEMBER, "Send an object.");
    else
        is_read = document && read_more(x, document);
    badge_arena_release(&arena);
    return is_read;
}

void digest_list_release(struct digest_list *list)
{
    strbuf_release(&list->body);
    free(list->is_digest);
    free(list->digest);
}

void digest_list_write_bad(struct json_out *out)
{
    problem_write(out, "error", PROBLEM_BAD_DIGEST, "Give each digest as a string of 64 hexadecimal digits.",
                  BADGE_NO_OFFSET);
}
