/*
 * The issuer's own transactions. The state of each item is read before anything is sent: what is done already costs
 * nothing. Called by revoke.c and withdraw.c.
 */
#include "cli/support/issuer.h"

#include <stdio.h>

#include "badge/registry.h"
#include "cli/support/tx_report.h"

#define MAX_RESTORED 200 /* digests in one transaction */

enum badge_status issuer_open(struct issuer *issuer, const struct cli *cli, struct badge_err *err)
{
    issuer->key = NULL;
    enum badge_status status = chain_open(&issuer->chain, cli, err);
    if (status != BADGE_OK)
        return status;
    status = chain_check_registry(&issuer->chain, err);
    if (status == BADGE_OK)
        status = chain_key(&issuer->key, cli, err);
    if (status != BADGE_OK) {
        chain_close(&issuer->chain);
        return status;
    }
    badge_key_address(&issuer->account, issuer->key);
    badge_address_format(issuer->name, &issuer->account);
    return BADGE_OK;
}

void issuer_close(struct issuer *issuer)
{
    badge_key_free(issuer->key);
    chain_close(&issuer->chain);
}

enum badge_status issuer_call(struct issuer *issuer, const uint8_t *call, size_t len, uint64_t *out, size_t n,
                              struct badge_err *err)
{
    uint8_t words[128];
    size_t words_len;
    enum badge_status status = chain_call(&issuer->chain, call, len, words, sizeof words, &words_len, err);
    if (status == BADGE_OK && badge_answer_u64s(out, n, words, words_len) != BADGE_OK)
        status = badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET,
                            "%s returned an answer that can't come from the registry: try another provider",
                            rpc_name(issuer->chain.rpc));
    return status;
}

/* Moves the *n_revoked revoked digests to the front of the list, and prints the others. */
static enum badge_status issuer_select_revoked(struct issuer *issuer, struct badge_hash *digest, size_t n,
                                               size_t *n_revoked, struct badge_err *err)
{
    *n_revoked = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t call[BADGE_CALL_MAX_LEN];
        uint64_t time_s;
        char hex[BADGE_HEX_LEN + 1];
        size_t len = badge_call_revoked_at(call, &issuer->account, &digest[i]);
        enum badge_status status = issuer_call(issuer, call, len, &time_s, 1, err);
        if (status != BADGE_OK)
            return status;
        badge_hex_encode(hex, digest[i].b, 32);
        if (time_s != 0)
            digest[(*n_revoked)++] = digest[i];
        else
            cli_warn("%s is not revoked by %s: nothing to undo", hex, issuer->name);
    }
    return BADGE_OK;
}

static enum badge_status issuer_send_restore(struct issuer *issuer, const struct badge_hash *digest, size_t n,
                                             struct badge_err *err)
{
    for (size_t at = 0; at < n;) {
        uint8_t call[BADGE_CALL_RESTORE_LEN(MAX_RESTORED)];
        size_t n_now = n - at < MAX_RESTORED ? n - at : MAX_RESTORED;
        struct chain_receipt receipt;
        char what[64];
        enum badge_status status = chain_send(&issuer->chain, issuer->key, &issuer->chain.contract, call,
                                              badge_call_restore(call, digest + at, n_now), &receipt, err);
        if (status != BADGE_OK)
            return status;
        (void)snprintf(what, sizeof what, "%zu restored", n_now);
        json_t *answer = json_pack("{s:s,s:I}", "issuer", issuer->name, "restored", (json_int_t)n_now);
        tx_report(&issuer->chain, answer, what, &receipt);
        json_decref(answer);
        at += n_now;
    }
    return BADGE_OK;
}

int issuer_restore(const struct cli *cli, const struct digest_args *list)
{
    struct issuer issuer;
    struct badge_err err = {0};
    size_t n_revoked = 0;
    if (issuer_open(&issuer, cli, &err) != BADGE_OK)
        return cli_fail(cli_exit_of(&err), "%s", err.text);
    enum badge_status status = issuer_select_revoked(&issuer, list->digest, list->n, &n_revoked, &err);
    if (status == BADGE_OK)
        status = issuer_send_restore(&issuer, list->digest, n_revoked, &err);
    issuer_close(&issuer);
    if (status != BADGE_OK)
        return cli_fail(cli_exit_of(&err), "%s", err.text);
    return n_revoked == list->n ? CLI_YES : CLI_NO;
}
