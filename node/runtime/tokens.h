/*
 * API tokens: which clients may write. `store.path/tokens` has one line per token: id, SHA-256 of the token, scopes,
 * time of creation, name. `badge token` replaces the file atomically, under a lock; a running node notices within a
 * second.
 */
#ifndef RUNTIME_TOKENS_H
#define RUNTIME_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

#include "badge/hash.h"

enum token_scope { TOKEN_SUBMIT = 1, TOKEN_DIGEST = 2, TOKEN_ADMIN = 4 };

#define TOKEN_ID_LEN 8
#define TOKEN_TEXT_LEN 50 /* "badged_" and 43 base64url characters of 32 random bytes */

struct token {
    char id[TOKEN_ID_LEN + 1];
    struct badge_hash hash; /* SHA-256 of the token's text */
    unsigned scopes;
    char name[64];
    int64_t created_at_s;
};

/* "submit,digest,admin" and back; 0 for text that is not a list of different scopes. */
#define TOKEN_SCOPES_LEN 19
void token_scopes_format(char out[TOKEN_SCOPES_LEN + 1], unsigned scopes);
unsigned token_scopes_parse(const char *text, size_t len);

struct tokens; /* a set; immutable once read, but for tokens_refresh() */

/* A file that does not exist is an empty set. errors    BADGE_EIO, BADGE_ECORRUPT (with the line) */
enum badge_status tokens_open(struct tokens **out, const char *path, struct badge_err *err) BADGE_CHECKED;
void tokens_free(struct tokens *tokens);
/* The tokens of the file, for a set that no other thread refreshes. */
size_t tokens_count(const struct tokens *tokens);
const struct token *tokens_at(const struct tokens *tokens, size_t i);

/* Reads the file again if it has changed (device, inode, size, times). Off the loop; thread-safe against
 * tokens_scopes(). */
enum badge_status tokens_refresh(struct tokens *tokens, struct badge_err *err) BADGE_CHECKED;

/* The scopes of a token's text; 0 if it is unknown. Compares in constant time. Any thread. */
unsigned tokens_scopes(struct tokens *tokens, const char *text, size_t len);

/*
 * For the command line; takes the lock. text is the token itself, which is not stored.
 * errors    BADGE_ELIMIT (no scope, or an unknown one; a name that is too long or has control characters), BADGE_EIO,
 *           BADGE_ECORRUPT, BADGE_ENOMEM
 */
enum badge_status tokens_create(const char *path, unsigned scopes, const char *name, char text[TOKEN_TEXT_LEN + 1],
                                struct token *out, struct badge_err *err) BADGE_CHECKED;
/* errors    BADGE_ENOTFOUND, BADGE_EIO, BADGE_ECORRUPT, BADGE_ENOMEM */
enum badge_status tokens_revoke(const char *path, const char *id, struct badge_err *err) BADGE_CHECKED;

#endif
