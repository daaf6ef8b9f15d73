/*
 * `badge init`, in its order: what is asked (questions.c), the files (files.c), the registry (registry.c).
 */
#ifndef CLI_INIT_INIT_H
#define CLI_INIT_INIT_H

#include "cli/support/signer.h"
#include "runtime/settings.h"

#define INIT_MAX_IDS 64
#define INIT_PATH_LEN 4096
#define INIT_ANSWER_LEN 1024

struct setup {
    const struct cli *cli;
    bool yes, dev, waits; /* waits: for funds */
    bool asks;            /* there is a person at a terminal */

    /* The flags; NULL: not given. */
    const char *public_url, *public_rpc, *name, *store;
    const char *id[INIT_MAX_IDS]; /* issuer ids of the flags, or what was typed */
    size_t n_ids;
    struct {
        char dir[INIT_PATH_LEN], ids[INIT_ANSWER_LEN], public_url[INIT_ANSWER_LEN], public_rpc[INIT_ANSWER_LEN],
            name[INIT_ANSWER_LEN], rpc[INIT_ANSWER_LEN];
    } typed;

    char dir[INIT_PATH_LEN]; /* absolute, once it exists */
    int lock_fd;             /* of dir, while this runs; -1: none */
    bool has_conf;           /* badged.conf was there: it is kept, and says what the node does */
    bool has_settings;       /* `settings` is to be released */
    struct settings settings;
    struct cli chain_cli; /* the settings of `badge` for the chain of `settings` */
    char issuer_key[INIT_PATH_LEN], passphrase[INIT_PATH_LEN];

    bool has_issuer; /* issuer, from the keystore or badged.conf */
    struct badge_address issuer, operator;
    json_t *files;         /* of --json */
    bool has_did_document; /* one was made now */
};

/* All of these: false means that the reason is printed, and *exit_status is the command's. */

/* Adds an issuer's id, if it is one: a URI. id: borrowed for as long as setup is used. */
bool questions_take_id(struct setup *setup, const char *id);
/* Reads badged.conf, or asks for what the node needs. */
bool questions_settle(struct setup *setup, int *exit_status);
/* The settings of the node, checked as the daemon would; the folder is there. */
bool questions_load(struct setup *setup, int *exit_status);
/* Asks for "yes". Without a terminal only --yes is one. */
bool questions_confirm(const struct setup *setup, const char *question, int *exit_status);
/* Waits for Enter; false, without a message: nobody is there to press it. */
bool questions_wait(const struct setup *setup, const char *what);

/* And locks it, so that no other init works there. */
bool files_make_folder(struct setup *setup, int *exit_status);
/* Makes the passphrase and both keys, where they are missing. */
bool files_make_keys(struct setup *setup, int *exit_status);
/* Makes the store's folder, before anything is paid for a node that could not use it. */
bool files_make_store(struct setup *setup, int *exit_status);
/* The files that follow from the others: badged.conf, a token, DID documents to publish. */
bool files_make_conf(struct setup *setup, int *exit_status);
bool files_make_token(struct setup *setup, int *exit_status);
bool files_make_did_documents(struct setup *setup, int *exit_status);
/* "DIR/name" */
const char *files_path(char out[INIT_PATH_LEN], const struct setup *setup, const char *name);

/*
 * Deploys the registry, makes the operator one, accredits the ids, as far as that is not done; says before what it
 * costs. Calls files_make_conf() as soon as the contract's address is known. changes: an array for --json, else NULL.
 */
bool registry_settle(struct setup *setup, json_t *changes, int *exit_status);

#endif
