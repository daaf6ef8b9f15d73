/*
 * `badge receipt`: fetches the receipt of one credential from a node.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/receipt.h"
#include "cli/support/digest_args.h"
#include "cli/support/output.h"
#include "cli/support/session.h"
#include "core/format.h"

static int run_receipt(const struct cli *cli, int argc, char **argv)
{
    const char *out = NULL;
    const struct cli_flag flag = {.name = "o", .value = &out};
    struct session session;
    struct badge_err err = {0};
    struct badge_hash digest;
    struct badge_receipt receipt;
    char path[128], why[256], *body = NULL;
    struct net_response response;
    if (!cli_flags(&argc, argv, &flag, 1, 1, 1))
        return CLI_USAGE;
    int exit_status = digest_arg(&digest, argv[1]);
    if (exit_status != CLI_YES)
        return exit_status;
    (void)snprintf(path, sizeof path, "/v1/credentials/%s/receipt", core_hash_text(&digest).s);
    if (session_open(&session, &err) != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    if (session_get(&session, cli_node(cli), path, &response, &body) != BADGE_OK)
        exit_status = cli_fail(CLI_UNREACHABLE, "%s", response.err.text);
    else if (response.http_status == 202)
        exit_status = cli_fail(CLI_NO, "the node has this credential, but it is not in a batch yet: try again later");
    else if (response.http_status != 200) {
        session_problem(why, sizeof why, &response);
        exit_status = cli_fail(response.http_status == 404 ? CLI_NO : CLI_UNREACHABLE, "%s", why);
    } else if (badge_receipt_decode(&receipt, body, response.body_len, &err) != BADGE_OK)
        exit_status = cli_fail(CLI_UNREACHABLE, "the node's answer is not a receipt: %s", err.text);
    else if (badge_hash_compare(&receipt.digest.value, &digest) != 0)
        exit_status = cli_fail(CLI_UNREACHABLE, "the node sent the receipt of another credential");
    else
        exit_status = output_write(out, body, response.body_len);
    free(body);
    session_close(&session);
    return exit_status;
}

const struct cli_command receipt_command = {
    .name = "receipt",
    .synopsis = "DIGEST|FILE [-o FILE] [--node URL]",
    .summary = "Fetch the receipt of a credential from a node",
    .help = "The receipt goes to standard output, or with -o into a file. Keep it beside the credential: with it,\n"
            "anyone can verify the credential without the node.",
    .run = run_receipt};
