/*
 * `badge withdraw`: withdraws whole batches, with the issuer's own key. It reads every batch's state from the chain
 * before it sends anything: a batch that is withdrawn already costs nothing, and one that was never anchored ends the
 * command.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "badge/registry.h"
#include "cli/support/signer.h"
#include "core/format.h"

struct withdrawal {
    struct badge_hash root;
    bool done; /* before this command */
};

static enum badge_status withdraw_check(struct signer *issuer, struct withdrawal *withdrawal, struct badge_err *err)
{
    uint8_t call[BADGE_CALL_MAX_LEN];
    uint64_t anchor[4], withdrawn_s; /* sequence, treeSize, time, blockNumber */
    size_t len = badge_call_anchor_of(call, &issuer->account, &withdrawal->root);
    enum badge_status status = signer_query(issuer, call, len, anchor, 4, err);
    if (status != BADGE_OK)
        return status;
    if (anchor[1] == 0)
        return badge_fail(err, BADGE_ENOTFOUND, BADGE_NO_OFFSET,
                          "%s has anchored no batch with the root %s; nothing was withdrawn", issuer->name,
                          core_hash_text(&withdrawal->root).s);
    len = badge_call_withdrawn_at(call, &issuer->account, &withdrawal->root);
    status = signer_query(issuer, call, len, &withdrawn_s, 1, err);
    withdrawal->done = withdrawn_s != 0;
    if (status == BADGE_OK && !withdrawal->done)
        cli_warn("batch %s has %llu credentials", core_hash_text(&withdrawal->root).s, (unsigned long long)anchor[1]);
    return status;
}

/* A withdrawal can't be undone, so the user has to confirm it. */
static bool is_confirmed(size_t n, bool yes)
{
    char line[16] = "";
    if (yes)
        return true;
    if (!isatty(STDIN_FILENO))
        return cli_refuse("withdraw: this can't be undone: confirm it with --yes");
    fprintf(stderr, "Withdraw %zu %s for good, with all their credentials? It can't be undone. Type yes: ", n,
            n == 1 ? "batch" : "batches");
    if (fgets(line, sizeof line, stdin) && strcmp(line, "yes\n") == 0)
        return true;
    return cli_refuse("nothing was withdrawn");
}

static enum badge_status withdraw_batch(struct signer *issuer, const struct withdrawal *withdrawal,
                                        struct badge_err *err)
{
    uint8_t call[BADGE_CALL_MAX_LEN];
    char what[BADGE_HEX_LEN + 32];
    (void)snprintf(what, sizeof what, "%s is withdrawn", core_hash_text(&withdrawal->root).s);
    json_t *answer = json_pack("{s:s,s:s,s:b}", "issuer", issuer->name, "root", core_hash_text(&withdrawal->root).s,
                               "withdrawn", 1);
    return signer_change(issuer, withdrawal->done, call, badge_call_withdraw(call, &withdrawal->root), what, answer,
                         err);
}

static int withdraw_all(const struct cli *cli, struct withdrawal *withdrawal, size_t n, bool yes)
{
    struct signer issuer;
    struct badge_err err = {0};
    size_t n_open = 0;
    if (signer_open(&issuer, cli, &err) != BADGE_OK)
        return cli_fail(cli_exit_of(&err), "%s", err.text);
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; i < n && status == BADGE_OK; i++) {
        status = withdraw_check(&issuer, &withdrawal[i], &err);
        n_open += !withdrawal[i].done;
    }
    bool confirmed = status == BADGE_OK && (n_open == 0 || is_confirmed(n_open, yes));
    for (size_t i = 0; i < n && confirmed && status == BADGE_OK; i++)
        status = withdraw_batch(&issuer, &withdrawal[i], &err);
    signer_close(&issuer);
    if (status != BADGE_OK)
        return cli_fail(cli_exit_of(&err), "%s", err.text);
    return confirmed ? CLI_YES : CLI_USAGE;
}

static int run_withdraw(const struct cli *cli, int argc, char **argv)
{
    bool yes = false;
    const struct cli_flag flag = {.name = "yes", .given = &yes};
    if (!cli_flags(&argc, argv, &flag, 1, 1, 1024))
        return CLI_USAGE;
    size_t n = (size_t)argc - 1;
    struct withdrawal *withdrawal = calloc(n, sizeof *withdrawal);
    if (!withdrawal)
        return cli_fail(CLI_USAGE, "out of memory");
    int exit_status = CLI_YES;
    for (size_t i = 0; i < n && exit_status == CLI_YES; i++)
        if (!cli_read_digest(&withdrawal[i].root, argv[i + 1]))
            exit_status = cli_fail(CLI_USAGE, "%s is not a root, which is 64 hexadecimal digits without 0x",
                                   argv[i + 1]);
    if (exit_status == CLI_YES)
        exit_status = withdraw_all(cli, withdrawal, n, yes);
    free(withdrawal);
    return exit_status;
}

const struct cli_command withdraw_command = {
    .name = "withdraw",
    .synopsis = "ROOT… [--yes] --rpc URL --keystore FILE",
    .summary = "Withdraw whole batches by their roots, for good",
    .help =
        "With the issuer's own keystore, and without the node: for batches that a thief of the operator's key\n"
        "anchored, or that were anchored by mistake. All their credentials are withdrawn and may be submitted again.\n"
        "It can't be undone, so the command asks first; --yes answers the question.",
    .run = run_withdraw};
