/*
 * `badge keygen`: makes a key, encrypted as a keystore of Web3 Secret Storage version 3.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "badge/eth.h"
#include "cli/cli.h"
#include "runtime/file.h"

/* A typed passphrase is asked for twice, because a mistyped one can't be recovered. */
static enum badge_status new_passphrase(struct passphrase *out, const char *file, struct badge_err *err)
{
    struct passphrase again = {0};
    enum badge_status status = passphrase_read(out, file, "New passphrase: ", err);
    if (status == BADGE_OK && !file)
        status = passphrase_read(&again, NULL, "Repeat passphrase: ", err);
    if (status == BADGE_OK && !file && (again.len != out->len || !badge_equal_secret(again.text, out->text, out->len)))
        status = badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "the two passphrases differ: nothing was written");
    if (status == BADGE_OK && !out->len)
        status = badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "the passphrase is empty: nothing was written");
    passphrase_free(&again);
    return status;
}

static int run_keygen(const struct cli *cli, int argc, char **argv)
{
    const char *out = NULL;
    const struct cli_flag flag = {.name = "o", .value = &out};
    struct passphrase passphrase = {0};
    struct badge_key *key = NULL;
    struct badge_err err = {0};
    char json[BADGE_KEYSTORE_MAX_LEN];
    size_t len;
    if (!cli_flags(&argc, argv, &flag, 1, 0, 0))
        return CLI_USAGE;
    if (out && strcmp(out, "-") == 0)
        out = NULL;
    if (out && access(out, F_OK) == 0)
        return cli_fail(CLI_USAGE, "%s exists, and a key is never overwritten: choose another name", out);
    enum badge_status status = new_passphrase(&passphrase, cli->passphrase_file, &err);
    if (status == BADGE_OK)
        status = badge_key_generate(&key, &err);
    if (status == BADGE_OK)
        status = badge_keystore_write(json, &len, key, passphrase.text, passphrase.len, BADGE_KDF_SCRYPT, &err);
    if (status == BADGE_OK && out)
        status = file_replace(out, json, len, 0600, &err);
    if (status == BADGE_OK && out) {
        struct badge_address address;
        badge_key_address(&address, key);
        cli_print_account(cli, &address, out);
    } else if (status == BADGE_OK) {
        puts(json);
    }
    badge_key_free(key);
    passphrase_free(&passphrase);
    return status != BADGE_OK ? cli_fail(CLI_USAGE, "%s", err.text) : CLI_YES;
}

const struct cli_command keygen_command = {
    .name = "keygen",
    .synopsis = "[-o FILE] [--passphrase-file FILE]",
    .summary = "Make a new key, encrypted, and print its account",
    .help =
        "The file is a Web3 Secret Storage keystore, version 3, with scrypt, as Ethereum's tools read and write it.\n"
        "Without -o the keystore itself goes to standard output.",
    .run = run_keygen};
