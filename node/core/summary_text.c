/*
 * Texts of a summary: found in the forms in which credentials have them, cut after a whole character, and written.
 */
#include <string.h>

#include "core/claims.h"
#include "core/shape.h"
#include "core/summary.h"
#include "core/text.h"

/* -- the bytes ----------------------------------------------------------------------------------------------------- */

static bool put(void *to, const char *bytes, size_t len)
{
    struct summary *out = to;
    if (len > out->capacity - out->len) {
        size_t capacity = out->capacity * 2 > out->len + len ? out->capacity * 2 : out->len + len;
        char *grown = badge_arena_alloc(out->arena, capacity);
        if (!grown)
            return false;
        memcpy(grown, out->bytes, out->len);
        out->bytes = grown;
        out->capacity = capacity;
    }
    memcpy(out->bytes + out->len, bytes, len);
    out->len += len;
    return true;
}

void summary_begin(struct summary *out, struct badge_arena *arena)
{
    enum { FIRST = 4096 };
    *out = (struct summary){.json = {.put = put, .to = out}, .arena = arena, .capacity = FIRST};
    out->bytes = badge_arena_alloc(arena, FIRST);
    out->json.failed = !out->bytes;
}

static size_t cut(struct badge_text text, size_t max_len)
{
    if (text.len <= max_len)
        return text.len;
    while (max_len > 0 && ((uint8_t)text.bytes[max_len] & 0xc0) == 0x80)
        max_len--;
    return max_len;
}

/* -- texts in languages -------------------------------------------------------------------------------------------- */

static void add(struct summary_texts *texts, struct badge_text language, struct badge_text text)
{
    text = core_text_trim(text);
    if (text.len == 0 || texts->n == SUMMARY_LANGUAGES)
        return;
    for (size_t i = 0; i < texts->n; i++)
        if (core_text_equal(texts->at[i].language, language) && core_text_equal(texts->at[i].text, text))
            return;
    texts->at[texts->n].language = language;
    texts->at[texts->n++].text = text;
}

/* BCP 47, as far as it takes to know a language from a member's name: two or three letters, then parts of up to eight.
 */
static bool is_language(struct badge_text name)
{
    size_t part = 0, n = 0;
    if (core_text_is(name, "@none") || core_text_is(name, "none"))
        return true;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.bytes[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (c == '-') {
            if (n < (part == 0 ? 2 : 1))
                return false;
            part++;
            n = 0;
        } else {
            bool is_fitting = is_letter || (part > 0 && c >= '0' && c <= '9');
            if (!is_fitting || ++n > (part == 0 ? 3 : 8))
                return false;
        }
    }
    return n >= (part == 0 ? 2 : 1);
}

static bool is_language_map(const struct badge_json_value *value)
{
    for (size_t i = 0; i < badge_json_count(value); i++) {
        struct badge_text name;
        const struct badge_json_value *member = badge_json_at(value, i, &name);
        if (core_text_is(name, "id") || !is_language(name) ||
            !(badge_json_is(member, BADGE_JSON_STRING) || badge_json_is(member, BADGE_JSON_ARRAY)))
            return false;
    }
    return badge_json_count(value) > 0;
}

static void collect(struct summary_texts *texts, struct summary *out, const struct badge_json_value *value,
                    struct badge_text language, unsigned depth)
{
    struct badge_text text, name;
    double number;
    if (depth > 4)
        return;
    if (badge_json_string(value, &text)) {
        add(texts, language, text);
    } else if (badge_json_number(value, &number)) {
        char *digits = badge_arena_alloc(out->arena, BADGE_NUMBER_LEN);
        out->json.failed = out->json.failed || !digits;
        if (digits)
            add(texts, language, (struct badge_text){digits, badge_number_format(digits, number)});
    } else if (badge_json_is(value, BADGE_JSON_ARRAY)) {
        for (size_t i = 0; i < SUMMARY_ITEMS && i < badge_json_count(value); i++)
            collect(texts, out, badge_json_at(value, i, NULL), language, depth + 1);
    } else if (is_language_map(value)) {
        for (size_t i = 0; i < badge_json_count(value); i++) {
            const struct badge_json_value *member = badge_json_at(value, i, &name);
            bool is_none = core_text_is(name, "@none") || core_text_is(name, "none");
            collect(texts, out, member, is_none ? (struct badge_text){"", 0} : name, depth + 1);
        }
    } else if (badge_json_is(value, BADGE_JSON_OBJECT)) {
        const struct badge_json_value *tag = badge_json_member(value, "@language"),
                                      *one = badge_json_member(value, "@value");
        if (!badge_json_string(tag ? tag : badge_json_member(value, "language"), &language))
            language = (struct badge_text){"", 0};
        collect(texts, out, one ? one : badge_json_member(value, "value"), language, depth + 1);
    }
}

void summary_collect(struct summary_texts *texts, struct summary *out, const struct badge_json_value *value)
{
    collect(texts, out, value, (struct badge_text){"", 0}, 0);
}

void summary_collect_member(struct summary_texts *texts, struct summary *out, const struct badge_json_value *object,
                            const char *const *names, size_t n_names)
{
    for (size_t i = 0; i < n_names && texts->n == 0; i++)
        summary_collect(texts, out, badge_json_member(object, names[i]));
}

void summary_write_texts(struct summary *out, const char *name, const struct summary_texts *texts, size_t max_len)
{
    if (texts->n == 0) {
        json_out_null(&out->json, name);
        return;
    }
    json_out_array(&out->json, name);
    for (size_t i = 0; i < texts->n; i++) {
        const struct badge_text language = texts->at[i].language, text = texts->at[i].text;
        json_out_object(&out->json, NULL);
        if (language.len > 0)
            json_out_string(&out->json, "language", language.bytes, cut(language, 40));
        else
            json_out_null(&out->json, "language");
        json_out_string(&out->json, "text", text.bytes, cut(text, max_len));
        json_out_object_end(&out->json);
    }
    json_out_array_end(&out->json);
}

void summary_write_value(struct summary *out, const char *name, const struct badge_json_value *value, size_t max_len)
{
    struct summary_texts texts = {.n = 0};
    summary_collect(&texts, out, value);
    summary_write_texts(out, name, &texts, max_len);
}

/* -- other values -------------------------------------------------------------------------------------------------- */

void summary_write_string(struct summary *out, const char *name, const struct badge_json_value *value, size_t max_len)
{
    struct badge_text text;
    if (badge_json_string(value, &text) && text.len > 0)
        json_out_string(&out->json, name, text.bytes, cut(text, max_len));
    else
        json_out_null(&out->json, name);
}

static size_t add_plain(char *line, size_t room, const struct badge_json_value *value)
{
    struct badge_text text = {"", 0};
    char digits[BADGE_NUMBER_LEN];
    double number;
    if (badge_json_number(value, &number))
        text = (struct badge_text){digits, badge_number_format(digits, number)};
    else if (badge_json_is(value, BADGE_JSON_TRUE))
        text = (struct badge_text){"true", 4};
    else if (badge_json_is(value, BADGE_JSON_FALSE))
        text = (struct badge_text){"false", 5};
    else
        (void)badge_json_string(value, &text);
    size_t len = cut(text, room);
    if (len > 0)
        memcpy(line, text.bytes, len);
    return len;
}

void summary_write_plain(struct summary *out, const char *name, const struct badge_json_value *value)
{
    enum { MAX = 500, PARTS = 8 };
    char line[MAX];
    size_t n = 0;
    for (size_t i = 0; i < PARTS && summary_item(value, i); i++) {
        if (i > 0 && n + 2 < sizeof line) {
            memcpy(line + n, ", ", 2);
            n += 2;
        }
        n += add_plain(line + n, sizeof line - n, summary_item(value, i));
    }
    json_out_string(&out->json, name, line, n);
}

const struct badge_json_value *summary_item(const struct badge_json_value *list, size_t i)
{
    if (i >= SUMMARY_ITEMS)
        return NULL;
    if (badge_json_is(list, BADGE_JSON_ARRAY))
        return badge_json_at(list, i, NULL);
    return i == 0 && !badge_json_is(list, BADGE_JSON_NULL) ? list : NULL;
}

const struct badge_json_value *summary_object(const struct badge_json_value *list, size_t i)
{
    const struct badge_json_value *one = summary_item(list, i);
    return badge_json_is(one, BADGE_JSON_OBJECT) ? one : NULL;
}

const struct badge_json_value *summary_id(const struct badge_json_value *value)
{
    return badge_json_is(value, BADGE_JSON_STRING) ? value : claims_id(value);
}
