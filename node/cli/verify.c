/*
 * `badge verify`: verifies credentials on this machine, against the chain. A node provides at most the receipt, which
 * is checked like any other evidence.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/verify.h"
#include "cli/support/document.h"
#include "cli/support/names.h"
#include "cli/support/session.h"
#include "cli/verify.h"
#include "core/compiler.h"
#include "core/format.h"
#include "runtime/file.h"

#define MAX_TRUSTED BADGE_MAX_ACCREDITORS
#define MAX_CONFIRMATIONS 100000

struct verifying {
    const struct cli *cli;
    const char *receipt_file; /* of --receipt; NULL: none */
    bool private_hosts;
    struct session session;
    struct rpc *rpc[MAX_TRUSTED];
    size_t n_rpcs;
    struct did_documents *documents;
    struct badge_pair pair[MAX_TRUSTED];
    struct badge_address accreditor[MAX_TRUSTED];
    struct badge_policy policy;
    struct badge_evidence evidence;
    struct badge_digester *digester;
    struct verify_request request;
    const char *file;
    int n_files;
    bool done;
    int exit_status;
    struct badge_report *only_report; /* takes the report in place of the output; NULL: it is printed */
};

/* -- what is trusted ---------------------------------------------------------------------------------------------- */

/* ID=0x…: the id may hold '=' itself, the account cannot. */
static bool read_pair(struct badge_pair *pair, const char *text)
{
    const char *equals = strrchr(text, '=');
    if (!cli_read_account(&pair->account, equals ? equals + 1 : text))
        return false;
    pair->id = (struct badge_text){NULL, 0};
    pair->has_account = true;
    if (equals)
        pair->id = (struct badge_text){text, (size_t)(equals - text)};
    return true;
}

static bool read_policy(struct verifying *v, uint64_t confirmations)
{
    const struct cli *cli = v->cli;
    if (cli->rpc.n > MAX_TRUSTED || cli->issuer.n > MAX_TRUSTED || cli->accreditor.n > MAX_TRUSTED)
        return cli_refuse("at most %d each of --rpc, --issuer and --accreditor", MAX_TRUSTED);
    for (size_t i = 0; i < cli->issuer.n; i++)
        if (!read_pair(&v->pair[i], cli->issuer.item[i]))
            return false;
    for (size_t i = 0; i < cli->accreditor.n; i++)
        if (!cli_read_account(&v->accreditor[i], cli->accreditor.item[i]))
            return false;
    v->policy = (struct badge_policy){.has_registry = cli->chain_id != 0,
                                      .confirmations = confirmations,
                                      .chain_id = cli->chain_id,
                                      .contract = cli->contract.address,
                                      .pair = v->pair,
                                      .n_pairs = cli->issuer.n,
                                      .accreditor = v->accreditor,
                                      .n_accreditors = cli->accreditor.n,
                                      .max_head_age_s = cli->max_head_age_ms / 1000};
    return true;
}

/* -- the receipt --------------------------------------------------------------------------------------------------- */

static char *fetch_receipt(struct verifying *v, const char *hex, size_t *len)
{
    struct net_response response;
    char path[128], why[256], *body;
    (void)snprintf(path, sizeof path, "/v1/credentials/%s/receipt", hex);
    if (session_get(&v->session, v->cli->node, path, &response, &body) != BADGE_OK) {
        cli_warn("no receipt from the node: %s", response.err.text);
    } else if (response.http_status == 202) {
        cli_warn("no receipt yet: the node has this credential, but it is not in a batch: try again later");
    } else if (response.http_status != 200) {
        session_problem(why, sizeof why, &response);
        cli_warn("no receipt from the node: %s", why);
    } else {
        *len = response.body_len;
        return body;
    }
    free(body);
    return NULL;
}

/* Looks for <digest>.receipt.json beside the file, then asks the node if one was named. */
static void find_receipt(struct verifying *v, const char *file)
{
    struct badge_evidence *evidence = &v->evidence;
    char path[4096], *text = NULL;
    size_t len;
    if (evidence->has_receipt || !evidence->has_document || evidence->document_err.status != BADGE_OK)
        return;
    struct hash_text hex = core_hash_text(&evidence->document.value);
    const char *slash = strrchr(file, '/');
    int folder_len = slash ? (int)(slash - file) + 1 : 0;
    int n = snprintf(path, sizeof path, "%.*s%s.receipt.json", folder_len, file, hex.s);
    struct badge_err err = {.status = BADGE_ENOTFOUND};
    if (n > 0 && (size_t)n < sizeof path &&
        file_read(&text, &len, path, BADGE_RECEIPT_MAX_READ_LEN, &err) != BADGE_OK && err.status != BADGE_ENOTFOUND)
        cli_warn("the receipt beside the file can't be read: %s", err.text);
    if (!text && v->cli->node)
        text = fetch_receipt(v, hex.s, &len);
    else if (!text && err.status == BADGE_ENOTFOUND)
        cli_warn("no receipt: %s does not exist: name the receipt with --receipt FILE, or a node that has it with "
                 "--node URL",
                 path);
    if (text)
        badge_evidence_read_receipt(evidence, text, len);
    free(text);
}

/* -- the report ---------------------------------------------------------------------------------------------------- */

static void print_report(const struct badge_report *report, const struct badge_evidence *evidence,
                         const struct badge_digester *digester)
{
    static const char *const mark[] = {[BADGE_UNKNOWN] = "?", [BADGE_PASSED] = "+", [BADGE_FAILED] = "x"};
    printf("%s: %s\n\n", badge_verdict_name(report->verdict), report->sentence);
    names_print(report, evidence, digester);
    if (evidence->has_document && evidence->document_err.status == BADGE_OK) {
        printf("  digest  %s (%s)\n", core_hash_text(&evidence->document.value).s,
               badge_label_name(evidence->document.label));
        if (evidence->claims.issuer.len) {
            char issuer[512]; /* the document's bytes, without control characters */
            size_t len = evidence->claims.issuer.len < sizeof issuer ? evidence->claims.issuer.len : sizeof issuer;
            (void)core_format(issuer, sizeof issuer, "%.*s", (int)len, evidence->claims.issuer.bytes);
            printf("  issuer  %s\n", issuer);
        }
    }
    for (int i = 0; i < BADGE_N_CHECKS; i++) {
        const struct badge_finding *finding = &report->check[i];
        bool is_caution = badge_finding_is_caution((enum badge_check)i, finding);
        printf("  %s %-10s %s\n", is_caution ? "!" : mark[finding->outcome], badge_check_name((enum badge_check)i),
               finding->detail);
    }
}

static void verify_on_report(void *context, const struct badge_report *report)
{
    struct verifying *v = context;
    v->done = true;
    v->exit_status = badge_verdict_exit_status(report->verdict);
    if (v->only_report) {
        *v->only_report = *report;
        return;
    }
    if (v->cli->json) {
        json_t *answer = verify_report_json(report, &v->request);
        if (v->n_files > 1 && answer)
            json_object_set_new(answer, "file", cli_json_text(v->file));
        cli_print_json(answer);
        return;
    }
    if (v->n_files > 1) {
        char name[4096];
        (void)core_format(name, sizeof name, "%s", v->file);
        printf("%s: ", name);
    }
    print_report(report, &v->evidence, v->digester);
}

/* -- the run ------------------------------------------------------------------------------------------------------- */

/* Without --chain-id the trusted chain is that of the first provider. */
static void trust_first_chain(struct verifying *v)
{
    json_t *result;
    struct badge_err err = {0};
    if (!v->n_rpcs)
        cli_warn("no provider is named, so the chain can't be checked: name one with --rpc URL or BADGE_RPC");
    if (v->policy.has_registry || !v->n_rpcs)
        return;
    if (session_rpc(&v->session, v->rpc[0], "eth_chainId", json_array(), &result, &err) != BADGE_OK)
        cli_warn("%s; name the trusted chain with --chain-id, which is otherwise that of the first provider", err.text);
    else if (rpc_read_chain_id(&v->policy.chain_id, result, rpc_name(v->rpc[0]), &err) != BADGE_OK)
        cli_warn("%s", err.text);
    else
        v->policy.has_registry = true;
    json_decref(result);
}

static int verify_file(struct verifying *v, const char *file)
{
    struct badge_err err = {0};
    char *bytes = NULL, *receipt = NULL;
    size_t len, receipt_len = 0;
    if (file_read(&bytes, &len, file, DOCUMENT_MAX_HELD, &err) != BADGE_OK ||
        (v->receipt_file &&
         file_read(&receipt, &receipt_len, v->receipt_file, BADGE_RECEIPT_MAX_READ_LEN, &err) != BADGE_OK)) {
        free(bytes);
        return cli_fail(CLI_USAGE, "%s", err.text);
    }
    if (!v->receipt_file)
        document_baked_receipt(&receipt, &receipt_len, bytes, len);
    document_take_images(v->digester, file);
    v->evidence = (struct badge_evidence){0};
    badge_evidence_read(&v->evidence, v->digester, bytes, len, receipt, receipt_len, &v->policy);
    free(bytes);
    free(receipt);
    find_receipt(v, file);
    v->file = file;
    v->done = false;
    v->request = (struct verify_request){.loop = &v->session.loop,
                                         .rpc = v->rpc,
                                         .n_rpcs = v->n_rpcs,
                                         .documents = v->documents,
                                         .policy = &v->policy,
                                         .evidence = &v->evidence,
                                         .callback = verify_on_report,
                                         .context = v};
    if (verify_start(&v->request, &err) != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    while (!v->done)
        (void)uv_run(&v->session.loop, UV_RUN_ONCE);
    return v->exit_status;
}

/* The most severe of several files: CLI_USAGE (it can't be read), then CLI_NO, then CLI_UNREACHABLE. */
static int worse_exit(int a, int b)
{
    static const int rank[] = {[CLI_YES] = 0, [CLI_UNREACHABLE] = 1, [CLI_NO] = 2, [CLI_USAGE] = 3};
    return rank[a] > rank[b] ? a : b;
}

static int verify_files(struct verifying *v, char *const file[])
{
    int exit_status = CLI_YES;
    trust_first_chain(v);
    for (int i = 0; i < v->n_files; i++)
        exit_status = worse_exit(exit_status, verify_file(v, file[i]));
    return exit_status;
}

static bool open_sources(struct verifying *v)
{
    struct badge_err err = {0};
    const struct did_documents_options documents = {
        .loop = &v->session.loop, .client = v->session.client, .private_hosts = v->private_hosts};
    if (did_documents_new(&v->documents, &documents, &err) != BADGE_OK)
        return cli_refuse("%s", err.text);
    for (; v->n_rpcs < v->cli->rpc.n; v->n_rpcs++)
        if (rpc_new(&v->rpc[v->n_rpcs], v->session.client, v->cli->rpc.item[v->n_rpcs], &err) != BADGE_OK)
            return cli_refuse("--rpc: %s", err.text);
    return true;
}

static void close_sources(struct verifying *v)
{
    for (size_t i = 0; i < v->n_rpcs; i++)
        rpc_free(v->rpc[i]);
    did_documents_free(v->documents);
    session_close(&v->session);
}

static bool read_args(struct verifying *v, int *argc, char **argv)
{
    const char *confirmations = "0"; /* how deep a block is final; 0: the chain's own finalized block */
    const struct cli_flag flag[] = {{.name = "receipt", .value = &v->receipt_file},
                                    {.name = "confirmations", .value = &confirmations},
                                    {.name = "private-hosts", .given = &v->private_hosts}};
    if (!cli_flags(argc, argv, flag, ARRAY_LEN(flag), 1, 1 << 20))
        return false;
    v->n_files = *argc - 1;
    if (v->receipt_file && v->n_files > 1)
        return cli_refuse("verify: --receipt goes with one file; put the receipts of several beside them");
    size_t len = strspn(confirmations, "0123456789");
    uint64_t number = strtoull(confirmations, NULL, 10);
    if (len == 0 || len > 6 || confirmations[len] || number > MAX_CONFIRMATIONS)
        return cli_refuse("--confirmations takes a number from 0 to %d, not %s", MAX_CONFIRMATIONS, confirmations);
    return read_policy(v, number);
}

/* only_report as in struct verifying. */
static int verify_arguments(const struct cli *cli, int argc, char **argv, struct badge_report *only_report)
{
    struct badge_err err = {0};
    struct verifying *v = calloc(1, sizeof *v);
    if (!v)
        return cli_fail(CLI_USAGE, "out of memory");
    v->cli = cli;
    v->only_report = only_report;
    int exit_status = CLI_USAGE;
    bool is_ready = read_args(v, &argc, argv);
    if (is_ready && (badge_digester_new(&v->digester, DOCUMENT_MAX_HELD, &err) != BADGE_OK ||
                     session_open(&v->session, &err) != BADGE_OK)) {
        cli_fail(CLI_USAGE, "%s", err.text);
    } else if (is_ready) {
        if (open_sources(v))
            exit_status = verify_files(v, argv + 1);
        close_sources(v);
    }
    badge_digester_free(v->digester);
    free(v);
    return exit_status;
}

static int run_verify(const struct cli *cli, int argc, char **argv)
{
    return verify_arguments(cli, argc, argv, NULL);
}

int verify_for_report(const struct cli *cli, int argc, char **argv, struct badge_report *report)
{
    return verify_arguments(cli, argc, argv, report);
}

const struct cli_command verify_command = {
    .name = "verify",
    .synopsis = "FILE… [--receipt FILE] [--rpc URL]… [--chain-id N] [--contract 0x…] [--issuer [ID=]0x…]…\n"
                "             [--accreditor 0x…]… [--confirmations N] [--max-head-age TIME] [--private-hosts]\n"
                "             [--node URL]",
    .summary = "Verify credentials on this machine, against a chain that you name",
    .help =
        "FILE is a credential (JSON, JWT, PDF, anything), an image with a badge in it, a bundle or a receipt. The\n"
        "receipt is that of --receipt, else that of the bundle or image, else <digest>.receipt.json beside the file,\n"
        "else, with --node, that of the node.\n\n"
        "  --rpc            a provider of the chain; named several times, all must agree\n"
        "  --chain-id       the chain that you trust, else that of the provider\n"
        "  --contract       the registry on it, else the one built in\n"
        "  --issuer         ID=0x…: this account acts for the issuer with this id; 0x… alone: for files without one\n"
        "  --accreditor     an account that you trust to say which account acts for which issuer\n"
        "  --confirmations  how many blocks make an anchor final; else the chain's own finality\n"
        "  --max-head-age   how old a provider's newest block may be: 1 h, or longer where blocks are made on demand\n"
        "  --private-hosts  fetch DID documents also from hosts off the public internet\n\n"
        "The names below the verdict are the badge's own words; of the issuer, its id is what was compared. Checks "
        "are\n"
        "marked + (passed), x (failed), ? (unknown) and ! (a caution: nobody confirms the issuer, or no signature).\n\n"
        "An issuer whose id is a did:pkh names its account itself. One whose id is a did:web names it in its DID\n"
        "document, which is fetched if nothing that you named confirms the account.\n\n"
        "Exit status 0 valid; 1 invalid, revoked, suspended, withdrawn, expired, not_yet_valid, unknown_issuer,\n"
        "pending, anchored; 3 unverifiable: it could not be checked, which says nothing against the credential. Of\n"
        "several files: 2 if one can't be read, else 1, else 3. --json prints a line for each, with the file's name.",
    .run = run_verify};
