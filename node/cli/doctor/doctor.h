/*
 * `badge doctor`: its findings, and the families of checks: of this machine (files.c), of what strangers reach (web.c),
 * of the chain (chain.c), of the issuer (issuer.c).
 */
#ifndef CLI_DOCTOR_DOCTOR_H
#define CLI_DOCTOR_DOCTOR_H

#include "cli/support/chain.h"
#include "runtime/settings.h"

enum doctor_outcome { DOCTOR_GOOD, DOCTOR_BAD, DOCTOR_UNKNOWN };

struct doctor {
    const struct cli *cli;
    const char *dir;
    struct settings settings;
    struct cli chain_cli; /* the settings of `badge` for the chain of `settings` */

    struct session session; /* for the web */

    struct chain chain; /* the first provider that answers; has_chain false: none does */
    bool has_chain;
    char why_no_chain[300];
    struct block head;
    bool has_registry; /* the contract is the one that this program knows */

    json_t *findings; /* {"check", "outcome", "detail", "do"} */
    size_t n_printed;
    unsigned n_bad, n_unknown;
};

/* Adds a finding. do: what to do about it, added by doctor_do(), where there is something. */
void doctor_find(struct doctor *doctor, const char *check, enum doctor_outcome outcome, const char *format, ...)
    BADGE_PRINTF(4, 5);
void doctor_do(struct doctor *doctor, const char *format, ...) BADGE_PRINTF(2, 3);
/* The chain can't be asked: adds the finding that this check is unknown. */
bool doctor_lacks_chain(struct doctor *doctor, const char *check);
/* The question failed. */
void doctor_find_failure(struct doctor *doctor, const char *check, const struct badge_err *err);

void doctor_check_files(struct doctor *doctor);
void doctor_check_backups(struct doctor *doctor);

void doctor_check_node(struct doctor *doctor);
void doctor_check_public_url(struct doctor *doctor);
void doctor_check_public_rpc(struct doctor *doctor);
/* GET as a page elsewhere does; the body is the caller's. */
void doctor_get(struct doctor *doctor, const char *url, struct net_response *response, char **body);

/* The first: the others need the provider that it found. */
void doctor_check_chain(struct doctor *doctor);
void doctor_check_clock(struct doctor *doctor);
void doctor_check_finality(struct doctor *doctor);
void doctor_check_registry(struct doctor *doctor);
void doctor_check_operator(struct doctor *doctor);

void doctor_check_issuer(struct doctor *doctor);

#endif
