/*
 * Finds and deploys the registry. Invariant: the registry is deployed once. Without the deterministic deployment proxy
 * its address depends on the account and its nonce, so before another is deployed, the account's own contracts are
 * looked through.
 */
#include "cli/support/deployment.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "badge/registry.h"
#include "core/format.h"
#include "runtime/file.h"

#define MAX_CREATED 64 /* an issuer's account sends few transactions */
#define SETTINGS_MAX_LEN (1 << 20)

static bool is_same_address(const struct badge_address *a, const struct badge_address *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

/* -- finding it ---------------------------------------------------------------------------------------------------- */

static enum badge_status find_created(struct chain *chain, const struct badge_address *sender, bool *is_there,
                                      struct badge_err *err)
{
    uint64_t nonce;
    enum badge_status status = chain_rpc_u64(chain, "eth_getTransactionCount",
                                             json_pack("[o,s]", rpc_hex(sender->b, sizeof sender->b), "latest"), &nonce,
                                             err);
    for (uint64_t n = 0; status == BADGE_OK && n < nonce && n < MAX_CREATED && !*is_there; n++) {
        struct badge_address created;
        struct badge_hash hash;
        bool has_code;
        badge_create_address(&created, sender, n);
        status = chain_code(chain, &created, &has_code, &hash, err);
        *is_there = status == BADGE_OK && has_code && memcmp(&hash, &badge_registry_code_hash, sizeof hash) == 0;
        if (*is_there)
            chain->contract = created;
    }
    return status;
}

static enum badge_status find_at(struct chain *chain, const struct badge_address *address, bool *is_there,
                                 struct badge_err *err)
{
    struct badge_hash hash;
    chain->contract = *address;
    enum badge_status status = chain_code(chain, address, is_there, &hash, err);
    return status == BADGE_OK && *is_there ? chain_check_registry(chain, err) : status;
}

enum badge_status deployment_find(struct chain *chain, const struct badge_address *sender, bool *is_there,
                                  bool *is_foreseen, struct badge_err *err)
{
    const struct badge_address configured = chain->contract;
    bool has_proxy = false;
    struct badge_hash hash;
    *is_foreseen = true;
    enum badge_status status = find_at(chain, &configured, is_there, err);
    if (status == BADGE_OK && !*is_there && !is_same_address(&configured, &badge_registry_address))
        status = find_at(chain, &badge_registry_address, is_there, err);
    if (status != BADGE_OK || *is_there)
        return status;
    status = chain_code(chain, &badge_create2_proxy, &has_proxy, &hash, err);
    *is_foreseen = has_proxy;
    if (status == BADGE_OK && !has_proxy && sender)
        status = find_created(chain, sender, is_there, err);
    return status;
}

/* -- deploying it -------------------------------------------------------------------------------------------------- */

enum badge_status deployment_make(struct chain *chain, const struct badge_key *key, struct chain_receipt *receipt,
                                  struct badge_err *err)
{
    bool has_proxy;
    struct badge_hash hash;
    enum badge_status status = chain_code(chain, &badge_create2_proxy, &has_proxy, &hash, err);
    if (status != BADGE_OK)
        return status;
    size_t salt_len = has_proxy ? 32 : 0;
    uint8_t *data = calloc(1, salt_len + badge_registry_init_code_len);
    if (!data)
        return badge_no_memory(err);
    memcpy(data + salt_len, badge_registry_init_code, badge_registry_init_code_len);
    status = chain_send(chain, key, has_proxy ? &badge_create2_proxy : NULL, data,
                        salt_len + badge_registry_init_code_len, receipt, err);
    free(data);
    if (status != BADGE_OK)
        return status;
    if (!has_proxy && !receipt->has_created)
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET,
                          "%s did not return the address of the new contract: look up the transaction 0x%s",
                          rpc_name(chain->rpc), core_hash_text(&receipt->transaction).s);
    chain->contract = has_proxy ? badge_registry_address : receipt->created;
    if (!has_proxy)
        cli_warn("this chain does not have the deployment proxy, so the registry is not at its usual address: set "
                 "chain.contract to %s, and give it to verifiers",
                 core_account_text(&chain->contract).s);
    return chain_check_registry(chain, err);
}

/* -- remembering it ------------------------------------------------------------------------------------------------ */

/* The value of the line `contract = …`; false: there is no such line. */
static bool settings_contract(char *out, size_t capacity, const char *text)
{
    static const char key[] = "contract";
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *at = line + strspn(line, " \t");
        if (strncmp(at, key, sizeof key - 1) != 0)
            continue;
        at += sizeof key - 1;
        at += strspn(at, " \t");
        if (*at != '=' && *at != ':')
            continue;
        at += 1 + strspn(at + 1, " \t");
        (void)snprintf(out, capacity, "%.*s", (int)strcspn(at, " \t\r\n"), at);
        return true;
    }
    return false;
}

/* The folders of the file; that of the user, or another that was named, must exist. */
static bool make_folders(const char *file)
{
    char folder[4096];
    (void)snprintf(folder, sizeof folder, "%s", file);
    char *last = strrchr(folder, '/');
    if (!last)
        return true;
    *last = '\0';
    char *before = strrchr(folder, '/');
    if (before && before > folder) {
        *before = '\0';
        (void)mkdir(folder, 0700);
        *before = '/';
    }
    return mkdir(folder, 0700) == 0 || errno == EEXIST;
}

/* Appends, so that the rest of the file, its mode, and a link to it stay. */
static bool append_line(const char *file, bool ends_with_newline, const char *value)
{
    char line[128];
    int len = snprintf(line, sizeof line, "%scontract = %s\n", ends_with_newline ? "" : "\n", value);
    int fd = make_folders(file) ? open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return false;
    bool is_written = write(fd, line, (size_t)len) == len;
    int code = errno;
    is_written = close(fd) == 0 && is_written;
    errno = code;
    return is_written;
}

void deployment_remember(const struct cli *cli, const struct chain *chain)
{
    char *text = NULL, value[64];
    size_t len = 0;
    struct badge_err err = {0};
    struct badge_address named;
    const char *file = cli->settings_file;
    struct account_text address = core_account_text(&chain->contract);
    if (!file[0])
        return;
    if (file_read(&text, &len, file, SETTINGS_MAX_LEN, &err) != BADGE_OK && err.status != BADGE_ENOTFOUND) {
        cli_warn("%s: so the contract's address was not added to it: contract = %s", err.text, address.s);
        return;
    }
    if (text && settings_contract(value, sizeof value, text)) {
        if (badge_address_parse(&named, value, strlen(value)) != BADGE_OK || !is_same_address(&named, &chain->contract))
            cli_warn(
                "%s names another contract, %s, and stays as it is: for this chain, give the commands --contract %s",
                file, value, address.s);
    } else if (!append_line(file, !text || len == 0 || text[len - 1] == '\n', address.s)) {
        cli_warn("cannot write %s: %s; give the commands --contract %s", file, strerror(errno), address.s);
    } else if (!cli->json) {
        cli_print("%s: added contract = %s", file, address.s);
    }
    free(text);
}
