/*
 * Opens the account that signs, from the settings; daemon/reload.c calls it. The invariant: the passphrase is wiped as
 * soon as the keystore is open or has failed to open.
 */
#include "daemon/operator.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/file.h"

#define KEYSTORE_MAX_LEN 65536

enum badge_status operator_check(const struct settings *settings, struct badge_err *err)
{
    bool remote = settings->chain_signer.n > 0;
    if (!settings->chain_keystore && !remote)
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                          "neither chain.keystore nor chain.signer is set; see badged --help");
    if (settings->chain_keystore && remote)
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                          "chain.keystore and chain.signer are both set; set only one of them");
    if (settings->chain_signer.n > 1)
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "chain.signer has more than one URL");
    if (remote && !settings->chain_operator.set)
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                          "chain.operator is not set; chain.signer needs it as the account that signs");
    return BADGE_OK;
}

static void add_text(struct badge_sha256 *sha, const char *text)
{
    badge_sha256_update(sha, text ? text : "", text ? strlen(text) + 1 : 1);
}

static void find_source(struct operator_opening *opening, const struct settings *settings)
{
    struct badge_sha256 sha;
    badge_sha256_init(&sha);
    add_text(&sha, settings->chain_keystore);
    add_text(&sha, settings->chain_passphrase_file);
    add_text(&sha, settings->chain_signer.n > 0 ? settings->chain_signer.item[0] : NULL);
    badge_sha256_update(&sha, settings->chain_operator.address.b, sizeof settings->chain_operator.address.b);
    badge_sha256_update(&sha, opening->json, opening->json_len);
    badge_sha256_final(&sha, &opening->source);
}

enum badge_status operator_read(struct operator_opening *opening, const struct settings *settings, bool may_ask,
                                struct badge_err *err)
{
    *opening = (struct operator_opening){.expected = settings->chain_operator};
    if (settings->chain_signer.n > 0) {
        opening->account.signer_url = settings->chain_signer.item[0];
        opening->account.address = settings->chain_operator.address;
        find_source(opening, settings);
        return BADGE_OK;
    }
    const char *passphrase_file = settings->chain_passphrase_file;
    if (!passphrase_file && !may_ask)
        return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                          "a running node can't prompt for the passphrase: set chain.passphrase_file");
    enum badge_status status = file_read(&opening->json, &opening->json_len, settings->chain_keystore, KEYSTORE_MAX_LEN,
                                         err);
    if (status == BADGE_OK)
        status = passphrase_read(&opening->passphrase, passphrase_file, "Passphrase of chain.keystore: ", err);
    if (status == BADGE_OK)
        find_source(opening, settings);
    else
        operator_release(opening);
    return status;
}

enum badge_status operator_open_work(struct operator_opening *opening, struct badge_err *err)
{
    if (opening->account.signer_url)
        return BADGE_OK;
    enum badge_status status = badge_keystore_open(&opening->account.key, opening->json, opening->json_len,
                                                   opening->passphrase.text, opening->passphrase.len, err);
    passphrase_free(&opening->passphrase);
    struct badge_address address;
    if (status != BADGE_OK || !opening->expected.set)
        return status;
    badge_key_address(&address, opening->account.key);
    if (memcmp(&address, &opening->expected.address, sizeof address) == 0)
        return BADGE_OK;
    char text[BADGE_ADDRESS_LEN + 1];
    badge_address_format(text, &address);
    return badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET,
                      "chain.keystore contains the key of %s, not of chain.operator", text);
}

void operator_release(struct operator_opening *opening)
{
    passphrase_free(&opening->passphrase);
    free(opening->json);
    opening->json = NULL;
    badge_key_free(opening->account.key);
    opening->account.key = NULL;
}
