/*
 * Documents and contexts from files. Called by the command line, and by the daemon on the pool, before anything is
 * verified with them.
 */
#include "audit/given.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/did.h"
#include "badge/status_list.h"
#include "core/format.h"
#include "core/grow.h"
#include "core/text.h"
#include "runtime/file.h"

#define MAX_FILES 1000 /* of each kind */
#define MAX_CONTEXT_LEN ((size_t)1 << 20)
#define PATH_LEN 4096

struct given_list {
    struct given_document *item;
    size_t n, capacity;
};

struct given {
    struct given_list documents, contexts; /* of a context, id is its URL */
};

enum badge_status given_new(struct given **out, struct badge_err *err)
{
    *out = calloc(1, sizeof **out);
    return *out ? BADGE_OK : badge_no_memory(err);
}

static void list_release(struct given_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->item[i].id);
        free(list->item[i].bytes);
    }
    free(list->item);
}

void given_free(struct given *given)
{
    if (!given)
        return;
    list_release(&given->documents);
    list_release(&given->contexts);
    free(given);
}

/* Takes the bytes, also on failure. */
static enum badge_status list_add(struct given_list *list, struct badge_text id, char *bytes, size_t len,
                                  struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    char *copy = malloc(id.len + 1);
    struct given_document *more = NULL;
    if (list->n == MAX_FILES)
        status = badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "more than %d files", MAX_FILES);
    else
        more = core_grow(list->item, &list->capacity, list->n + 1, sizeof *more);
    if (more)
        list->item = more;
    if (!copy || (status == BADGE_OK && !more))
        status = badge_no_memory(err);
    if (status != BADGE_OK) {
        free(copy);
        free(bytes);
        return status;
    }
    memcpy(copy, id.bytes, id.len);
    copy[id.len] = '\0';
    list->item[list->n++] = (struct given_document){.id = copy, .bytes = bytes, .len = len};
    return BADGE_OK;
}

/* Puts the file's name before the text of an error that does not name it. */
static enum badge_status fail_in(struct badge_err *err, const char *file, const struct badge_err *cause)
{
    return badge_fail(err, cause->status, cause->offset, "%s: %s", file, cause->text);
}

enum badge_status given_add_document(struct given *given, struct badge_text id, const char *file, struct badge_err *err)
{
    char *bytes;
    size_t len;
    enum badge_status status = file_read(&bytes, &len, file, BADGE_STATUS_MAX_LIST, err);
    return status == BADGE_OK ? list_add(&given->documents, id, bytes, len, err) : status;
}

enum badge_status given_add_context(struct given *given, struct badge_text url, const char *file, struct badge_err *err)
{
    char *bytes;
    size_t len;
    struct badge_jsonld *processor = NULL;
    struct badge_err cause = {.status = BADGE_OK};
    enum badge_status status = file_read(&bytes, &len, file, MAX_CONTEXT_LEN, err);
    if (status != BADGE_OK)
        return status;
    cause.status = badge_jsonld_new(&processor, &cause);
    if (cause.status == BADGE_OK)
        cause.status = badge_jsonld_add_context(processor, url, bytes, len, &cause);
    badge_jsonld_free(processor);
    if (cause.status == BADGE_OK)
        return list_add(&given->contexts, url, bytes, len, err);
    free(bytes);
    return fail_in(err, file, &cause);
}

/* -- folders ------------------------------------------------------------------------------------------------------- */

static enum badge_status add_by_id(struct given *given, const char *file, struct badge_err *err)
{
    char *bytes;
    size_t len;
    struct badge_arena arena;
    struct badge_err cause = {.status = BADGE_OK};
    const struct badge_json_value *document = NULL;
    struct badge_text id;
    enum badge_status status = file_read(&bytes, &len, file, BADGE_STATUS_MAX_LIST, err);
    if (status != BADGE_OK)
        return status;
    badge_arena_init(&arena, 128 * BADGE_DID_MAX_DOCUMENT + 4 * len);
    cause.status = badge_json_parse(&document, &arena, bytes, len, &cause);
    if (cause.status == BADGE_OK && (!badge_json_string(badge_json_member(document, "id"), &id) || id.len == 0))
        cause.status = badge_fail(&cause, BADGE_ETYPE, BADGE_NO_OFFSET,
                                  "it is not a JSON object with an id, which says whose document it is");
    if (cause.status == BADGE_OK) {
        status = list_add(&given->documents, id, bytes, len, err);
    } else {
        free(bytes);
        status = fail_in(err, file, &cause);
    }
    badge_arena_release(&arena);
    return status;
}

static bool path_in(char out[PATH_LEN], const char *folder, const char *name)
{
    int n = snprintf(out, PATH_LEN, "%s/%s", folder, name);
    return n > 0 && n < PATH_LEN;
}

static bool is_json_name(const char *name)
{
    size_t len = strlen(name);
    return name[0] != '.' && len > 5 && strcmp(name + len - 5, ".json") == 0;
}

enum badge_status given_add_documents(struct given *given, const char *folder, struct badge_err *err)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return file_fail(err, "can't read", folder, errno);
    enum badge_status status = BADGE_OK;
    const struct dirent *entry;
    while (status == BADGE_OK && (entry = readdir(dir))) { /* NOLINT(concurrency-mt-unsafe): a stream of its own */
        char path[PATH_LEN];
        if (!is_json_name(entry->d_name))
            continue;
        status = path_in(path, folder, entry->d_name)
                     ? add_by_id(given, path, err)
                     : badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "%s: a file's name is too long", folder);
    }
    closedir(dir);
    return status;
}

/* One line of contexts.txt, which it cuts into its two words. */
static enum badge_status add_line(struct given *given, const char *folder, char *line, unsigned number,
                                  struct badge_err *err)
{
    static const char space[] = " \t\r";
    char path[PATH_LEN], *url = line + strspn(line, space), *end = url + strcspn(url, space);
    if (!*url || *url == '#')
        return BADGE_OK;
    char *name = end + strspn(end, space), *name_end = name + strcspn(name, space);
    if (name == name_end || name_end[strspn(name_end, space)] || strchr(name, '/') || url == name)
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                          "%s/contexts.txt:%u: a line is the URL of a context and the name of its file in this folder",
                          folder, number);
    *name_end = '\0';
    if (!path_in(path, folder, name))
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "%s: a file's name is too long", folder);
    return given_add_context(given, (struct badge_text){url, (size_t)(end - url)}, path, err);
}

enum badge_status given_add_contexts(struct given *given, const char *folder, struct badge_err *err)
{
    char path[PATH_LEN], *text;
    size_t len;
    if (!path_in(path, folder, "contexts.txt"))
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "the name of the folder is too long");
    enum badge_status status = file_read(&text, &len, path, MAX_CONTEXT_LEN, err);
    if (status != BADGE_OK)
        return status;
    unsigned number = 0;
    for (char *line = text, *next; status == BADGE_OK && line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        status = add_line(given, folder, line, ++number, err);
    }
    free(text);
    return status;
}

/* -- use ----------------------------------------------------------------------------------------------------------- */

const struct given_document *given_find(const struct given *given, struct badge_text id)
{
    for (size_t i = 0; i < given->documents.n; i++)
        if (core_text_is(id, given->documents.item[i].id))
            return &given->documents.item[i];
    return NULL;
}

enum badge_status given_processor(struct badge_jsonld **out, const struct given *given, struct badge_err *err)
{
    enum badge_status status = badge_jsonld_new(out, err);
    for (size_t i = 0; status == BADGE_OK && i < given->contexts.n; i++) {
        const struct given_document *context = &given->contexts.item[i];
        status = badge_jsonld_add_context(*out, (struct badge_text){context->id, strlen(context->id)}, context->bytes,
                                          context->len, err);
    }
    if (status == BADGE_OK)
        return BADGE_OK;
    badge_jsonld_free(*out);
    *out = NULL;
    return status;
}
