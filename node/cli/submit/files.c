/*
 * Submits files, one request each, with a bounded number in flight. Each file is digested here too: an answer with
 * another digest is an error.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "audit/task_pool.h"
#include "badge/reading.h"
#include "cli/submit/submission.h"
#include "cli/support/document.h"
#include "core/compiler.h"
#include "core/format.h"
#include "runtime/file.h"

#define MAX_IN_FLIGHT 64

struct posting {
    struct submission *submission;
    struct badge_digester *digester;
    size_t n_done;
};

static void files_report(const struct submission *submission, const struct submission_item *item, const char *state,
                         json_t *notices)
{
    struct hash_text hex = core_hash_text(&item->digest);
    if (submission->cli->json)
        cli_print_json(json_pack("{s:o,s:s,s:s,s:s,s:O*}", "file", cli_json_text(item->path), "digest", hex.s,
                                 "canonicalization", badge_label_name(item->label), "state", state, "notices",
                                 notices));
    else
        cli_print("%s %-7s %-7s %s", hex.s, badge_label_name(item->label), state, item->path);
}

static void files_count_refused(struct submission *submission, const struct submission_item *item, const char *why)
{
    submission->n_refused++;
    if (submission->cli->json)
        cli_print_json(json_pack("{s:o,s:o}", "file", cli_json_text(item->path), "error", cli_json_text(why)));
}

static void files_refuse(struct submission *submission, const struct submission_item *item, const char *why)
{
    files_count_refused(submission, item, why);
    cli_warn("%s: %s", item->path, why);
}

/* The node's record of the credential must have the digest that was computed here. */
static void files_take_record(struct submission *submission, struct submission_item *item,
                              const struct net_response *response)
{
    json_t *record = json_loadb(response->body, response->body_len, JSON_REJECT_DUPLICATES, NULL);
    const char *digest = json_string_value(json_object_get(record, "digest"));
    const char *state = json_string_value(json_object_get(record, "state"));
    struct badge_hash theirs;
    if (!digest || !state || strlen(state) > 16 || !cli_read_digest(&theirs, digest) ||
        badge_hash_compare(&theirs, &item->digest) != 0) {
        submission_unreachable(submission, "its answer is not a record of this credential");
    } else {
        item->accepted = true;
        json_t *notices = json_object_get(record, "notices");
        files_report(submission, item, state, notices);
        submission_notices(submission, item->path, notices);
    }
    json_decref(record);
}

static void files_end(struct pool_task *task)
{
    struct posting *posting = task->pool->context;
    if (posting->submission->stopped)
        task_pool_stop(task->pool);
    else
        posting->n_done++;
    progress_show(&posting->submission->progress, posting->n_done);
    pool_task_done(task);
}

static void files_on_response(void *context, const struct net_response *response)
{
    struct pool_task *task = context;
    struct submission *submission = ((struct posting *)task->pool->context)->submission;
    struct submission_item *item = &submission->item[task->i];
    if (response->status != BADGE_OK) {
        submission_stop(submission, CLI_UNREACHABLE, response->err.text);
    } else if (response->http_status == 200 || response->http_status == 201) {
        files_take_record(submission, item, response);
    } else if (response->http_status >= 500 || response->http_status == 401 || response->http_status == 403 ||
               response->http_status == 429) {
        submission_answered(submission, response); /* it is not about this file: the others would get the same answer */
    } else {
        char why[256];
        session_problem(why, sizeof why, response);
        files_refuse(submission, item, why);
    }
    files_end(task);
}

static const char *content_type(enum badge_label label, bool is_image, const char *bytes, size_t len)
{
    if (is_image)
        return *(const unsigned char *)bytes == 0x89 ? "image/png" : "image/svg+xml";
    switch (label) {
    case BADGE_LABEL_JCS:
        return "application/json";
    case BADGE_LABEL_COMPACT:
        return "application/jwt";
    case BADGE_LABEL_RAW:
    case BADGE_LABEL_EXTERNAL:
        break;
    }
    return len >= 5 && memcmp(bytes, "%PDF-", 5) == 0 ? "application/pdf" : "application/octet-stream";
}

/* Whether its final receipt is on disk already. */
static bool files_is_done(const struct submission *submission, const struct submission_item *item)
{
    char path[4096], *text;
    size_t len;
    struct badge_receipt receipt;
    if (!submission->wait || !submission_receipt_path(submission, item, path, sizeof path) ||
        file_read(&text, &len, path, BADGE_RECEIPT_MAX_READ_LEN, NULL) != BADGE_OK)
        return false;
    bool done = badge_receipt_decode(&receipt, text, len, NULL) == BADGE_OK && receipt.status == BADGE_ANCHOR_FINAL &&
                badge_hash_compare(&receipt.digest.value, &item->digest) == 0;
    free(text);
    return done;
}

static bool has_ending(const char *name, const char *const *ending, size_t n)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < n; i++) {
        size_t ending_len = strlen(ending[i]);
        if (len >= ending_len && strcasecmp(name + len - ending_len, ending[i]) == 0)
            return true;
    }
    return false;
}

/* Whether these bytes, whose label is raw, were meant to be something else. */
static bool is_mistaken(const struct badge_digester *digester, const char *path, const char *bytes, size_t len)
{
    static const char *const promising[] = {".json", ".jsonld", ".json-ld", ".jwt", ".jws", ".png", ".svg"};
    bool is_read = badge_digester_reading(digester)->layer[0].kind != BADGE_LAYER_BYTES;
    if (badge_digester_digest(digester)->label != BADGE_LABEL_RAW || badge_digester_is_image(digester) || is_read)
        return false;
    bool begins = strchr("{[", bytes[0]) || (unsigned char)bytes[0] == 0x89 ||
                  (len >= 3 && memcmp(bytes, "eyJ", 3) == 0) || (len >= 4 && memcmp(bytes, "<svg", 4) == 0);
    return (bytes[0] && begins) || has_ending(path, promising, ARRAY_LEN(promising));
}

/*
 * Reads and digests one file. False: it needs no request, because it is refused here, without the node, or has its
 * receipt already.
 */
static bool files_read(struct posting *posting, struct submission_item *item, char **bytes, size_t *len)
{
    struct submission *submission = posting->submission;
    struct badge_err err = {0};
    struct badge_digest digest;
    char why[320];
    if (file_read(bytes, len, item->path, DOCUMENT_MAX_HELD, &err) != BADGE_OK) {
        files_count_refused(submission, item, err.text);
        return cli_refuse("%s", err.text); /* which names the file */
    }
    badge_digester_clear(posting->digester);
    document_take_images(posting->digester, item->path);
    if (*len == 0) {
        files_refuse(submission, item, "the file is empty");
    } else if (badge_digester_update(posting->digester, *bytes, *len, &err) != BADGE_OK ||
               badge_digester_final(posting->digester, &digest, &err) != BADGE_OK) {
        if (err.offset == BADGE_NO_OFFSET)
            (void)snprintf(why, sizeof why, "%s", err.text);
        else
            (void)snprintf(why, sizeof why, "%s (at byte %zu)", err.text, err.offset);
        files_refuse(submission, item, why);
    } else if (!submission->raw && is_mistaken(posting->digester, item->path, *bytes, *len)) {
        files_refuse(submission, item,
                     "its name or beginning says JSON, JWT or image, and it is none: mend it, or record its bytes as "
                     "they are with --raw");
    } else {
        item->digest = digest.value;
        item->label = digest.label;
        if (!files_is_done(submission, item))
            return true;
        submission->n_already++;
        files_report(submission, item, "final", NULL);
    }
    free(*bytes);
    return false;
}

static void files_start(struct pool_task *task)
{
    struct posting *posting = task->pool->context;
    struct submission *submission = posting->submission;
    struct submission_item *item = &submission->item[task->i];
    struct badge_err err = {0};
    char *bytes, url[4096];
    size_t len;
    if (!files_read(posting, item, &bytes, &len)) {
        files_end(task);
        return;
    }
    (void)snprintf(url, sizeof url, "%s/v1/credentials%s", cli_node(submission->cli), submission->query);
    bool is_image = badge_digester_is_image(posting->digester);
    struct net_request request = {.url = url,
                                  .body = bytes,
                                  .body_len = len,
                                  .content_type = submission->raw ? "application/octet-stream"
                                                                  : content_type(item->label, is_image, bytes, len),
                                  .authorization = submission->authorization,
                                  .callback = files_on_response,
                                  .context = task};
    if (http_retry(&submission->session, &request, &err) != BADGE_OK) {
        submission_stop(submission, CLI_USAGE, err.text);
        files_end(task);
    }
}

void submit_summarize(const struct submission *submission)
{
    enum { JSON, JWT, IMAGE, PDF, OTHER, N_KINDS };
    static const char *const name[N_KINDS] = {"JSON", "JWT", "image", "PDF", "other"};
    size_t n[N_KINDS] = {0};
    struct badge_digester *digester;
    if (badge_digester_new(&digester, DOCUMENT_MAX_HELD, NULL) != BADGE_OK)
        return; /* submitting says so */
    for (size_t i = 0; i < submission->n_items; i++) {
        char *bytes;
        size_t len;
        struct badge_digest digest;
        const char *path = submission->item[i].path;
        if (strcmp(path, "-") == 0 || file_read(&bytes, &len, path, DOCUMENT_MAX_HELD, NULL) != BADGE_OK)
            continue;
        badge_digester_clear(digester);
        bool is_read = badge_digester_update(digester, bytes, len, NULL) == BADGE_OK &&
                       badge_digester_final(digester, &digest, NULL) == BADGE_OK;
        if (badge_digester_is_image(digester))
            n[IMAGE]++;
        else if (is_read && digest.label != BADGE_LABEL_RAW)
            n[digest.label == BADGE_LABEL_JCS ? JSON : JWT]++;
        else
            n[len >= 5 && memcmp(bytes, "%PDF-", 5) == 0 ? PDF : OTHER]++;
        free(bytes);
    }
    badge_digester_free(digester);
    char text[200];
    size_t len = (size_t)snprintf(text, sizeof text, "%zu %s", submission->n_items,
                                  submission->n_items == 1 ? "file" : "files");
    for (size_t kind = 0; kind < N_KINDS; kind++)
        if (n[kind])
            len += (size_t)snprintf(text + len, sizeof text - len, ", %zu %s", n[kind], name[kind]);
    cli_warn("%s", text);
}

void submit_files(struct submission *submission)
{
    struct posting posting = {.submission = submission};
    struct task_pool pool = {.loop = &submission->session.loop,
                             .n_tasks = submission->n_items,
                             .at_once = MAX_IN_FLIGHT,
                             .start = files_start,
                             .context = &posting};
    struct badge_err err = {0};
    if (badge_digester_new(&posting.digester, DOCUMENT_MAX_HELD, &err) != BADGE_OK) {
        submission_stop(submission, CLI_USAGE, err.text);
        return;
    }
    progress_begin(&submission->progress, "submitted", submission->n_items);
    task_pool_run(&pool);
    if (!pool.stopped && pool.next < pool.n_tasks)
        submission_stop(submission, CLI_USAGE, "out of memory");
    progress_end(&submission->progress);
    badge_digester_free(posting.digester);
}
