/*
 * The operator's account from the settings: a keystore, which takes a second or more to open, or a remote signer.
 * daemon/reload.c reads it at the start, and again on SIGHUP, which is how a key is rotated.
 */
#ifndef DAEMON_OPERATOR_H
#define DAEMON_OPERATOR_H

#include "anchor/anchor.h"
#include "runtime/file.h"
#include "runtime/settings.h"

struct operator_opening {
    struct anchor_account account; /* the result; its URL is borrowed from the settings */
    struct badge_hash source;      /* what it is opened from: of the settings and of the keystore's bytes */
    /* a keystore that was read but is not open yet */
    char *json;
    size_t json_len;
    struct passphrase passphrase;
    struct config_address expected;
};

/* Checks these settings for missing and contradicting ones. errors    BADGE_ESYNTAX */
enum badge_status operator_check(const struct settings *settings, struct badge_err *err) BADGE_CHECKED;
/*
 * Reads keystore and passphrase; the account of a remote signer needs nothing more. Blocking.
 * may_ask   whether to prompt on the terminal if there is no passphrase file
 * errors    those of reading files; BADGE_EREFUSED: no passphrase file, and may_ask is false
 */
enum badge_status operator_read(struct operator_opening *opening, const struct settings *settings, bool may_ask,
                                struct badge_err *err) BADGE_CHECKED;
/*
 * Opens the keystore that was read. On the pool: it takes a second or more.
 * errors    those of badge_keystore_open(); BADGE_EMISMATCH: it is not the key of chain.operator
 */
enum badge_status operator_open_work(struct operator_opening *opening, struct badge_err *err) BADGE_CHECKED;
/* Frees everything that was not taken. */
void operator_release(struct operator_opening *opening);

#endif
