/*
 * What the commands of `badge` share: settings, flags, exit statuses, output.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <jansson.h>
#include <stdio.h>

#include "runtime/config.h"

enum cli_exit {
    CLI_YES = 0,
    CLI_NO = 1,          /* the answer is no: invalid, not found, refused */
    CLI_USAGE = 2,       /* usage, input or output error */
    CLI_UNREACHABLE = 3, /* a node or a provider can't be reached */
};

/* From ~/.config/badge/config, then BADGE_…, then flags. */
struct cli {
    struct config_list nodes; /* URLs of nodes, without a slash at their ends; most commands ask only one */
    char *node;               /* the last of them; NULL: none */
    char *token_file;
    struct config_list rpc;
    struct config_address contract;
    uint64_t chain_id;             /* 0: that of the provider */
    uint64_t max_head_age_ms;      /* of a provider's newest block */
    uint64_t status_max_age_ms;    /* of a status list that can't be fetched again, beyond its time */
    struct config_list issuer;     /* [ID=]0x… */
    struct config_list accreditor; /* 0x… */
    char *keystore, *passphrase_file;
    char settings_file[4096]; /* of --config, or ~/.config/badge/config, which may be missing; "": none */
    bool json;                /* --json: for machines */
};

struct cli_command {
    const char *name;                                         /* "operator" */
    const char *synopsis;                                     /* its arguments */
    const char *summary;                                      /* one line */
    const char *help;                                         /* the rest of its --help */
    int (*run)(const struct cli *cli, int argc, char **argv); /* argv[0] is the command */
};

/* Each in the file of its name; badge.c has the table of them all. */
extern const struct cli_command bake_command, unbake_command;
extern const struct cli_command digest_command, submit_command, receipt_command, verify_command, revoke_command,
    withdraw_command, keygen_command, address_command, deploy_command, operator_command, accredit_command,
    token_command, audit_command, mirror_command, fsck_command, backup_command, restore_command, init_command,
    doctor_command, rdf_command, check_command;

/* A flag of one command: exactly one of the two is set. */
struct cli_flag {
    const char *name; /* "receipt" for --receipt, "o" for -o */
    const char **value;
    bool *given;
};
/*
 * Takes the flags out of argv and leaves the other arguments in argv[1] … ("--" ends the flags). Of those there must be
 * min to max. False: the reason is printed, and the command ends with CLI_USAGE.
 */
bool cli_flags(int *argc, char **argv, const struct cli_flag *flag, size_t n_flags, int min, int max);

/* Prints "badge: the text" to standard error, without control characters; returns exit_status. */
int cli_fail(int exit_status, const char *format, ...) BADGE_PRINTF(2, 3);
/* The same for a reason that ends the command with CLI_USAGE, in functions that return whether it continues: false. */
bool cli_refuse(const char *format, ...) BADGE_PRINTF(1, 2);
/* The same, if the command continues. */
void cli_warn(const char *format, ...) BADGE_PRINTF(1, 2);
/* Prints a line to standard output, without control characters. */
void cli_print(const char *format, ...) BADGE_PRINTF(1, 2);
/* The exit status for a failure. */
int cli_exit_of(const struct badge_err *err);
/* A JSON string of a file name or another text that may not be UTF-8. */
json_t *cli_json_text(const char *text);
/* Prints a JSON value on one line and releases it. */
void cli_print_json(json_t *value);

/* Prints the account of a keystore: a line, or with --json an object that names the keystore's file too. */
void cli_print_account(const struct cli *cli, const struct badge_address *account, const char *file);

/* The node of --node, or else the one on this machine. */
const char *cli_node(const struct cli *cli);

/* Reads the 64 hexadecimal digits of a digest; false for anything else. */
bool cli_read_digest(struct badge_hash *out, const char *text);
/* Reads an account as people type it, and checks its EIP-55 checksum. False: the reason is printed. */
bool cli_read_account(struct badge_address *out, const char *text);

#endif
