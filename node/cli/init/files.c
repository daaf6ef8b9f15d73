/*
 * The files that `badge init` makes. Invariants: what is there is kept and never read into anything but memory; what
 * holds a secret is created 0600; a new issuer's key is made only if none was ever in use here.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "badge/did.h"
#include "cli/init/init.h"
#include "core/format.h"
#include "runtime/file.h"
#include "runtime/tokens.h"

const char *files_path(char out[INIT_PATH_LEN], const struct setup *setup, const char *name)
{
    (void)core_format(out, INIT_PATH_LEN, "%s/%s", setup->dir, name);
    return out;
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Reports a file: made or kept, and what it is. */
static void report_file(const struct setup *setup, const char *path, bool is_made, const char *what)
{
    if (setup->files)
        json_array_append_new(setup->files, json_pack("{s:o,s:b}", "file", cli_json_text(path), "made", is_made));
    else
        cli_print("%-5s %s  (%s)", is_made ? "made" : "kept", path, what);
}

static bool write_file(const struct setup *setup, const char *path, const char *bytes, size_t len, mode_t mode,
                       const char *what, int *exit_status)
{
    struct badge_err err = {0};
    *exit_status = CLI_USAGE;
    if (file_replace(path, bytes, len, mode, &err) != BADGE_OK)
        return cli_refuse("%s", err.text);
    report_file(setup, path, true, what);
    return true;
}

/* Writes a new file that only its owner may read. */
static bool make_file(const struct setup *setup, const char *path, const char *bytes, size_t len, const char *what,
                      int *exit_status)
{
    return write_file(setup, path, bytes, len, 0600, what, exit_status);
}

/* -- folder and keys ----------------------------------------------------------------------------------------------- */

/* Two at once would replace each other's keys. Where a file system has no locks, a person has to take care. */
static bool lock_folder(struct setup *setup)
{
    char conf[INIT_PATH_LEN];
    setup->lock_fd = open(setup->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (setup->lock_fd >= 0 && flock(setup->lock_fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
        return cli_refuse("init: another badge init is at work in %s: let it end", setup->dir);
    return is_there(files_path(conf, setup, "badged.conf")) == setup->has_conf ||
           cli_refuse("init: another badge init has just made %s: run the command again", conf);
}

bool files_make_folder(struct setup *setup, int *exit_status)
{
    char absolute[PATH_MAX];
    struct stat about;
    *exit_status = CLI_USAGE;
    if (mkdir(setup->dir, 0700) && errno != EEXIST)
        return cli_refuse("cannot make the folder %s: %s", setup->dir, strerror(errno));
    if (stat(setup->dir, &about) == 0 && !S_ISDIR(about.st_mode))
        return cli_refuse("%s is not a folder", setup->dir);
    if (!realpath(setup->dir, absolute) || strlen(absolute) >= sizeof setup->dir - 64)
        return cli_refuse("cannot use the folder %s: %s", setup->dir, strerror(errno ? errno : ENAMETOOLONG));
    if (access(absolute, W_OK | X_OK))
        return cli_refuse("cannot write into the folder %s: %s", absolute, strerror(errno));
    (void)snprintf(setup->dir, sizeof setup->dir, "%s", absolute);
    if (!lock_folder(setup))
        return false;
    (void)snprintf(setup->issuer_key, sizeof setup->issuer_key, "%s", setup->cli->keystore ? setup->cli->keystore : "");
    if (!setup->issuer_key[0])
        (void)files_path(setup->issuer_key, setup, "issuer.json");
    (void)snprintf(setup->passphrase, sizeof setup->passphrase, "%s",
                   setup->cli->passphrase_file ? setup->cli->passphrase_file : "");
    if (!setup->passphrase[0])
        (void)files_path(setup->passphrase, setup, "passphrase");
    return true;
}

bool files_make_store(struct setup *setup, int *exit_status)
{
    const char *store = setup->settings.store_path;
    *exit_status = CLI_USAGE;
    if (mkdir(store, 0700) && errno != EEXIST)
        return cli_refuse("cannot make the folder of the store, %s: %s", store, strerror(errno));
    return access(store, W_OK | X_OK) == 0 ||
           cli_refuse("cannot write into the folder of the store, %s: %s", store, strerror(errno));
}

static bool make_passphrase(const struct setup *setup, int *exit_status)
{
    static const char what[] = "opens both keys";
    uint8_t secret[24];
    char text[2 * sizeof secret + 2];
    if (is_there(setup->passphrase)) {
        report_file(setup, setup->passphrase, false, what);
        return true;
    }
    if (getrandom(secret, sizeof secret, 0) != sizeof secret)
        return cli_refuse("no random bytes from the system (getrandom): no passphrase was made");
    badge_hex_encode(text, secret, sizeof secret);
    text[2 * sizeof secret] = '\n';
    bool is_made = make_file(setup, setup->passphrase, text, 2 * sizeof secret + 1, what, exit_status);
    badge_wipe(secret, sizeof secret);
    badge_wipe(text, sizeof text);
    return is_made;
}

static bool make_key(const struct setup *setup, const char *path, struct badge_address *account, const char *whose,
                     int *exit_status)
{
    struct passphrase passphrase = {0};
    struct badge_key *key = NULL;
    struct badge_err err = {0};
    char json[BADGE_KEYSTORE_MAX_LEN], what[96];
    size_t len;
    *exit_status = CLI_USAGE;
    enum badge_status status = passphrase_read(&passphrase, setup->passphrase, NULL, &err);
    if (status == BADGE_OK)
        status = badge_key_generate(&key, &err);
    if (status == BADGE_OK)
        status = badge_keystore_write(json, &len, key, passphrase.text, passphrase.len, BADGE_KDF_SCRYPT, &err);
    passphrase_free(&passphrase);
    if (status != BADGE_OK)
        return cli_refuse("%s", err.text);
    badge_key_address(account, key);
    badge_key_free(key);
    (void)snprintf(what, sizeof what, "%s, account %s", whose, core_account_text(account).s);
    return make_file(setup, path, json, len, what, exit_status);
}

/* Reads the account of a keystore that is there, or makes one. */
static bool keep_or_make_key(const struct setup *setup, const char *path, struct badge_address *account,
                             const char *whose, int *exit_status)
{
    struct badge_err err = {0};
    char *json, what[96];
    size_t len;
    *exit_status = CLI_USAGE;
    if (!is_there(path))
        return make_key(setup, path, account, whose, exit_status);
    if (file_read(&json, &len, path, 65536, &err) != BADGE_OK)
        return cli_refuse("%s", err.text);
    enum badge_status status = badge_keystore_address(account, json, len, &err);
    free(json);
    if (status != BADGE_OK)
        return cli_refuse("%s: %s", path, err.text);
    (void)snprintf(what, sizeof what, "%s, account %s", whose, core_account_text(account).s);
    report_file(setup, path, false, what);
    return true;
}

static bool settle_issuer_key(struct setup *setup, int *exit_status)
{
    const struct config_address *named = &setup->settings.chain_issuer;
    *exit_status = CLI_USAGE;
    setup->has_issuer = true;
    /* It may be kept where this machine can't reach it: then another one must not take its place. */
    if (setup->has_conf && named->set && !is_there(setup->issuer_key)) {
        setup->issuer = named->address;
        return true;
    }
    if (setup->cli->keystore && !is_there(setup->issuer_key))
        return cli_refuse("init: --keystore: %s does not exist", setup->issuer_key);
    if (!keep_or_make_key(setup, setup->issuer_key, &setup->issuer, "the issuer's key", exit_status))
        return false;
    return !named->set || memcmp(&named->address, &setup->issuer, sizeof setup->issuer) == 0 ||
           cli_refuse(
               "init: badged.conf has chain.issuer = %s, but %s is the key of another account: name the issuer's "
               "with --keystore FILE",
               core_account_text(&named->address).s, setup->issuer_key);
}

static bool settle_operator_key(struct setup *setup, int *exit_status)
{
    const struct settings *settings = &setup->settings;
    *exit_status = CLI_USAGE;
    if (settings->chain_signer.n && settings->chain_operator.set) {
        setup->operator= settings->chain_operator.address;
        return true;
    }
    if (!settings->chain_keystore)
        return cli_refuse("init: badged.conf, which is kept, names no key of the node: add keystore = FILE and "
                          "passphrase_file = FILE to its section [chain]");
    return keep_or_make_key(setup, settings->chain_keystore, &setup->operator, "the node's own key", exit_status);
}

/* A key that is there has its passphrase already: another one would not open it. */
static bool settle_passphrase(const struct setup *setup, int *exit_status)
{
    const char *operator_key = setup->settings.chain_keystore;
    bool has_key = is_there(setup->issuer_key) || (operator_key && is_there(operator_key)) || setup->has_conf;
    return (has_key && !is_there(setup->passphrase)) || make_passphrase(setup, exit_status);
}

bool files_make_keys(struct setup *setup, int *exit_status)
{
    return settle_passphrase(setup, exit_status) && settle_issuer_key(setup, exit_status) &&
           settle_operator_key(setup, exit_status);
}

/* -- badged.conf --------------------------------------------------------------------------------------------------- */

static void write_list(FILE *out, const char *key, const struct config_list *list)
{
    if (list->n_words)
        fprintf(out, "%s =", key);
    for (size_t i = 0; i < list->n_words; i++)
        fprintf(out, "%s%s\n", i == 0 ? " " : "    ", list->word[i]);
}

static void write_text(FILE *out, const char *key, const char *value)
{
    if (value)
        fprintf(out, "%s = %s\n", key, value);
}

static void write_conf(FILE *out, const struct setup *setup)
{
    const struct settings *settings = &setup->settings;
    fputs("# Written by `badge init`, which keeps it from now on: edit it as you like. badged(1) explains the keys.\n"
          "[http]\n",
          out);
    write_text(out, "listen", settings->http_listen);
    write_text(out, "public_url", settings->http_public_url);
    write_text(out, "name", settings->http_name);
    write_list(out, "public_rpc", &settings->http_public_rpc);
    fputs("[store]\n", out);
    write_text(out, "path", settings->store_path);
    fputs("[intake]\n", out);
    write_list(out, "issuers", &settings->intake_issuers);
    if (setup->dev)
        fputs("[batch]\nmax_age = 10 s\n", out);
    fputs("[chain]\n", out);
    write_list(out, "rpc", &settings->chain_rpc);
    fprintf(out, "id = %llu\n", (unsigned long long)settings->chain_id);
    write_text(out, "contract", core_account_text(&settings->chain_contract.address).s);
    write_text(out, "issuer", core_account_text(&setup->issuer).s);
    write_text(out, "keystore", settings->chain_keystore);
    write_text(out, "passphrase_file", settings->chain_passphrase_file);
}

bool files_make_conf(struct setup *setup, int *exit_status)
{
    static const char what[] = "the node's settings";
    char path[INIT_PATH_LEN], *text = NULL;
    size_t len = 0;
    *exit_status = CLI_USAGE;
    (void)files_path(path, setup, "badged.conf");
    if (setup->has_conf) {
        report_file(setup, path, false, what);
        return true;
    }
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return cli_refuse("out of memory");
    write_conf(out, setup);
    bool is_made = fclose(out) == 0 && make_file(setup, path, text, len, what, exit_status);
    free(text);
    return is_made;
}

/* -- what follows from it ------------------------------------------------------------------------------------------ */

/* The file's token may have been revoked, or be that of another store. */
static bool is_token_of(const char *store_tokens, const char *path)
{
    struct tokens *tokens;
    struct badge_err err = {0};
    char *text = NULL;
    size_t len;
    if (file_read(&text, &len, path, 4096, &err) != BADGE_OK)
        return false;
    bool is_known = false;
    if (tokens_open(&tokens, store_tokens, &err) == BADGE_OK) {
        is_known = tokens_scopes(tokens, text, strcspn(text, "\r\n")) != 0;
        tokens_free(tokens);
    }
    badge_wipe(text, len);
    free(text);
    return is_known;
}

bool files_make_token(struct setup *setup, int *exit_status)
{
    static const char what[] = "an API token: submit, digest, admin";
    const char *store = setup->settings.store_path;
    char path[INIT_PATH_LEN], tokens[INIT_PATH_LEN], text[TOKEN_TEXT_LEN + 2];
    struct token token;
    struct badge_err err = {0};
    *exit_status = CLI_USAGE;
    (void)files_path(path, setup, "token");
    if ((size_t)snprintf(tokens, sizeof tokens, "%s/tokens", store) >= sizeof tokens)
        return cli_refuse("the path of the store is too long");
    if (is_there(path) && is_token_of(tokens, path)) {
        report_file(setup, path, false, what);
        return true;
    }
    if (is_there(path))
        return cli_refuse("init: %s is not a token of the store %s: remove the file, and init makes another one", path,
                          store);
    if (tokens_create(tokens, TOKEN_SUBMIT | TOKEN_DIGEST | TOKEN_ADMIN, "init", text, &token, &err) != BADGE_OK)
        return cli_refuse("%s", err.text);
    text[TOKEN_TEXT_LEN] = '\n';
    bool is_made = make_file(setup, path, text, TOKEN_TEXT_LEN + 1, what, exit_status);
    badge_wipe(text, sizeof text);
    return is_made;
}

/* The statement that all that is signed from now on is recorded (PROTOCOL.md, section 7). */
static json_t *registry_service(const struct setup *setup, const char *did)
{
    char id[INIT_ANSWER_LEN], chain[32];
    (void)snprintf(id, sizeof id, "%s#badge-registry", did);
    (void)snprintf(chain, sizeof chain, "eip155:%llu", (unsigned long long)setup->settings.chain_id);
    return json_pack("{s:s,s:s,s:{s:s,s:s,s:s,s:s}}", "id", id, "type", "BadgeRegistry", "serviceEndpoint", "chain",
                     chain, "contract", core_account_text(&setup->settings.chain_contract.address).s, "account",
                     core_account_text(&setup->issuer).s, "since", core_time_text((int64_t)time(NULL)).s);
}

/* The DID document that makes a did:web name the account by itself, and promises a record of all that it signs. */
static bool make_did_document(struct setup *setup, const char *did, unsigned number, int *exit_status)
{
    char url[BADGE_DID_URL_LEN], name[32], path[INIT_PATH_LEN], method[INIT_ANSWER_LEN], account[96], what[640];
    if (!badge_did_web_url(url, (struct badge_text){did, strlen(did)}))
        return true;
    (void)snprintf(name, sizeof name, number > 1 ? "did-%u.json" : "did.json", number);
    (void)snprintf(method, sizeof method, "%s#badges", did);
    (void)snprintf(account, sizeof account, "eip155:%llu:%s", (unsigned long long)setup->settings.chain_id,
                   core_account_text(&setup->issuer).s);
    (void)snprintf(what, sizeof what, "to publish as %s", url);
    if (is_there(files_path(path, setup, name))) {
        report_file(setup, path, false, what);
        return true;
    }
    json_t *document = json_pack("{s:s,s:s,s:[{s:s,s:s,s:s,s:s}],s:[o]}", "@context", "https://www.w3.org/ns/did/v1",
                                 "id", did, "assertionMethod", "id", method, "type", "EcdsaSecp256k1RecoveryMethod2020",
                                 "controller", did, "blockchainAccountId", account, "service",
                                 registry_service(setup, did));
    char *text = json_dumps(document, JSON_INDENT(2));
    json_decref(document);
    /* For everybody: a web server can't serve a copy that only its owner may read. */
    bool is_made = text && write_file(setup, path, text, strlen(text), 0644, what, exit_status);
    setup->has_did_document = setup->has_did_document || is_made;
    free(text);
    return is_made;
}

bool files_make_did_documents(struct setup *setup, int *exit_status)
{
    unsigned number = 0;
    for (size_t i = 0; i < setup->n_ids; i++)
        if (strncmp(setup->id[i], "did:web:", 8) == 0 && !make_did_document(setup, setup->id[i], ++number, exit_status))
            return false;
    return true;
}
