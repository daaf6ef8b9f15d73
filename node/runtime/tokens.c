/*
 * API tokens. The daemon keeps the set in memory and checks it for each write; `badge token` changes the file.
 *
 * The file contains a plain hash of each token, which suffices: a token is 32 random bytes, so it can't be guessed from
 * its hash. A set in use is replaced whole under a lock, never edited; the file is replaced atomically, under the lock
 * of a separate lock file, since each change makes it another file.
 *
 * A line: id, SHA-256 in hex, scopes, time, name, separated by a space. The name is last because it may contain spaces.
 */
#include "runtime/tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "badge/text.h"
#include "runtime/file.h"

#define FILE_MAX_LEN (1 << 20)
#define LINE_MAX_LEN (TOKEN_ID_LEN + BADGE_HEX_LEN + BADGE_TIME_LEN + 32 + sizeof((struct token *)0)->name)
#define N_SCOPES 3

static const struct {
    const char *name;
    unsigned bit;
} scope[N_SCOPES] = {{"submit", TOKEN_SUBMIT}, {"digest", TOKEN_DIGEST}, {"admin", TOKEN_ADMIN}};

struct token_set {
    struct token *token;
    size_t n;
};

struct tokens {
    char *path;
    pthread_rwlock_t lock; /* over the two below */
    struct token_set set;
    struct stat seen;
};

/* -- scopes -------------------------------------------------------------------------------------------------------- */

void token_scopes_format(char out[TOKEN_SCOPES_LEN + 1], unsigned scopes)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < N_SCOPES; i++)
        if (scopes & scope[i].bit)
            len += (size_t)snprintf(out + len, TOKEN_SCOPES_LEN + 1 - len, "%s%s", len ? "," : "", scope[i].name);
}

unsigned token_scopes_parse(const char *text, size_t len)
{
    unsigned scopes = 0;
    for (const char *end = text + len;;) {
        const char *comma = memchr(text, ',', (size_t)(end - text));
        size_t word_len = (size_t)((comma ? comma : end) - text), i = 0;
        while (i < N_SCOPES && (strlen(scope[i].name) != word_len || memcmp(scope[i].name, text, word_len) != 0))
            i++;
        if (i == N_SCOPES || (scopes & scope[i].bit))
            return 0;
        scopes |= scope[i].bit;
        if (!comma)
            return scopes;
        text = comma + 1;
    }
}

/* -- the file ------------------------------------------------------------------------------------------------------ */

static bool id_ok(const char *id, size_t len)
{
    return len == TOKEN_ID_LEN && strspn(id, "0123456789abcdef") >= len;
}

static bool name_ok(const char *name, size_t len)
{
    if (len >= sizeof((struct token *)0)->name)
        return false;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
            return false;
    return true;
}

/* The next word of a line, up to a space; returns its length, and moves *rest past the space. */
static size_t next_word(const char **rest, const char **out)
{
    *out = *rest;
    size_t len = strcspn(*rest, " ");
    *rest += len + ((*rest)[len] == ' ');
    return len;
}

static bool parse_line(struct token *out, const char *line)
{
    const char *id, *hash, *scopes, *time, *rest = line;
    size_t id_len = next_word(&rest, &id), hash_len = next_word(&rest, &hash), scopes_len = next_word(&rest, &scopes),
           time_len = next_word(&rest, &time), name_len = strlen(rest);
    if (!id_ok(id, id_len) || !name_ok(rest, name_len) ||
        badge_hex_decode(out->hash.b, sizeof out->hash.b, hash, hash_len) != BADGE_OK ||
        badge_time_parse(&out->created_at_s, time, time_len) != BADGE_OK)
        return false;
    out->scopes = token_scopes_parse(scopes, scopes_len);
    memcpy(out->id, id, TOKEN_ID_LEN);
    out->id[TOKEN_ID_LEN] = '\0';
    memcpy(out->name, rest, name_len + 1);
    return out->scopes != 0;
}

static enum badge_status parse_set(struct token_set *out, char *text, size_t len, const char *path,
                                   struct badge_err *err)
{
    size_t capacity = 1;
    for (size_t i = 0; i < len; i++)
        capacity += text[i] == '\n';
    *out = (struct token_set){.token = calloc(capacity, sizeof *out->token)};
    if (!out->token)
        return badge_no_memory(err);
    char *rest = text, *line;
    for (unsigned number = 1; (line = strsep(&rest, "\n")); number++) {
        bool last = !rest;
        if (last && *line == '\0' && line == text + len)
            return BADGE_OK;
        /* We never write a last line without a newline, or a line with a NUL. */
        size_t line_len = last ? (size_t)(text + len - line) : (size_t)(rest - 1 - line);
        if (last || strlen(line) != line_len || !parse_line(&out->token[out->n], line)) {
            free(out->token);
            *out = (struct token_set){0};
            return badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET,
                              "%s:%u: malformed token; remove the line and create that token again", path, number);
        }
        out->n++;
    }
    return BADGE_OK;
}

static enum badge_status read_set(struct token_set *out, const char *path, struct badge_err *err)
{
    char *text;
    size_t len;
    struct badge_err cause;
    *out = (struct token_set){0};
    enum badge_status status = file_read(&text, &len, path, FILE_MAX_LEN, &cause);
    if (status == BADGE_ENOTFOUND)
        return BADGE_OK;
    if (status != BADGE_OK)
        return badge_fail(err, status == BADGE_ENOMEM ? status : BADGE_EIO, BADGE_NO_OFFSET, "%s", cause.text);
    status = parse_set(out, text, len, path, err);
    free(text);
    return status;
}

static enum badge_status write_set(const struct token_set *set, const char *path, struct badge_err *err)
{
    size_t capacity = set->n * LINE_MAX_LEN + 1, len = 0;
    char *text = malloc(capacity);
    if (!text)
        return badge_no_memory(err);
    for (size_t i = 0; i < set->n; i++) {
        const struct token *token = &set->token[i];
        char hash[BADGE_HEX_LEN + 1], scopes[TOKEN_SCOPES_LEN + 1], time[BADGE_TIME_LEN + 1];
        badge_hex_encode(hash, token->hash.b, sizeof token->hash.b);
        token_scopes_format(scopes, token->scopes);
        badge_time_format(time, token->created_at_s);
        len += (size_t)snprintf(text + len, capacity - len, "%s %s %s %s %s\n", token->id, hash, scopes, time,
                                token->name);
    }
    enum badge_status status = file_replace(path, text, len, 0600, err);
    free(text);
    return status;
}

/* -- a set in use -------------------------------------------------------------------------------------------------- */

static void stat_file(struct stat *out, const char *path)
{
    if (stat(path, out) < 0)
        memset(out, 0, sizeof *out);
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

enum badge_status tokens_open(struct tokens **out, const char *path, struct badge_err *err)
{
    struct tokens *tokens = calloc(1, sizeof *tokens);
    if (!tokens || !(tokens->path = strdup(path)) || pthread_rwlock_init(&tokens->lock, NULL) != 0) {
        if (tokens)
            free(tokens->path);
        free(tokens);
        return badge_no_memory(err);
    }
    /* Before the file is read: then the next refresh detects a change in between. */
    stat_file(&tokens->seen, path);
    enum badge_status status = read_set(&tokens->set, path, err);
    if (status != BADGE_OK) {
        tokens_free(tokens);
        return status;
    }
    *out = tokens;
    return BADGE_OK;
}

void tokens_free(struct tokens *tokens)
{
    if (!tokens)
        return;
    pthread_rwlock_destroy(&tokens->lock);
    free(tokens->set.token);
    free(tokens->path);
    free(tokens);
}

size_t tokens_count(const struct tokens *tokens)
{
    return tokens->set.n;
}

const struct token *tokens_at(const struct tokens *tokens, size_t i)
{
    return &tokens->set.token[i];
}

enum badge_status tokens_refresh(struct tokens *tokens, struct badge_err *err)
{
    struct stat now;
    stat_file(&now, tokens->path);
    pthread_rwlock_rdlock(&tokens->lock);
    bool unchanged = is_same_file(&now, &tokens->seen);
    pthread_rwlock_unlock(&tokens->lock);
    if (unchanged)
        return BADGE_OK;
    struct token_set set;
    enum badge_status status = read_set(&set, tokens->path, err);
    if (status != BADGE_OK)
        return status;
    pthread_rwlock_wrlock(&tokens->lock);
    struct token *old = tokens->set.token;
    tokens->set = set;
    tokens->seen = now;
    pthread_rwlock_unlock(&tokens->lock);
    free(old);
    return BADGE_OK;
}

unsigned tokens_scopes(struct tokens *tokens, const char *text, size_t len)
{
    struct badge_hash hash;
    unsigned scopes = 0;
    badge_sha256(&hash, text, len);
    pthread_rwlock_rdlock(&tokens->lock);
    /* Continues after a match, so that the time does not reveal which token it was. */
    for (size_t i = 0; i < tokens->set.n; i++)
        if (badge_equal_secret(tokens->set.token[i].hash.b, hash.b, sizeof hash.b))
            scopes |= tokens->set.token[i].scopes;
    pthread_rwlock_unlock(&tokens->lock);
    return scopes;
}

/* -- changes ------------------------------------------------------------------------------------------------------- */

/* Held until the descriptor is closed. The lock file stays: removing it would let two holders in. */
static enum badge_status lock_file(int *fd, const char *path, struct badge_err *err)
{
    char *name;
    if (asprintf(&name, "%s.lock", path) < 0)
        return badge_no_memory(err);
    *fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int rc = *fd;
    while (rc >= 0 && (rc = flock(*fd, LOCK_EX)) < 0 && errno == EINTR)
        rc = 0;
    enum badge_status status = BADGE_OK;
    if (rc < 0) {
        status = badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "cannot lock %s: %s", name,
                            uv_strerror(uv_translate_sys_error(errno)));
        if (*fd >= 0)
            close(*fd);
    }
    free(name);
    return status;
}

/* base64url without padding (RFC 4648 section 5). */
static void encode_base64url(char *out, const uint8_t *bytes, size_t len)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned held = 0, n_bits = 0;
    for (size_t i = 0; i < len; i++) {
        held = held << 8 | bytes[i];
        for (n_bits += 8; n_bits >= 6; n_bits -= 6)
            *out++ = digit[held >> (n_bits - 6) & 63];
    }
    if (n_bits > 0)
        *out++ = digit[held << (6 - n_bits) & 63];
    *out = '\0';
}

static enum badge_status generate(struct token *out, char text[TOKEN_TEXT_LEN + 1], struct badge_err *err)
{
    uint8_t secret[32], id[TOKEN_ID_LEN / 2];
    if (getrandom(secret, sizeof secret, 0) != sizeof secret || getrandom(id, sizeof id, 0) != sizeof id)
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "no random bytes from the system (getrandom)");
    memcpy(text, "badged_", 7);
    encode_base64url(text + 7, secret, sizeof secret);
    badge_wipe(secret, sizeof secret);
    badge_sha256(&out->hash, text, TOKEN_TEXT_LEN);
    badge_hex_encode(out->id, id, sizeof id);
    return BADGE_OK;
}

static enum badge_status edit_set(struct token_set *set, const struct token *added, const char *removed,
                                  struct badge_err *err)
{
    if (added) {
        struct token *more = realloc(set->token, (set->n + 1) * sizeof *more);
        if (!more)
            return badge_no_memory(err);
        set->token = more;
        set->token[set->n++] = *added;
        return BADGE_OK;
    }
    for (size_t i = 0; i < set->n; i++)
        if (strcmp(set->token[i].id, removed) == 0) {
            memmove(&set->token[i], &set->token[i + 1], (set->n - i - 1) * sizeof *set->token);
            set->n--;
            return BADGE_OK;
        }
    return badge_fail(err, BADGE_ENOTFOUND, BADGE_NO_OFFSET, "token %.*s not found", TOKEN_ID_LEN, removed);
}

/* Reads the file, adds a token or removes the one with an id, and writes it, under the lock. */
static enum badge_status edit_file(const char *path, const struct token *added, const char *removed,
                                   struct badge_err *err)
{
    int fd;
    struct token_set set = {0};
    enum badge_status status = lock_file(&fd, path, err);
    if (status != BADGE_OK)
        return status;
    status = read_set(&set, path, err);
    if (status == BADGE_OK)
        status = edit_set(&set, added, removed, err);
    if (status == BADGE_OK)
        status = write_set(&set, path, err);
    free(set.token);
    close(fd);
    return status;
}

enum badge_status tokens_create(const char *path, unsigned scopes, const char *name, char text[TOKEN_TEXT_LEN + 1],
                                struct token *out, struct badge_err *err)
{
    if (scopes == 0 || scopes & ~(unsigned)(TOKEN_SUBMIT | TOKEN_DIGEST | TOKEN_ADMIN))
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET,
                          "a token needs at least one of the scopes submit, digest, admin");
    if (!name_ok(name, strlen(name)))
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET,
                          "a token's name has at most 63 bytes and no control characters");
    *out = (struct token){.scopes = scopes, .created_at_s = time(NULL)};
    memcpy(out->name, name, strlen(name) + 1);
    enum badge_status status = generate(out, text, err);
    if (status == BADGE_OK)
        status = edit_file(path, out, NULL, err);
    if (status != BADGE_OK)
        badge_wipe(text, TOKEN_TEXT_LEN + 1);
    return status;
}

enum badge_status tokens_revoke(const char *path, const char *id, struct badge_err *err)
{
    return edit_file(path, NULL, id, err);
}
