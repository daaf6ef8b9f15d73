/*
 * Parses JSON-RPC 2.0 replies for rpc.c into a result, the provider's error as bounded, printable text, or one sentence
 * that says why the reply is invalid. A result counts only with HTTP 200 and the request's own id; an error object also
 * with another status or a null id, because providers answer so if they did not parse the request.
 */
#include "chain/rpc_reply.h"

#include <string.h>

#include "core/compiler.h"

/* Printable ASCII, truncated to capacity: the text is untrusted and goes to logs and terminals. */
static void copy_printable(char *out, size_t capacity, const char *text)
{
    size_t len = 0;
    for (; text[len] && len + 1 < capacity; len++)
        out[len] = text[len] >= ' ' && text[len] < 0x7f ? text[len] : '?';
    out[len] = '\0';
}

#define SECRET_MIN_LEN 8 /* shorter parts of a URL are words, such as v3 */

/* Hides the word wherever it stands in the text, and its beginning at the end of a text that was cut. */
static void hide_word(char *text, bool is_cut, const char *word, size_t len)
{
    for (char *at = text; *at; at++) {
        size_t same = 0;
        while (same < len && at[same] == word[same])
            same++;
        if (same == len || (is_cut && same > 0 && !at[same]))
            memset(at, '*', same);
    }
}

/* A provider may repeat the URL that it was asked at: of that, only what is in its name is shown. */
static void hide_url(char *text, size_t capacity, const char *url, const char *name)
{
    static const char between[] = "/?&=#:@";
    bool is_cut = strlen(text) + 1 == capacity;
    char word[REPLY_TEXT_MAX_LEN + 1];
    for (const char *at = url; *at; at += strcspn(at, between), at += strspn(at, between)) {
        size_t len = strcspn(at, between);
        if (len < SECRET_MIN_LEN)
            continue;
        len = len < sizeof word - 1 ? len : sizeof word - 1;
        memcpy(word, at, len);
        word[len] = '\0';
        if (!strstr(name, word))
            hide_word(text, is_cut, word, len);
        badge_wipe(word, sizeof word);
    }
}

/* "0x…", or with text before it ("Reverted 0x…"). */
static void copy_hex(char *out, size_t capacity, const char *text)
{
    const char *hex = strstr(text, "0x");
    size_t len = hex ? 2 + strspn(hex + 2, "0123456789abcdefABCDEF") : 0;
    if (hex && hex[len] == '\0' && len < capacity)
        memcpy(out, hex, len + 1);
}

/* The member of an error's data in which the revert data is, or is further inside; the last for ganache. */
static const json_t *inner_data(const json_t *data)
{
    static const char *const member[] = {"data", "originalError", "result", "return"};
    for (size_t i = 0; i < ARRAY_LEN(member); i++) {
        const json_t *inner = json_object_get(data, member[i]);
        if (inner)
            return inner;
    }
    const char *key;
    json_t *inner;
    json_object_foreach((json_t *)(uintptr_t)data, key, inner) /* earlier ones key it by the transaction's hash */
        if (strncmp(key, "0x", 2) == 0) return inner;
    return NULL;
}

static void read_data(struct parsed_reply *out, const json_t *data)
{
    for (int depth = 0; depth < 3 && json_is_object(data); depth++)
        data = inner_data(data);
    if (json_is_string(data))
        copy_hex(out->data, sizeof out->data, json_string_value(data));
}

static void read_error(struct parsed_reply *out, const char *name, const char *url, const json_t *error)
{
    const char *message = json_string_value(json_object_get(error, "message"));
    out->is.error_code = json_integer_value(json_object_get(error, "code"));
    copy_printable(out->text, sizeof out->text, message ? message : "");
    hide_url(out->text, sizeof out->text, url, name);
    read_data(out, json_object_get(error, "data"));
    out->is.status = badge_fail(&out->is.err, BADGE_EREFUSED, BADGE_NO_OFFSET, "%s returned an error: %s (code %lld)",
                                name, out->text, (long long)out->is.error_code);
}

/* What the body of an HTTP error says, if it is a line of plain text, or JSON with a message in a usual place. */
static void copy_body(char *out, size_t capacity, const json_t *root, const char *body, size_t len)
{
    const json_t *error = json_object_get(root, "error"), *message = json_object_get(error, "message");
    char line[REPLY_TEXT_MAX_LEN + 1];
    size_t n = len < sizeof line - 1 ? len : sizeof line - 1;
    memcpy(line, body, n);
    line[n] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    const char *text = json_string_value(message ? message : error ? error : json_object_get(root, "message"));
    bool is_plain = !root && line[0] != '<' && line[0] != '{' && line[0] != '[';
    copy_printable(out, capacity, text ? text : is_plain ? line : "");
}

/* Not a JSON-RPC reply. An HTTP error status is the better reason. */
static void read_no_reply(struct parsed_reply *out, const char *name, const char *url, const char *why,
                          const char *body, size_t len)
{
    char said[100];
    copy_body(said, sizeof said, out->root, body, len);
    hide_url(said, sizeof said, url, name);
    if (out->is.http_status != 200)
        out->is.status = badge_fail(&out->is.err, BADGE_EIO, BADGE_NO_OFFSET, "%s answered HTTP %u%s%s", name,
                                    (unsigned)out->is.http_status, said[0] ? ": " : "", said);
    else
        out->is.status = badge_fail(&out->is.err, BADGE_EIO, BADGE_NO_OFFSET,
                                    "%s returned an invalid JSON-RPC reply: %s", name, why);
}

static bool is_id(const json_t *value, uint64_t id)
{
    return json_is_integer(value) && json_integer_value(value) == (json_int_t)id;
}

void rpc_reply_read(struct parsed_reply *out, const char *name, const char *url, uint64_t id, long http_status,
                    const char *body, size_t len)
{
    json_error_t wrong;
    out->text[0] = out->data[0] = '\0';
    out->is = (struct rpc_reply){.error_text = out->text, .error_data = out->data, .http_status = http_status};
    out->root = json_loadb(body, len, JSON_REJECT_DUPLICATES, &wrong);
    const char *version = json_string_value(json_object_get(out->root, "jsonrpc")), *why = NULL;
    const json_t *reply_id = json_object_get(out->root, "id"), *error = json_object_get(out->root, "error");
    json_t *result = json_object_get(out->root, "result");
    bool has_error = error && !json_is_null(error), has_result = result && !(has_error && json_is_null(result));
    if (!out->root)
        why = "the body is not valid JSON";
    else if (!version || strcmp(version, "2.0") != 0)
        why = "\"jsonrpc\" is not \"2.0\"";
    else if (!is_id(reply_id, id) && !(has_error && json_is_null(reply_id)))
        why = "the id belongs to another request";
    else if (has_error ? has_result || !json_is_object(error) : !has_result)
        why = "expected either a result or an error object";
    else if (!has_error && http_status != 200)
        why = ""; /* the HTTP status says it */
    if (why)
        read_no_reply(out, name, url, why, body, len);
    else if (has_error)
        read_error(out, name, url, error);
    else
        out->is.result = result;
}

void rpc_reply_release(struct parsed_reply *reply)
{
    json_decref(reply->root);
    reply->root = NULL;
}

const char *rpc_reply_error_text(const struct rpc_reply *reply, const char *name)
{
    const char *text = reply->err.text;
    size_t len = strlen(name);
    bool has_name = strncmp(text, name, len) == 0 && (text[len] == ':' || text[len] == ' ');
    return has_name ? text + len + strspn(text + len, ": ") : text;
}

/* EIP-1474: limit exceeded; some send HTTP's number. */
static bool is_limited(const struct rpc_reply *reply)
{
    return reply->http_status == 429 || reply->error_code == -32005 || reply->error_code == 429;
}

bool rpc_reply_is_refusal(const struct rpc_reply *reply)
{
    return reply->status == BADGE_EREFUSED && !is_limited(reply);
}

bool rpc_reply_is_transient(const struct rpc_reply *reply)
{
    long http = reply->http_status;
    if (reply->status == BADGE_OK)
        return false;
    if (reply->status == BADGE_EREFUSED) /* EIP-1474: internal error; hardhat says so of a revert, whose data it adds */
        return is_limited(reply) || (reply->error_code == -32603 && !reply->error_data[0]);
    return http == 0 || http == 408 || http == 425 || http == 429 || (http >= 500 && http < 600);
}
