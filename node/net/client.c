/*
 * libcurl's multi interface on a libuv loop. Called by chain/rpc.c, audit and the command line, only on the loop's
 * thread.
 *
 * curl reports the sockets and the timeout that it waits for; a uv_poll per socket and one uv_timer do the waiting and
 * pass the events back. Callbacks of requests run only from transfers_finish_done(), after curl has returned: they may
 * send again or close the client. Every request in the list has a callback yet to run.
 */
#include "net/client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "badge/text.h"
#include "core/grow.h"
#include "net/public.h"
#include "net/retry.h"
#include "runtime/config.h"
#include "runtime/descriptors.h"

#define MAX_IDLE_CONNECTIONS 64L
#define MAX_RETRY_AFTER_S 86400
#define MAX_CACHE_S 31536000 /* a year */
#define HEADER_MAX_LEN 1024
#define MAX_HEADERS ((size_t)256 << 10) /* bytes of all headers of a response */
#define CONNECT_TIMEOUT_MS 10000L       /* a host that drops packets gets less time than one that computes an answer */

struct net_client {
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t timer;
    struct transfer *first;
    const char *ca_file; /* from SSL_CERT_FILE; NULL: the system's own */
    unsigned n_handles;  /* open on the loop: the timer and the polls */
    bool closing;
};

/* A socket of curl's. curl may drop it while its handle is still closing. */
struct watch {
    uv_poll_t poll;
    struct net_client *client;
    curl_socket_t socket;
};

struct transfer {
    struct transfer *next, **link;
    struct net_client *client;
    CURL *easy;
    struct curl_slist *headers;
    net_callback callback;
    void *context;
    size_t max_len, len, capacity, headers_len;
    char *body;
    bool body_is_theirs; /* the request's `into` */
    bool public_only, saw_private;
    bool preflight, allows_origin, allows_json, has_disposition;
    int64_t max_age_s, age_s;     /* max_age_s -1: no Cache-Control says how long */
    char page_origin[256];        /* of the request; "": none */
    enum badge_status body_error; /* why the body was refused: BADGE_ELIMIT, BADGE_ENOMEM */
    char origin[256];
    char detail[CURL_ERROR_SIZE];
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_ready;

static void init_curl(void)
{
    curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* -- a transfer ---------------------------------------------------------------------------------------------------- */

static void transfer_free(struct transfer *transfer)
{
    if (transfer->easy)
        curl_easy_cleanup(transfer->easy);
    for (struct curl_slist *header = transfer->headers; header; header = header->next)
        badge_wipe(header->data, strlen(header->data)); /* one may hold a token */
    curl_slist_free_all(transfer->headers);
    if (!transfer->body_is_theirs)
        free(transfer->body);
    free(transfer);
}

static void unlink_transfer(struct transfer *transfer)
{
    *transfer->link = transfer->next;
    if (transfer->next)
        transfer->next->link = transfer->link;
}

static void link_transfer(struct transfer *transfer)
{
    struct transfer **first = &transfer->client->first;
    transfer->next = *first;
    transfer->link = first;
    if (*first)
        (*first)->link = &transfer->next;
    *first = transfer;
}

/* curl's own text is kept for TLS, because it says what is wrong with the certificate. */
static enum badge_status describe_error(struct badge_err *err, const struct transfer *transfer, CURLcode code)
{
    /* Does not reveal whether the name exists in our own network: the URL came from a stranger. */
    static const char is_private[] = "has no address on the public internet";
    const char *what = NULL, *why = curl_easy_strerror(code);
    long os_errno = 0;
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        what = "timed out";
        break;
    case CURLE_FILESIZE_EXCEEDED:
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "%s sent a response longer than %zu bytes",
                          transfer->origin, transfer->max_len);
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
        what = "closed the connection before the end of its response";
        break;
    case CURLE_COULDNT_RESOLVE_HOST:
        what = transfer->public_only ? is_private : NULL;
        break;
    case CURLE_COULDNT_CONNECT:
        what = transfer->saw_private ? is_private : NULL;
        curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &os_errno);
        if (!what && os_errno != 0)
            return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "%s can't be reached: %s", transfer->origin,
                              uv_strerror(uv_translate_sys_error((int)os_errno)));
        break;
    case CURLE_WRITE_ERROR: /* from on_header(): errors of on_body() have their own codes */
        what = "sent response headers that are too long";
        break;
    case CURLE_OUT_OF_MEMORY:
        return badge_no_memory(err);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        why = *transfer->detail ? transfer->detail : why;
        break;
    default: /* hundreds of codes, of another library */
        break;
    }
    return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "%s%s%s", transfer->origin, what ? " " : ": ",
                      what ? what : why);
}

static void fill_response(struct net_response *out, struct transfer *transfer, CURLcode code)
{
    curl_off_t retry_after_s = 0;
    char *redirect = NULL, *media_type = NULL; /* freed with the handle */
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &out->http_status);
    curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &redirect);
    curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_TYPE, &media_type);
    (void)snprintf(out->media_type, sizeof out->media_type, "%s", media_type ? media_type : "");
    out->has_disposition = transfer->has_disposition;
    if (transfer->max_age_s >= 0)
        out->max_age_s = transfer->max_age_s > transfer->age_s ? transfer->max_age_s - transfer->age_s : 0;
    if (redirect)
        (void)snprintf(out->redirect, sizeof out->redirect, "%s", config_url_origin(redirect));
    if (retry_after_s > 0)
        out->retry_after_ms = (uint64_t)(retry_after_s < MAX_RETRY_AFTER_S ? retry_after_s : MAX_RETRY_AFTER_S) * 1000;
    if (transfer->body_error == BADGE_ELIMIT)
        code = CURLE_FILESIZE_EXCEEDED;
    else if (transfer->body_error == BADGE_ENOMEM)
        code = CURLE_OUT_OF_MEMORY;
    out->status = code == CURLE_OK ? BADGE_OK : describe_error(&out->err, transfer, code);
    bool is_ok = out->http_status >= 200 && out->http_status < 300;
    out->allows_origin = transfer->allows_origin && (!transfer->preflight || (is_ok && transfer->allows_json));
    if (out->status == BADGE_OK && transfer->body) {
        out->body = transfer->body;
        out->body_len = transfer->len;
    }
}

static void transfer_finish(struct transfer *transfer, CURLcode code)
{
    struct net_response response = {.status = BADGE_EIO, .body = "", .max_age_s = -1};
    if (transfer->client->closing)
        response.status = badge_fail(&response.err, BADGE_EIO, BADGE_NO_OFFSET, "the request to %s was cancelled",
                                     transfer->origin);
    else
        fill_response(&response, transfer, code);
    unlink_transfer(transfer);
    transfer->callback(transfer->context, &response);
    transfer_free(transfer);
}

static void transfers_finish_done(struct net_client *client)
{
    CURLMsg *message;
    int n_left;
    /* Any callback may have closed the client, and curl's handle with it. */
    while (!client->closing && (message = curl_multi_info_read(client->multi, &n_left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct transfer *transfer = NULL;
        CURLcode code = message->data.result; /* the message does not outlive the removal */
        CURL *easy = message->easy_handle;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
        curl_multi_remove_handle(client->multi, easy);
        transfer_finish(transfer, code);
    }
}

/* -- between curl and the loop ------------------------------------------------------------------------------------- */

static void on_handle_closed(struct net_client *client)
{
    if (--client->n_handles == 0)
        free(client);
}

static void on_watch_closed(uv_handle_t *handle)
{
    struct watch *watch = handle->data;
    struct net_client *client = watch->client;
    free(watch);
    on_handle_closed(client);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    struct net_client *client = watch->client;
    int what = (status < 0 ? CURL_CSELECT_ERR : 0) | (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
               (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);
    int n_running;
    curl_multi_socket_action(client->multi, watch->socket, what, &n_running);
    transfers_finish_done(client);
}

static void on_client_timer(uv_timer_t *timer)
{
    struct net_client *client = timer->data;
    int n_running;
    curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &n_running);
    transfers_finish_done(client);
}

/* Runs inside curl, so it only sets the timer: curl must not be called from here. */
static int on_curl_timer(CURLM *multi, long timeout_ms, void *context)
{
    (void)multi;
    struct net_client *client = context;
    if (timeout_ms < 0)
        uv_timer_stop(&client->timer);
    else if (!client->closing)
        uv_timer_start(&client->timer, on_client_timer, (uint64_t)timeout_ms, 0);
    return 0;
}

static struct watch *watch_new(struct net_client *client, curl_socket_t socket)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return NULL;
    if (uv_poll_init_socket(client->loop, &watch->poll, socket) < 0) {
        free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    watch->client = client;
    watch->socket = socket;
    client->n_handles++;
    return watch;
}

static int on_curl_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *per_socket)
{
    (void)easy;
    struct net_client *client = context;
    struct watch *watch = per_socket;
    if (what == CURL_POLL_REMOVE) {
        if (watch) {
            curl_multi_assign(client->multi, socket, NULL);
            uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
        }
        return 0;
    }
    if (!watch) {
        watch = watch_new(client, socket);
        /* An error here would fail every request; with an unwatched socket, only this request times out. */
        if (!watch)
            return 0;
        curl_multi_assign(client->multi, socket, watch);
    }
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    uv_poll_start(&watch->poll, events, on_poll);
    return 0;
}

static size_t on_body(char *bytes, size_t one, size_t len, void *context)
{
    (void)one;
    struct transfer *transfer = context;
    if (len > transfer->max_len - transfer->len) {
        transfer->body_error = BADGE_ELIMIT;
        return 0;
    }
    if (!transfer->body_is_theirs) {
        char *more = core_grow(transfer->body, &transfer->capacity, transfer->len + len + 1, 1);
        if (!more) {
            transfer->body_error = BADGE_ENOMEM;
            return 0;
        }
        transfer->body = more;
        transfer->body[transfer->len + len] = '\0';
    }
    memcpy(transfer->body + transfer->len, bytes, len);
    transfer->len += len;
    return len;
}

/* The length of the value of the header with this name (with the colon), without white space around; *value: where. */
static bool header_value(const char **value, size_t *value_len, const char *name, const char *bytes, size_t len)
{
    size_t name_len = strlen(name);
    if (len < name_len || strncasecmp(bytes, name, name_len) != 0)
        return false;
    const char *at = bytes + name_len, *end = bytes + len;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    while (at < end && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r' || end[-1] == '\n'))
        end--;
    *value = at;
    *value_len = (size_t)(end - at);
    return true;
}

/* Whether a list of names, separated by commas, has this one or "*". */
static bool list_has(const char *list, size_t list_len, const char *name)
{
    for (const char *at = list, *end = list + list_len; at < end;) {
        while (at < end && (*at == ' ' || *at == '\t' || *at == ','))
            at++;
        size_t len = 0;
        while (at + len < end && at[len] != ' ' && at[len] != '\t' && at[len] != ',')
            len++;
        if ((len == 1 && *at == '*') || (len == strlen(name) && strncasecmp(at, name, len) == 0))
            return true;
        at += len;
    }
    return false;
}

/* The Fetch standard's CORS check, as far as a page without credentials needs it. */
static void read_cors(struct transfer *transfer, const char *bytes, size_t len)
{
    const char *value, *origin = transfer->page_origin;
    size_t n;
    if (header_value(&value, &n, "access-control-allow-origin:", bytes, len))
        transfer->allows_origin = (n == 1 && *value == '*') || (n == strlen(origin) && memcmp(value, origin, n) == 0);
    else if (header_value(&value, &n, "access-control-allow-headers:", bytes, len))
        transfer->allows_json = transfer->allows_json || list_has(value, n, "content-type");
}

/* A number of seconds, at most MAX_CACHE_S; what is none is 0. */
static int64_t read_seconds(const char *bytes, size_t len)
{
    int64_t seconds = 0;
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] < '0' || bytes[i] > '9')
            return 0;
        seconds = seconds * 10 + (bytes[i] - '0');
        seconds = seconds < MAX_CACHE_S ? seconds : MAX_CACHE_S;
    }
    return seconds;
}

/* One directive of Cache-Control (RFC 9111); of several that say how long, the shortest counts. */
static void read_directive(struct transfer *transfer, const char *bytes, size_t len)
{
    static const char max_age[] = "max-age=";
    int64_t seconds;
    if ((len == 8 && (strncasecmp(bytes, "no-store", len) == 0 || strncasecmp(bytes, "no-cache", len) == 0)) ||
        (len > 9 && strncasecmp(bytes, "no-cache=", 9) == 0)) {
        seconds = 0;
    } else if (len >= sizeof max_age - 1 && strncasecmp(bytes, max_age, sizeof max_age - 1) == 0) {
        const char *value = bytes + sizeof max_age - 1;
        size_t n = len - (sizeof max_age - 1);
        bool is_quoted = n >= 2 && value[0] == '"' && value[n - 1] == '"';
        seconds = is_quoted ? read_seconds(value + 1, n - 2) : read_seconds(value, n);
    } else {
        return;
    }
    if (transfer->max_age_s < 0 || seconds < transfer->max_age_s)
        transfer->max_age_s = seconds;
}

static void read_cache_control(struct transfer *transfer, const char *list, size_t list_len)
{
    for (const char *at = list, *end = list + list_len; at < end;) {
        while (at < end && (*at == ' ' || *at == '\t' || *at == ','))
            at++;
        size_t len = 0;
        while (at + len < end && at[len] != ' ' && at[len] != '\t' && at[len] != ',')
            len++;
        read_directive(transfer, at, len);
        at += len;
    }
}

/* curl keeps every header; it limits those before the body, but not the trailers after a chunked body. */
static size_t on_header(char *bytes, size_t one, size_t len, void *context)
{
    (void)one;
    struct transfer *transfer = context;
    const char *value;
    size_t value_len;
    if (transfer->page_origin[0])
        read_cors(transfer, bytes, len);
    if (header_value(&value, &value_len, "content-disposition:", bytes, len))
        transfer->has_disposition = true;
    else if (header_value(&value, &value_len, "cache-control:", bytes, len))
        read_cache_control(transfer, value, value_len);
    else if (header_value(&value, &value_len, "age:", bytes, len))
        transfer->age_s = read_seconds(value, value_len);
    if (len > MAX_HEADERS - transfer->headers_len)
        return 0;
    transfer->headers_len += len;
    return len;
}

/* Creates the socket of a public_only request, once curl knows the address to connect to. */
static curl_socket_t on_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = context;
    (void)purpose;
    if (!net_address_is_public(&address->addr)) {
        transfer->saw_private = true;
        return CURL_SOCKET_BAD;
    }
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0 || descriptors_allow(fd))
        return fd;
    close(fd);
    return CURL_SOCKET_BAD;
}

/* -- sending ------------------------------------------------------------------------------------------------------- */

static bool url_ok(const char *url)
{
    CURLU *parsed = config_url_is_web(url) ? curl_url() : NULL;
    bool ok = parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK;
    curl_url_cleanup(parsed);
    return ok;
}

static bool add_header(struct transfer *transfer, const char *name, const char *value)
{
    char header[HEADER_MAX_LEN];
    if (!value)
        return true;
    (void)snprintf(header, sizeof header, "%s: %s", name, value);
    struct curl_slist *more = curl_slist_append(transfer->headers, header);
    badge_wipe(header, sizeof header);
    if (more)
        transfer->headers = more;
    return more;
}

static CURLcode set_options(struct transfer *transfer, const struct net_request *request)
{
    CURL *easy = transfer->easy;
    CURLcode code = CURLE_OK;
#define SET(option, value) (code = code ? code : curl_easy_setopt(easy, option, value))
    SET(CURLOPT_URL, request->url);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* or the end of a request would block the loop until the name server answers */
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_USERAGENT, "badged/" BADGED_VERSION);
    SET(CURLOPT_HTTPHEADER, transfer->headers);
    SET(CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)request->max_response_len);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, (void *)transfer);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, (void *)transfer);
    SET(CURLOPT_PRIVATE, (void *)transfer);
    SET(CURLOPT_ERRORBUFFER, transfer->detail);
    if (transfer->client->ca_file)
        SET(CURLOPT_CAINFO, transfer->client->ca_file);
    if (request->public_only) {
        SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
        SET(CURLOPT_OPENSOCKETDATA, (void *)transfer);
        SET(CURLOPT_FRESH_CONNECT, 1L);
        SET(CURLOPT_FORBID_REUSE, 1L);
    }
    if (request->preflight)
        SET(CURLOPT_CUSTOMREQUEST, "OPTIONS");
    if (request->body) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
        SET(CURLOPT_COPYPOSTFIELDS, request->body);
    }
#undef SET
    return code;
}

static struct transfer *transfer_new(struct net_client *client, const struct net_request *request)
{
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer)
        return NULL;
    transfer->client = client;
    transfer->callback = request->callback;
    transfer->context = request->context;
    transfer->max_len = request->max_response_len;
    transfer->body = request->into;
    transfer->body_is_theirs = request->into;
    transfer->public_only = request->public_only;
    transfer->preflight = request->preflight;
    transfer->max_age_s = -1;
    if (request->origin)
        (void)snprintf(transfer->page_origin, sizeof transfer->page_origin, "%s", request->origin);
    snprintf(transfer->origin, sizeof transfer->origin, "%s", config_url_origin(request->url));
    transfer->easy = curl_easy_init();
    /* Without "Expect" curl does not wait a second for a server that never says 100. */
    if (!transfer->easy || !add_header(transfer, "Content-Type", request->content_type) ||
        !add_header(transfer, "Authorization", request->authorization) || !add_header(transfer, "Expect", "") ||
        !add_header(transfer, "Origin", request->origin) ||
        !add_header(transfer, "Access-Control-Request-Method", request->preflight ? "POST" : NULL) ||
        !add_header(transfer, "Access-Control-Request-Headers", request->preflight ? "content-type" : NULL) ||
        set_options(transfer, request) != CURLE_OK) {
        transfer_free(transfer);
        return NULL;
    }
    return transfer;
}

/* A value with a line break in it would become two headers. */
static bool header_value_ok(const char *value)
{
    return !value || (strlen(value) < HEADER_MAX_LEN - 32 && !strpbrk(value, "\r\n"));
}

enum badge_status net_send(struct net_client *client, const struct net_request *request, struct badge_err *err)
{
    if (client->closing)
        return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "the HTTP client is closing");
    if (!url_ok(request->url))
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "not an http or https URL: %s",
                          config_url_origin(request->url));
    if (!header_value_ok(request->content_type) || !header_value_ok(request->authorization) ||
        !header_value_ok(request->origin))
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "a header value is too long or contains a line break");
    struct transfer *transfer = transfer_new(client, request);
    if (!transfer)
        return badge_no_memory(err);
    link_transfer(transfer);
    if (curl_multi_add_handle(client->multi, transfer->easy) != CURLM_OK) {
        unlink_transfer(transfer);
        transfer_free(transfer);
        return badge_no_memory(err);
    }
    return BADGE_OK;
}

/* -- one request after another ------------------------------------------------------------------------------------- */

struct get {
    struct net_response *response;
    char **body;
    bool done;
};

static void get_on_response(void *context, const struct net_response *response)
{
    struct get *get = context;
    get->done = true;
    *get->response = *response;
    get->response->body = NULL;
    if (response->status != BADGE_OK)
        return;
    *get->body = malloc(response->body_len + 1);
    if (*get->body)
        get->response->body = memcpy(*get->body, response->body, response->body_len + 1);
    else
        get->response->status = badge_no_memory(&get->response->err);
}

static void get_on_timer(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

static void get_wait(uv_loop_t *loop, uint64_t ms)
{
    bool over = false;
    uv_timer_t timer = {.data = &over};
    (void)uv_timer_init(loop, &timer);
    (void)uv_timer_start(&timer, get_on_timer, ms, 0);
    while (!over)
        (void)uv_run(loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    (void)uv_run(loop, UV_RUN_NOWAIT);
}

void net_get(struct net_client *client, const struct net_request *request, const struct net_retry_policy *policy,
             struct net_response *response, char **body)
{
    struct net_request send = *request;
    for (unsigned n_failed = 1;; n_failed++) {
        struct get get = {.response = response, .body = body};
        *response = (struct net_response){0};
        *body = NULL;
        send.callback = get_on_response;
        send.context = &get;
        response->status = net_send(client, &send, &response->err);
        get.done = response->status != BADGE_OK;
        while (!get.done)
            (void)uv_run(client->loop, UV_RUN_ONCE);
        bool is_transient = response->status == BADGE_EIO || response->http_status == 429 ||
                            response->http_status >= 500;
        if (!is_transient || !policy || n_failed >= policy->n_tries)
            return;
        free(*body);
        get_wait(client->loop, net_retry_delay_ms(policy, n_failed, response->retry_after_ms, 0));
    }
}

/* -- the client ---------------------------------------------------------------------------------------------------- */

enum badge_status net_client_new(struct net_client **out, uv_loop_t *loop, struct badge_err *err)
{
    pthread_once(&curl_once, init_curl);
    struct net_client *client = calloc(1, sizeof *client);
    CURLM *multi = curl_ready == CURLE_OK ? curl_multi_init() : NULL;
    if (!client || !multi) {
        free(client);
        curl_multi_cleanup(multi);
        return badge_no_memory(err);
    }
    client->loop = loop;
    client->multi = multi;
    const char *ca_file = getenv("SSL_CERT_FILE");
    client->ca_file = ca_file && *ca_file ? ca_file : NULL;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, (void *)client);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, (void *)client);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, MAX_IDLE_CONNECTIONS);
    uv_timer_init(loop, &client->timer);
    client->timer.data = client;
    client->n_handles = 1;
    *out = client;
    return BADGE_OK;
}

static void on_client_timer_closed(uv_handle_t *handle)
{
    struct net_client *client = handle->data;
    while (client->first)                                          /* finishing unlinks it, which the analyzer misses */
        transfer_finish(client->first, CURLE_ABORTED_BY_CALLBACK); /* NOLINT(clang-analyzer-unix.Malloc) */
    on_handle_closed(client);
}

void net_client_close(struct net_client *client)
{
    if (!client || client->closing)
        return;
    client->closing = true;
    for (struct transfer *transfer = client->first; transfer; transfer = transfer->next)
        curl_multi_remove_handle(client->multi, transfer->easy);
    /* Closes the idle connections too; their watches go through on_curl_socket(). */
    curl_multi_cleanup(client->multi);
    uv_close((uv_handle_t *)&client->timer, on_client_timer_closed);
}
