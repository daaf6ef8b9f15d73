/*
 * The operator's account, as the settings name it: a keystore, which takes a second or more to open, or a remote
 * signer. daemon/main.c reads it at the start, and again on SIGHUP, which is how a key is rotated.
 */
#ifndef DAEMON_OPERATOR_H
#define DAEMON_OPERATOR_H

#include "anchor/anchor.h"
#include "runtime/file.h"
#include "runtime/settings.h"

/* Of what an account was opened: the same settings and the same keystore, byte for byte. */
struct operator_source {
    struct badge_hash hash;
};

struct operator_opening {
    struct anchor_account account; /* the result; its URL is borrowed from the settings */
    struct operator_source source;
    /* a keystore that is read and not open yet */
    char *json;
    size_t json_len;
    struct passphrase passphrase;
    struct config_address expected;
};

/* What of it is missing from the settings, or too much: one sentence in err. errors    BADGE_ESYNTAX */
enum badge_status operator_check(const struct settings *settings, struct badge_err *err) BADGE_CHECKED;
/*
 * Reads keystore and passphrase; a remote signer's account is complete with that. Blocking.
 * may_ask   the terminal, where there is no passphrase file
 * errors    those of reading files; BADGE_EREFUSED: there is nobody to ask
 */
enum badge_status operator_read(struct operator_opening *opening, const struct settings *settings, bool may_ask,
                                struct badge_err *err) BADGE_CHECKED;
/*
 * Opens what was read. On the pool: it takes a second or more.
 * errors    those of badge_keystore_open(); BADGE_EMISMATCH: it is not the key of chain.operator
 */
enum badge_status operator_open_work(struct operator_opening *opening, struct badge_err *err) BADGE_CHECKED;
/* Whatever of it was not taken. */
void operator_release(struct operator_opening *opening);

#endif
