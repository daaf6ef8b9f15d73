/*
 * The table of the daemon's settings. daemon/arguments.c loads it; the flags, environment variables, keys, help and
 * printed configuration of `badged` all come from it.
 */
#include "runtime/settings.h"

#include <string.h>

#include "badge/registry.h"
#include "core/compiler.h"
#include "core/number.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)
#define HOUR UINT64_C(3600000) /* in milliseconds */
#define MAX_CONFIRMATIONS 100000

/* A number of digits only, from least to most; 0 if it is not. */
static uint64_t number_within(const char *text, uint64_t least, uint64_t most)
{
    uint64_t value;
    return core_decimal_read(&value, text, strlen(text)) && value >= least && value <= most ? value : 0;
}

static const char *check_listen(const char *text)
{
    const char *colon = strrchr(text, ':');
    bool named = colon && colon > text && (text[0] != '[' || colon[-1] == ']');
    bool bare_ipv6 = named && text[0] != '[' && memchr(text, ':', (size_t)(colon - text));
    if (named && !bare_ipv6 && (strcmp(colon, ":0") == 0 || number_within(colon + 1, 1, 65535) > 0))
        return NULL;
    return "an address and a port, such as 127.0.0.1:8080 or [::1]:8080";
}

static const char *check_public_url(const char *text)
{
    size_t len = strlen(text);
    if (config_url_is_web(text) && text[len - 1] != '/' && strcspn(text, " ?#\"<>") == len)
        return NULL;
    return "an http or https URL without query and without a slash at its end";
}

/* The pages' Content-Security-Policy allows https only, and http on the reader's own machine. */
static const char *check_public_rpc(const char *text)
{
    static const char *const local[] = {"http://127.0.0.1", "http://localhost"};
    bool good = strncasecmp(text, "https://", 8) == 0 && text[8];
    for (size_t i = 0; i < ARRAY_LEN(local); i++) {
        size_t len = strlen(local[i]);
        good = good || (strncasecmp(text, local[i], len) == 0 && (!text[len] || strchr(":/", text[len])));
    }
    return good && !strpbrk(text, "@#\"<>") ? NULL : "an https URL, or an http URL of 127.0.0.1 or localhost";
}

static const char *check_name(const char *text)
{
    return strlen(text) <= 100 ? NULL : "a name of at most 100 bytes";
}

static const char *check_requirement(const char *text)
{
    bool is_one = strcmp(text, "readable") == 0 || strcmp(text, "bound") == 0 || strcmp(text, "conformant") == 0;
    return is_one ? NULL : "readable, bound or conformant";
}

static const char *check_issuer(const char *text)
{
    return strchr(text, ':') ? NULL : "an issuer's id, which is a URL such as did:web:example.org";
}

static const char *check_finality(const char *text)
{
    if (strcmp(text, "finalized") == 0 || number_within(text, 1, MAX_CONFIRMATIONS) > 0)
        return NULL;
    return "\"finalized\" or a number of confirmations from 1 to 100000";
}

uint64_t settings_confirmations(const struct settings *settings)
{
    return settings->chain_finality ? number_within(settings->chain_finality, 1, MAX_CONFIRMATIONS) : 0;
}

bool settings_may_publish(const struct settings *settings)
{
    return settings->http_publish == SETTINGS_PUBLISH_YES ||
           (settings->http_publish == SETTINGS_PUBLISH_AUTO && settings->http_public_url);
}

bool settings_require(const struct settings *settings, const char *what)
{
    for (size_t i = 0; i < settings->intake_require.n; i++)
        if (strcmp(settings->intake_require.item[i], what) == 0)
            return true;
    return false;
}

#define AT(member) offsetof(struct settings, member)
static const struct config_option options[] = {
    {"http.listen", CONFIG_TEXT, AT(http_listen), "127.0.0.1:8080", .check = check_listen,
     .help = "address and port to listen on"},
    {"http.loops", CONFIG_U64, AT(http_loops), "1", .min = 1, .max = 64, .help = "event loops that share the port"},
    {"http.max_json", CONFIG_SIZE, AT(http_max_json), "8 MiB", .min = KIB, .max = 64 * MIB,
     .help = "longest JSON document or JWT accepted"},
    {"http.max_body", CONFIG_SIZE, AT(http_max_body), "16 MiB", .min = KIB, .max = 64 * GIB,
     .help = "longest document of any other kind"},
    {"http.max_connections", CONFIG_U64, AT(http_max_connections), "10000", .min = 1, .max = 1000000,
     .help = "maximum number of open connections"},
    {"http.max_connections_per_client", CONFIG_U64, AT(http_max_connections_per_client), "2048", .max = 1000000,
     .help = "the same from one address that is not a trusted proxy; 0: unlimited"},
    {"http.rate_per_client", CONFIG_U64, AT(http_rate_per_client), "0", .max = 1000000,
     .help = "requests per second from one address without a token; 0: unlimited"},
    {"http.rate_per_token", CONFIG_U64, AT(http_rate_per_token), "0", .max = 1000000,
     .help = "requests per second with one token; 0: unlimited"},
    {"http.public_url", CONFIG_TEXT, AT(http_public_url), NULL, .check = check_public_url,
     .help = "URL at which clients reach the node, for links"},
    {"http.name", CONFIG_TEXT, AT(http_name), NULL, .check = check_name,
     .help = "name of the institution, shown on the pages"},
    {"http.public_rpc", CONFIG_LIST, AT(http_public_rpc), NULL, .check = check_public_rpc,
     .help = "JSON-RPC endpoints that the pages suggest to their readers; chain.rpc is never published"},
    {"http.trusted_proxy", CONFIG_LIST, AT(http_trusted_proxy), NULL,
     .help = "addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted"},
    {"http.publish", CONFIG_CHOICE, AT(http_publish), "auto", .choices = "auto|no|yes",
     .help = "whether holders may show their badges at the plain link; auto: if http.public_url is set"},
    {"http.publish_space", CONFIG_SIZE, AT(http_publish_space), "1 GiB", .min = MIB, .max = 1024 * GIB,
     .help = "disk space for all badges that holders show"},

    {"store.path", CONFIG_TEXT, AT(store_path), "/var/lib/badged", .help = "folder of the node's data"},

    {"intake.issuers", CONFIG_LIST, AT(intake_issuers), NULL,
     .help = "issuer ids whose credentials are accepted; none given: any"},
    {"intake.require", CONFIG_LIST, AT(intake_require), NULL, .check = check_requirement,
     .help = "what a credential must be to be accepted: readable, bound, conformant; none given: none of them"},

    {"batch.max_leaves", CONFIG_U64, AT(batch_max_leaves), "65536", .min = 1, .max = UINT64_C(1) << 24,
     .help = "a batch is sealed when it has this many leaves"},
    {"batch.max_age", CONFIG_DURATION, AT(batch_max_age_ms), "10 min", .min = 100, .max = 720 * HOUR,
     .help = "or when its oldest credential has waited this long"},
    {"batch.max_pending", CONFIG_U64, AT(batch_max_pending), "1048576", .min = 1, .max = UINT64_C(1) << 26,
     .help = "maximum number of pending credentials; more are refused until some are sealed"},

    {"chain.rpc", CONFIG_URLS, AT(chain_rpc), NULL,
     .help = "JSON-RPC endpoints, the preferred one first; @FILE reads them from a file, one per line"},
    {"chain.id", CONFIG_U64, AT(chain_id), NULL, .min = 1, .max = BADGE_MAX_CHAIN_ID,
     .help = "id of the chain, which the endpoints must report"},
    {"chain.contract", CONFIG_ADDRESS, AT(chain_contract), NULL, .fallback_address = &badge_registry_address,
     .help = "address of the registry contract"},
    {"chain.issuer", CONFIG_ADDRESS, AT(chain_issuer), NULL,
     .help = "issuer's account, for which batches are anchored"},
    {"chain.finality", CONFIG_TEXT, AT(chain_finality), "finalized", .check = check_finality,
     .help = "when a block is final: \"finalized\" for the chain's finalized block, or a number of confirmations"},
    {"chain.max_fee", CONFIG_GWEI, AT(chain_max_fee_wei), "200 gwei", .min = 1, .help = "maximum fee per gas"},
    {"chain.max_priority_fee", CONFIG_GWEI, AT(chain_max_priority_fee_wei), "5 gwei", .min = 1,
     .help = "maximum priority fee per gas"},
    {"chain.bump_after", CONFIG_DURATION, AT(chain_bump_after_ms), "48 s", .min = 100, .max = 24 * HOUR,
     .help = "an unmined transaction is replaced by one with higher fees after this long"},
    {"chain.keystore", CONFIG_TEXT, AT(chain_keystore), NULL, .help = "keystore file of the operator's key"},
    {"chain.passphrase_file", CONFIG_TEXT, AT(chain_passphrase_file), NULL,
     .help = "file whose first line is the keystore's passphrase"},
    {"chain.signer", CONFIG_URLS, AT(chain_signer), NULL,
     .help = "URL of a remote signer (eth_signTransaction), in place of the keystore"},
    {"chain.operator", CONFIG_ADDRESS, AT(chain_operator), NULL,
     .help = "account that signs; required with chain.signer, else compared with the keystore's"},

    {"verify.max_head_age", CONFIG_DURATION, AT(verify_max_head_age_ms), "1 h", .min = 1000, .max = 8760 * HOUR,
     .help = "a provider whose newest block is older does not count; longer for a chain that makes blocks on demand"},
    {"verify.private_hosts", CONFIG_CHOICE, AT(verify_private_hosts), "no", .choices = "no|yes",
     .help = "whether POST /v1/verify also fetches issuers' documents from hosts with private addresses"},
    {"verify.fetch", CONFIG_CHOICE, AT(verify_fetch), "known", .choices = "off|known|on",
     .help = "issuers' hosts that POST /v1/verify asks for documents with keys; known: of issuers named here"},
    {"verify.status_max_age", CONFIG_DURATION, AT(verify_status_max_age_ms), "1 h", .min = 0, .max = 8760 * HOUR,
     .help = "how long a status list that can't be fetched again is used beyond its time"},
    {"verify.issuers", CONFIG_LIST, AT(verify_issuers), NULL, .check = check_issuer,
     .help = "issuer ids whose signatures POST /v1/verify trusts, beside those of intake.issuers"},
    {"verify.did", CONFIG_TEXT, AT(verify_did), NULL,
     .help = "folder of issuers' documents and status lists, not fetched then: *.json, each with its id"},
    {"verify.contexts", CONFIG_TEXT, AT(verify_contexts), NULL,
     .help = "folder of JSON-LD contexts beside those built in, listed in its contexts.txt: URL and file"},

    {"log.level", CONFIG_CHOICE, AT(log_level), "info", .choices = "debug|info|warn|error",
     .help = "lowest level that is logged"},
    {"log.format", CONFIG_CHOICE, AT(log_format), "text", .choices = "text|json", .help = "form of the log"},
};

const struct config_program settings_program = {
    .name = "badged",
    .env_prefix = "BADGED_",
    .option = options,
    .n_options = ARRAY_LEN(options),
};
