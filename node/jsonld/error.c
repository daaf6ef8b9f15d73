/*
 * Errors of a run: a code of the recommendation, and where it is. The way to a value is looked for only when there is
 * an error, by the address of the value, in the document and then in the contexts.
 */
#include <string.h>

#include "badge/text.h"
#include "core/text.h"
#include "jsonld/context.h"

/* A JSON pointer that is being written, from its end to its beginning. */
struct pointer {
    const struct badge_json_value *wanted;
    bool is_loose; /* a copy of the value will do */
    char text[sizeof((struct badge_jsonld_err *)0)->pointer];
    size_t len;
};

/* The same value; or, loosely, a copy of it, as members of an imported context are. */
static bool is_it(const struct pointer *pointer, const struct badge_json_value *value)
{
    const struct badge_json_value *wanted = pointer->wanted;
    if (value == wanted || !pointer->is_loose || value->type != wanted->type || value->len != wanted->len ||
        value->len == 0)
        return value == wanted;
    return badge_json_is(value, BADGE_JSON_STRING)
               ? value->as.text == wanted->as.text
               : value->type > BADGE_JSON_STRING && value->as.child == wanted->as.child;
}

static void put(struct pointer *pointer, const char *bytes, size_t len)
{
    size_t room = sizeof pointer->text - 1 - pointer->len;
    len = len < room ? len : room;
    memcpy(pointer->text + pointer->len, bytes, len);
    pointer->len += len;
}

/* RFC 6901 section 3. */
static void put_name(struct pointer *pointer, struct badge_text name)
{
    put(pointer, "/", 1);
    for (size_t i = 0; i < name.len; i++) {
        if (name.bytes[i] == '~')
            put(pointer, "~0", 2);
        else if (name.bytes[i] == '/')
            put(pointer, "~1", 2);
        else
            put(pointer, name.bytes + i, 1);
    }
}

static void put_place(struct pointer *pointer, size_t i)
{
    char digits[24];
    size_t n = sizeof digits;
    do
        digits[--n] = (char)('0' + i % 10);
    while ((i /= 10) > 0);
    digits[--n] = '/';
    put(pointer, digits + n, sizeof digits - n);
}

/* Recursion follows the nesting of a parsed tree. */
static bool search(struct pointer *pointer, const struct badge_json_value *in)
{
    if (is_it(pointer, in))
        return true;
    size_t before = pointer->len;
    for (size_t i = 0; i < badge_json_count(in); i++) {
        struct badge_text name = {0};
        const struct badge_json_value *child = badge_json_at(in, i, &name);
        if (badge_json_is(in, BADGE_JSON_OBJECT))
            put_name(pointer, name);
        else
            put_place(pointer, i);
        if (search(pointer, child))
            return true;
        pointer->len = before;
    }
    return false;
}

static void copy_url(struct badge_jsonld_err *err, struct badge_text url)
{
    size_t len = url.len < sizeof err->url ? url.len : sizeof err->url - 1;
    memcpy(err->url, url.bytes, len);
    err->url[len] = '\0';
}

/* In the document, or in the context whose URL is then noted. */
static bool search_all(struct ld_run *run, struct pointer *pointer)
{
    if (run->document && search(pointer, run->document))
        return true;
    const struct ld_document *document = run->processor->documents;
    while (document && !search(pointer, document->root))
        document = document->next;
    if (document)
        copy_url(run->err, document->url);
    return document;
}

static void locate(struct ld_run *run, const struct badge_json_value *at)
{
    struct pointer pointer = {.wanted = at};
    if (!at)
        return;
    if (!search_all(run, &pointer)) {
        pointer.is_loose = true;
        (void)search_all(run, &pointer);
    }
    memcpy(run->err->pointer, pointer.text, pointer.len);
    run->err->pointer[pointer.len] = '\0';
}

enum badge_status ld_fail(struct ld_run *run, const struct badge_json_value *at, const char *code)
{
    run->err->code = code;
    locate(run, at);
    return badge_fail(&run->err->err, BADGE_ETYPE, BADGE_NO_OFFSET, "%s at \"%s\"%s%s", code, run->err->pointer,
                      run->err->url[0] == '\0' ? "" : " of ", run->err->url);
}

enum badge_status ld_unknown(struct ld_run *run, struct badge_text url, const struct badge_json_value *at)
{
    run->err->code = "context unknown";
    locate(run, at);
    copy_url(run->err, url);
    return badge_fail(&run->err->err, BADGE_ENOTFOUND, BADGE_NO_OFFSET, "the context %s is not known here",
                      run->err->url);
}

enum badge_status ld_too_large(struct ld_run *run, const struct badge_json_value *at)
{
    run->err->code = "too large";
    locate(run, at);
    return badge_fail(&run->err->err, BADGE_ELIMIT, BADGE_NO_OFFSET, "the document is beyond what is read of one");
}

enum badge_status ld_no_memory(struct ld_run *run)
{
    if (run->processor->kept.is_full)
        return ld_too_large(run, NULL);
    return badge_no_memory(&run->err->err);
}
