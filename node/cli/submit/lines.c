/*
 * Submits NDJSON, one credential on each line. The file is split at line ends into chunks of some megabytes, one
 * request each, a few at a time, so memory is bounded for a file of any length.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/submit/submission.h"

#define CHUNK_LEN ((size_t)4 << 20)
#define LINE_MAX_LEN ((size_t)64 << 20) /* the most that a node's http.max_json can be */
#define MAX_IN_FLIGHT 3

struct lines {
    struct submission *submission;
    const char *path;
    FILE *file;
    char *buffer; /* read and not sent yet: at most a chunk, or a line that is longer */
    size_t buffer_len, capacity;
    uint64_t next_line, lines_before; /* lines_before: of earlier files */
    size_t n_in_flight;
    bool failed;
};

struct lines_chunk {
    struct lines *lines;
    uint64_t first_line, n_documents; /* lines that are not blank: each is answered */
};

static void lines_take_answer(struct lines_chunk *chunk, json_t *answer)
{
    struct submission *submission = chunk->lines->submission;
    const char *digest = json_string_value(json_object_get(answer, "digest"));
    uint64_t line = chunk->first_line - 1 + (uint64_t)json_integer_value(json_object_get(answer, "line"));
    struct badge_hash hash;
    submission->n_lines++;
    json_object_set_new(answer, "line", json_integer((json_int_t)line));
    if (submission->cli->json)
        cli_print_json(json_incref(answer));
    if (digest && cli_read_digest(&hash, digest) && !json_object_get(answer, "error")) {
        if (submission->wait && !submission_add(submission, NULL, &hash, true))
            submission_stop(submission, CLI_USAGE, "out of memory");
        char of[4200];
        (void)snprintf(of, sizeof of, "%s:%llu", chunk->lines->path, (unsigned long long)line);
        submission_notices(submission, of, json_object_get(answer, "notices"));
        return;
    }
    json_t *error = json_object_get(answer, "error");
    const char *detail = json_string_value(json_object_get(error, "detail"));
    if (json_integer_value(json_object_get(error, "status")) >= 500) { /* not about this line: later ones fail too */
        submission_unreachable(submission, detail ? detail : "it could not store every line");
        return;
    }
    json_t *offset = json_object_get(error, "offset");
    submission->n_refused++;
    if (json_is_integer(offset))
        cli_warn("%s:%llu: %s (at byte %lld of the line)", chunk->lines->path, (unsigned long long)line,
                 detail ? detail : "refused", (long long)json_integer_value(offset));
    else
        cli_warn("%s:%llu: %s", chunk->lines->path, (unsigned long long)line, detail ? detail : "refused");
}

static void lines_take_answers(struct lines_chunk *chunk, const char *body, size_t len)
{
    uint64_t before = chunk->lines->submission->n_lines;
    for (const char *at = body, *end = body + len; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *line_end = newline ? newline : end;
        json_t *answer = json_loadb(at, (size_t)(line_end - at), JSON_REJECT_DUPLICATES, NULL);
        if (json_is_object(answer))
            lines_take_answer(chunk, answer);
        else
            submission_unreachable(chunk->lines->submission, "its answer is not one result on each line");
        json_decref(answer);
        at = line_end + 1;
    }
    if (chunk->lines->submission->n_lines - before != chunk->n_documents)
        submission_unreachable(chunk->lines->submission, "it did not answer every line");
}

/* The lines that hold more than white space. */
static uint64_t count_documents(const char *body, size_t len)
{
    uint64_t n = 0;
    bool blank = true;
    for (size_t i = 0; i < len; i++) {
        if (body[i] == '\n')
            blank = true;
        else if (blank && (body[i] == '\0' || !strchr(" \t\r", body[i]))) {
            blank = false;
            n++;
        }
    }
    return n;
}

static void lines_pump(struct lines *lines);

static void lines_on_response(void *context, const struct net_response *response)
{
    struct lines_chunk *chunk = context;
    struct lines *lines = chunk->lines;
    struct submission *submission = lines->submission;
    lines->n_in_flight--;
    if (response->status != BADGE_OK) {
        submission_stop(submission, CLI_UNREACHABLE, response->err.text);
    } else if (response->http_status == 200) {
        lines_take_answers(chunk, response->body, response->body_len);
    } else {
        submission_answered(submission, response);
    }
    free(chunk);
    progress_show(&submission->progress, submission->n_lines - lines->lines_before);
    lines_pump(lines);
}

/* Sends the first len bytes of the buffer, which end with a line. */
static void lines_send_chunk(struct lines *lines, size_t len)
{
    struct submission *submission = lines->submission;
    struct badge_err err = {0};
    char url[4096], *body = malloc(len);
    struct lines_chunk *chunk = calloc(1, sizeof *chunk);
    if (!body || !chunk) {
        free(body);
        free(chunk);
        submission_stop(submission, CLI_USAGE, "out of memory");
        return;
    }
    memcpy(body, lines->buffer, len);
    *chunk = (struct lines_chunk){lines, lines->next_line, count_documents(body, len)};
    for (size_t i = 0; i < len; i++)
        lines->next_line += body[i] == '\n';
    memmove(lines->buffer, lines->buffer + len, lines->buffer_len - len);
    lines->buffer_len -= len;
    (void)snprintf(url, sizeof url, "%s/v1/credentials%s", cli_node(submission->cli), submission->query);
    struct net_request request = {.url = url,
                                  .body = body,
                                  .body_len = len,
                                  .content_type = "application/x-ndjson",
                                  .authorization = submission->authorization,
                                  .callback = lines_on_response,
                                  .context = chunk};
    if (http_retry(&submission->session, &request, &err) != BADGE_OK) {
        free(chunk);
        submission_stop(submission, CLI_USAGE, err.text);
        return;
    }
    lines->n_in_flight++;
}

/* Fills the buffer; false at an error. */
static bool lines_fill(struct lines *lines)
{
    lines->buffer_len += fread(lines->buffer + lines->buffer_len, 1, lines->capacity - lines->buffer_len, lines->file);
    return !ferror(lines->file) || cli_refuse("%s: %s", lines->path, strerror(errno));
}

/* More room for a line that is longer than the buffer; false: it is too long, or there is no memory. */
static bool lines_grow(struct lines *lines)
{
    if (lines->capacity >= LINE_MAX_LEN)
        return cli_refuse("%s:%llu: the line is longer than %zu bytes", lines->path,
                          (unsigned long long)lines->next_line, LINE_MAX_LEN);
    char *buffer = realloc(lines->buffer, 2 * lines->capacity);
    if (!buffer)
        return cli_refuse("out of memory");
    lines->buffer = buffer;
    lines->capacity *= 2;
    return true;
}

static void lines_pump(struct lines *lines)
{
    while (lines->n_in_flight < MAX_IN_FLIGHT && !lines->failed && !lines->submission->stopped) {
        if (!lines_fill(lines)) {
            lines->failed = true;
            return;
        }
        if (!lines->buffer_len)
            return;
        const char *newline = memrchr(lines->buffer, '\n', lines->buffer_len);
        if (!newline && !feof(lines->file)) {
            lines->failed = !lines_grow(lines);
            continue;
        }
        lines_send_chunk(lines, feof(lines->file) ? lines->buffer_len : (size_t)(newline - lines->buffer) + 1);
    }
}

int submit_lines(struct submission *submission, const char *path)
{
    bool standard_input = strcmp(path, "-") == 0;
    struct lines lines = {.submission = submission,
                          .path = standard_input ? "standard input" : path,
                          .next_line = 1,
                          .lines_before = submission->n_lines};
    lines.file = standard_input ? stdin : fopen(path, "re");
    if (!lines.file)
        return cli_fail(CLI_USAGE, "%s: %s", path, strerror(errno));
    lines.buffer = malloc(CHUNK_LEN);
    lines.capacity = CHUNK_LEN;
    uint64_t refused = submission->n_refused;
    progress_begin(&submission->progress, "submitted", 0);
    if (lines.buffer)
        lines_pump(&lines);
    while (lines.n_in_flight)
        (void)uv_run(&submission->session.loop, UV_RUN_ONCE);
    progress_end(&submission->progress);
    if (!submission->cli->json && lines.buffer)
        printf("%llu accepted, %llu refused of %s\n",
               (unsigned long long)(submission->n_lines - lines.lines_before - (submission->n_refused - refused)),
               (unsigned long long)(submission->n_refused - refused), lines.path);
    free(lines.buffer);
    if (!standard_input)
        (void)fclose(lines.file);
    return lines.failed || !lines.buffer ? CLI_USAGE : CLI_YES;
}
