/*
 * `badge verify`: verifies credentials on this machine: the issuer's own signature, and the record on the chain. A node
 * provides at most the receipt, which is checked like any other evidence.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/inside_query.h"
#include "audit/status_lists.h"
#include "audit/verify.h"
#include "cli/support/document.h"
#include "cli/support/names.h"
#include "cli/support/session.h"
#include "cli/verify.h"
#include "core/compiler.h"
#include "core/format.h"
#include "core/text.h"
#include "runtime/file.h"

#define MAX_TRUSTED BADGE_MAX_ACCREDITORS
#define MAX_CONFIRMATIONS 100000
#define MAX_GIVEN 64 /* of --did and of --context */
#define AT_ONCE 8    /* files that are verified at a time */
#define LARGE ((size_t)1 << 20)
#define N_PROCESSORS 2 /* threads that compute signatures */

struct verifying;

/* One that is verified at a time. What it prints waits until those before it are printed. */
struct verifying_file {
    struct verifying *v;
    const char *name;
    struct badge_digester *digester;
    struct badge_evidence evidence;
    struct verify_request request;
    bool is_done;
    FILE *out;
    char *text; /* of `out` */
    size_t text_len;
};

struct verifying {
    const struct cli *cli;
    const char *receipt_file; /* of --receipt; NULL: none */
    bool private_hosts;
    enum badge_accept accept;
    struct issuer_fetch_policy fetch;
    const char *did[MAX_GIVEN], *context[MAX_GIVEN]; /* ID=FILE, URL=FILE */
    size_t n_dids, n_contexts;
    struct session session;
    struct rpc *rpc[MAX_TRUSTED];
    size_t n_rpcs;
    struct issuer_documents *documents;
    struct status_lists *lists;
    struct processors *processors;
    struct badge_pair pair[MAX_TRUSTED];
    struct badge_address accreditor[MAX_TRUSTED];
    struct badge_policy policy;
    int n_files, n_started, n_printed;
    struct verifying_file slot[AT_ONCE]; /* of file i that of i modulo AT_ONCE */
    bool warned_of_provider;
    int exit_status;
    struct badge_report *only_report; /* takes the report in place of the output; NULL: it is printed */
};

/* -- what is trusted ---------------------------------------------------------------------------------------------- */

/*
 * ID=0x…: the id may hold '=' itself, the account cannot. 0x… alone, or an id alone: a URL, and a DID if it has no '=',
 * which cannot be part of it.
 */
static bool read_pair(struct badge_pair *pair, const char *text)
{
    const char *equals = strrchr(text, '='), *account = equals ? equals + 1 : text;
    bool is_did = strncmp(text, "did:", 4) == 0;
    *pair = (struct badge_pair){.id = {text, strlen(text)}};
    if (strchr(text, ':') && strncmp(account, "0x", 2) != 0 && !(is_did && equals))
        return true;
    if (!equals && strncmp(text, "0x", 2) != 0)
        return cli_refuse("--issuer takes the id of an issuer, which is a URL or a DID, an account (0x…), or both as "
                          "ID=0x…, not %s",
                          *text ? text : "nothing");
    if (!cli_read_account(&pair->account, account))
        return false;
    pair->has_account = true;
    pair->id = (struct badge_text){NULL, 0};
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

/*
 * Looks for <digest>.receipt.json beside the file, then asks the node if one was named. A signed credential may well
 * have none.
 */
static void find_receipt(struct verifying_file *file)
{
    struct verifying *v = file->v;
    struct badge_evidence *evidence = &file->evidence;
    char path[4096], *text = NULL;
    size_t len;
    if (evidence->has_receipt || !evidence->has_document || evidence->document_err.status != BADGE_OK)
        return;
    struct hash_text hex = core_hash_text(&evidence->document.value);
    const char *slash = strrchr(file->name, '/');
    int folder_len = slash ? (int)(slash - file->name) + 1 : 0;
    int n = snprintf(path, sizeof path, "%.*s%s.receipt.json", folder_len, file->name, hex.s);
    struct badge_err err = {.status = BADGE_ENOTFOUND};
    if (n > 0 && (size_t)n < sizeof path &&
        file_read(&text, &len, path, BADGE_RECEIPT_MAX_READ_LEN, &err) != BADGE_OK && err.status != BADGE_ENOTFOUND)
        cli_warn("the receipt beside the file can't be read: %s", err.text);
    if (!text && v->cli->node)
        text = fetch_receipt(v, hex.s, &len);
    else if (!text && err.status == BADGE_ENOTFOUND && !evidence->claims.has_proof)
        cli_warn("no receipt: %s does not exist: name the receipt with --receipt FILE, or a node that has it with "
                 "--node URL",
                 path);
    if (text)
        badge_evidence_read_receipt(evidence, text, len);
    free(text);
}

/* -- the report ---------------------------------------------------------------------------------------------------- */

static const char *const mark[] = {[BADGE_UNKNOWN] = "?", [BADGE_PASSED] = "+", [BADGE_FAILED] = "x"};

static void print_proofs(FILE *out, const struct badge_proof_view *proof)
{
    for (size_t i = 0; i < proof->n_proofs; i++) {
        const struct badge_proof_item *item = &proof->proof[i];
        char line[sizeof item->suite + sizeof item->controller + sizeof item->detail + 32]; /* the document's bytes */
        (void)core_format(line, sizeof line, "%s%s%s%s%s", item->suite[0] ? item->suite : "of an unknown suite",
                          item->controller[0] ? ", by " : "", item->controller, item->detail[0] ? ": " : "",
                          item->detail);
        fprintf(out, "%s    %s %s\n", i == 0 ? "\n  signatures\n" : "", mark[item->outcome], line);
    }
}

static void print_statuses(FILE *out, const struct badge_status_view *status)
{
    for (size_t i = 0; i < status->n_items; i++) {
        const struct badge_status_item *item = &status->item[i];
        char line[sizeof item->purpose + sizeof item->list + sizeof item->message + sizeof item->detail + 64];
        (void)core_format(line, sizeof line, "%s%s%s%s%s%s%s", item->purpose[0] ? item->purpose : "status",
                          item->list[0] ? ", by " : "", item->list, item->message[0] ? ": " : "", item->message,
                          item->detail[0] ? ": " : "", item->detail);
        fprintf(out, "%s    %s %s\n", i == 0 ? "\n  status lists\n" : "", mark[item->outcome], line);
    }
}

static void print_report(FILE *out, const struct badge_report *report, const struct badge_evidence *evidence,
                         const struct badge_digester *digester)
{
    fprintf(out, "%s: %s\n\n", badge_verdict_name(report->verdict), report->sentence);
    names_print(out, report, evidence, digester);
    if (evidence->has_document && evidence->document_err.status == BADGE_OK) {
        fprintf(out, "  digest  %s (%s)\n", core_hash_text(&evidence->document.value).s,
                badge_label_name(evidence->document.label));
        if (evidence->claims.issuer.len) {
            char issuer[512]; /* the document's bytes, without control characters */
            size_t len = evidence->claims.issuer.len < sizeof issuer ? evidence->claims.issuer.len : sizeof issuer;
            (void)core_format(issuer, sizeof issuer, "%.*s", (int)len, evidence->claims.issuer.bytes);
            fprintf(out, "  issuer  %s\n", issuer);
        }
    }
    for (int i = 0; i < BADGE_N_CHECKS; i++) {
        const struct badge_finding *finding = &report->check[i];
        bool is_caution = badge_finding_is_caution((enum badge_check)i, finding);
        bool is_said = i != BADGE_CHECK_DIGEST && i != BADGE_CHECK_ISSUER; /* by the line of the digest */
        if (is_said && strcmp(finding->code, "no_receipt") == 0)
            continue;
        fprintf(out, "  %s %-10s %s\n", is_caution ? "!" : mark[finding->outcome],
                badge_check_name((enum badge_check)i), finding->detail);
    }
    print_proofs(out, &evidence->proof);
    print_statuses(out, &evidence->status);
}

/* Who presents the credential, and whether its own proof says so. */
static void print_presentation(FILE *out, const struct badge_presentation_view *presentation)
{
    const struct badge_proof_item *proof = &presentation->proof;
    if (!presentation->is_there)
        return;
    fprintf(out, "\n  presented by %s", presentation->holder[0] ? presentation->holder : "nobody named");
    if (presentation->challenge[0])
        fprintf(out, ", challenge %s", presentation->challenge);
    if (presentation->domain[0])
        fprintf(out, ", for %s", presentation->domain);
    fprintf(out, "\n    %s%s%s: %s%s%s\n",
            proof->outcome == BADGE_PASSED   ? "+ "
            : proof->outcome == BADGE_FAILED ? "x "
                                             : "? ",
            proof->suite[0] ? "proof by " : "proof", proof->suite, proof->code, proof->detail[0] ? ": " : "",
            proof->detail);
}

/* What is inside, and what its own verdict is. */
static void print_inside(FILE *out, const struct inside_scope *inside)
{
    for (size_t i = 0; inside && i < inside->n; i++) {
        const struct inside_result *one = &inside->result[i];
        struct badge_inside_counts counts = {.n = 0};
        const struct badge_report report = {.verdict = one->verdict};
        badge_inside_count(&counts, one->is_judged ? &report : NULL);
        char line[1024]; /* the document's bytes, without control characters */
        (void)core_format(line, sizeof line, "%s %s: %s%s%s (%s)",
                          counts.n_hold   ? "+"
                          : counts.n_fail ? "x"
                                          : "?",
                          one->is_judged ? badge_verdict_name(one->verdict) : "not judged",
                          one->name ? one->name : badge_inside_kind_name(one->kind), one->issuer ? ", by " : "",
                          one->issuer ? one->issuer : "", one->pointer ? one->pointer : "");
        fprintf(out, "%s  %*s%s\n", i == 0 ? "\n  inside\n" : "", (int)(2 * one->level), "", line);
    }
}

/* Whether there can be a document of its keys. */
static bool has_address(struct badge_text issuer)
{
    char url[BADGE_DID_URL_LEN];
    return badge_did_web_url(url, issuer) || core_text_skip(&issuer, "https://");
}

/* What its reader can add to the command where the signature might be enough. */
static void print_advice(const struct verifying_file *file, const struct badge_report *report)
{
    const struct verifying *v = file->v;
    if (report->verdict != BADGE_UNVERIFIABLE && report->verdict != BADGE_UNKNOWN_ISSUER)
        return;
    const char *proof = report->check[BADGE_CHECK_PROOF].code;
    const char *status = report->check[BADGE_CHECK_STATUS].code;
    const char *offline = v->fetch.mode == ISSUER_FETCH_OFF ? "; --offline fetches none" : "";
    if (strcmp(proof, "context_unknown") == 0)
        fputs("\n  No context is fetched: read the one that it was signed with, and give it with --context URL=FILE.\n",
              file->out);
    else if ((strcmp(proof, "proof_key_unreachable") == 0 || strcmp(proof, "proof_key_not_bound") == 0) &&
             has_address(file->evidence.claims.issuer))
        fprintf(file->out, "\n  A document of the issuer with its keys can be given with --did ID=FILE%s.\n", offline);
    else if (strcmp(status, "status_unreachable") == 0)
        fprintf(file->out, "\n  A status list can be given with --did URL=FILE%s.\n", offline);
    else if (strcmp(report->check[BADGE_CHECK_ISSUER].code, "issuer_not_named") == 0)
        fputs("\n  If you know from elsewhere that this id is the issuer's, name it: --issuer ID.\n", file->out);
}

/* Rules that the issuer broke decide no verdict: one line, for who can act on it. */
static void print_rules(const struct verifying_file *file, const char *conformance)
{
    json_t *json = conformance ? json_loads(conformance, JSON_ALLOW_NUL, NULL) : NULL;
    const char *profile = json_string_value(json_object_get(json, "profile"));
    json_int_t n = json_integer_value(json_object_get(json, "errorCount"));
    char name[4096];
    (void)core_format(name, sizeof name, "%s", file->name);
    if (n > 0)
        fprintf(file->out, "\n  rules   %s: %lld error%s, see badge check %s\n", profile, (long long)n,
                n == 1 ? "" : "s", name);
    json_decref(json);
}

static void print_result(const struct verifying_file *file, const struct verify_result *result)
{
    const struct verifying *v = file->v;
    if (v->cli->json) {
        json_t *more = json_object();
        if (v->n_files > 1)
            json_object_set_new(more, "file", cli_json_text(file->name));
        if (!verify_report_write(file->out, more, result, &file->request))
            cli_warn("out of memory: no report of %s", file->name);
        return;
    }
    if (v->n_files > 1) {
        char name[4096];
        (void)core_format(name, sizeof name, "%s", file->name);
        fprintf(file->out, "%s: ", name);
    }
    print_report(file->out, result->report, &file->evidence, file->digester);
    print_presentation(file->out, &file->evidence.proof.presentation);
    print_inside(file->out, result->inside);
    print_rules(file, result->conformance);
    print_advice(file, result->report);
}

/* In the order of the arguments. */
static void print_done(struct verifying *v)
{
    struct verifying_file *file;
    while (v->n_printed < v->n_started && (file = &v->slot[v->n_printed % AT_ONCE])->is_done) {
        if (file->out)
            (void)fclose(file->out);
        if (file->text)
            (void)fwrite(file->text, 1, file->text_len, stdout);
        free(file->text);
        file->out = NULL;
        file->text = NULL;
        v->n_printed++;
    }
}

/* The most severe of several files: CLI_USAGE (it can't be read), then CLI_NO, then CLI_UNREACHABLE. */
static int worse_exit(int a, int b)
{
    static const int rank[] = {[CLI_YES] = 0, [CLI_UNREACHABLE] = 1, [CLI_NO] = 2, [CLI_USAGE] = 3};
    return rank[a] > rank[b] ? a : b;
}

static void file_end(struct verifying_file *file, int exit_status)
{
    struct verifying *v = file->v;
    v->exit_status = worse_exit(v->exit_status, exit_status);
    file->is_done = true;
    print_done(v);
}

static void verify_on_result(void *context, const struct verify_result *result)
{
    struct verifying_file *file = context;
    struct verifying *v = file->v;
    if (v->only_report)
        *v->only_report = *result->report;
    else if ((file->out = open_memstream(&file->text, &file->text_len)))
        print_result(file, result);
    file_end(file, v->only_report || file->out ? badge_report_exit_status(result->report, v->accept)
                                               : cli_fail(CLI_USAGE, "out of memory"));
}

/* -- the run ------------------------------------------------------------------------------------------------------- */

/* Without --chain-id the trusted chain is that of the first provider. */
static void trust_first_chain(struct verifying *v)
{
    json_t *result;
    struct badge_err err = {0};
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

/* A signed credential without a receipt is verified without the chain. */
static void warn_of_provider(struct verifying *v, const struct badge_evidence *evidence)
{
    bool needs_chain = evidence->has_receipt || !evidence->claims.has_proof;
    if (v->n_rpcs == 0 && needs_chain && !v->warned_of_provider)
        cli_warn("no provider is named, so the chain can't be checked: name one with --rpc URL or BADGE_RPC");
    v->warned_of_provider = v->warned_of_provider || needs_chain;
}

static enum badge_status read_file(struct verifying_file *file, size_t *len, struct badge_err *err)
{
    struct verifying *v = file->v;
    char *bytes = NULL, *receipt = NULL;
    size_t receipt_len = 0;
    if (!file->digester && badge_digester_new(&file->digester, DOCUMENT_MAX_HELD, err) != BADGE_OK)
        return err->status;
    enum badge_status status = file_read(&bytes, len, file->name, DOCUMENT_MAX_HELD, err);
    if (status == BADGE_OK && v->receipt_file)
        status = file_read(&receipt, &receipt_len, v->receipt_file, BADGE_RECEIPT_MAX_READ_LEN, err);
    if (status == BADGE_OK) {
        if (!v->receipt_file)
            document_baked_receipt(&receipt, &receipt_len, bytes, *len);
        document_take_images(file->digester, file->name);
        badge_evidence_read(&file->evidence, file->digester, bytes, *len, receipt, receipt_len, &v->policy);
    }
    free(bytes);
    free(receipt);
    return status;
}

/* Returns whether it is large. */
static bool verify_file(struct verifying_file *file)
{
    struct verifying *v = file->v;
    struct badge_err err = {0};
    size_t len = 0;
    if (read_file(file, &len, &err) != BADGE_OK) {
        file_end(file, cli_fail(CLI_USAGE, "%s", err.text));
        return false;
    }
    find_receipt(file);
    warn_of_provider(v, &file->evidence);
    bool has_digest = file->evidence.has_document && file->evidence.document_err.status == BADGE_OK;
    file->request = (struct verify_request){.loop = &v->session.loop,
                                            .rpc = v->rpc,
                                            .n_rpcs = v->n_rpcs,
                                            .documents = v->documents,
                                            .lists = v->lists,
                                            .processors = v->processors,
                                            .fetch = &v->fetch,
                                            .policy = &v->policy,
                                            .evidence = &file->evidence,
                                            .digester = has_digest ? file->digester : NULL,
                                            .callback = verify_on_result,
                                            .context = file};
    if (verify_start(&file->request, &err) != BADGE_OK)
        file_end(file, cli_fail(CLI_USAGE, "%s", err.text));
    return len > LARGE;
}

static void wait_for_files(struct verifying *v, int most)
{
    while (v->n_started - v->n_printed > most)
        (void)uv_run(&v->session.loop, UV_RUN_ONCE);
}

/* A few at a time, which share what is fetched; none begins beside a large one, which takes many times its length. */
static int verify_files(struct verifying *v, char *const name[])
{
    v->exit_status = CLI_YES;
    trust_first_chain(v);
    for (int i = 0; i < v->n_files; i++) {
        wait_for_files(v, AT_ONCE - 1);
        struct verifying_file *file = &v->slot[v->n_started++ % AT_ONCE];
        *file = (struct verifying_file){.v = v, .name = name[i], .digester = file->digester};
        if (verify_file(file))
            wait_for_files(v, 0);
        (void)uv_run(&v->session.loop, UV_RUN_NOWAIT); /* also while there is a free place */
    }
    wait_for_files(v, 0);
    for (size_t i = 0; i < AT_ONCE; i++)
        badge_digester_free(v->slot[i].digester);
    return v->exit_status;
}

/* ID=FILE: the id may hold '=' itself, the file's name cannot. */
static bool read_given(struct given *given, const char *text, const char *flag,
                       enum badge_status (*add)(struct given *given, struct badge_text id, const char *file,
                                                struct badge_err *err))
{
    struct badge_err err = {0};
    const char *equals = strrchr(text, '=');
    if (!equals || equals == text || !equals[1])
        return cli_refuse("%s takes %s, not %s", flag, strcmp(flag, "--did") == 0 ? "ID=FILE" : "URL=FILE", text);
    if (add(given, (struct badge_text){text, (size_t)(equals - text)}, equals + 1, &err) != BADGE_OK)
        return cli_refuse("%s: %s", flag, err.text);
    return true;
}

/* Processors with what --did and --context name. */
static bool open_given(struct verifying *v)
{
    struct badge_err err = {0};
    struct given *given;
    if (given_new(&given, &err) != BADGE_OK)
        return cli_refuse("%s", err.text);
    bool ok = true;
    for (size_t i = 0; ok && i < v->n_dids; i++)
        ok = read_given(given, v->did[i], "--did", given_add_document);
    for (size_t i = 0; ok && i < v->n_contexts; i++)
        ok = read_given(given, v->context[i], "--context", given_add_context);
    if (!ok) {
        given_free(given);
        return false;
    }
    return processors_new(&v->processors, &v->session.loop, N_PROCESSORS, given, &err) == BADGE_OK ||
           cli_refuse("%s", err.text);
}

static bool open_sources(struct verifying *v)
{
    struct badge_err err = {0};
    const struct issuer_documents_options documents = {
        .loop = &v->session.loop, .client = v->session.client, .private_hosts = v->private_hosts};
    if (issuer_documents_new(&v->documents, &documents, &err) != BADGE_OK)
        return cli_refuse("%s", err.text);
    for (; v->n_rpcs < v->cli->rpc.n; v->n_rpcs++)
        if (rpc_new(&v->rpc[v->n_rpcs], v->session.client, v->cli->rpc.item[v->n_rpcs], &err) != BADGE_OK)
            return cli_refuse("--rpc: %s", err.text);
    if (!open_given(v))
        return false;
    const struct status_lists_options lists = {.loop = &v->session.loop,
                                               .documents = v->documents,
                                               .processors = v->processors,
                                               .fetch = &v->fetch,
                                               .max_age_ms = v->cli->status_max_age_ms};
    return status_lists_new(&v->lists, &lists, &err) == BADGE_OK || cli_refuse("%s", err.text);
}

static void close_sources(struct verifying *v)
{
    for (size_t i = 0; i < v->n_rpcs; i++)
        rpc_free(v->rpc[i]);
    if (v->lists)
        status_lists_close(v->lists, NULL, NULL);
    issuer_documents_free(v->documents);
    processors_release(v->processors);
    session_close(&v->session);
}

/* All values of a flag that may be given several times. */
static bool take_all(const char *out[MAX_GIVEN], size_t *n, const char *flag, int *argc, char **argv)
{
    struct badge_err err = {0};
    const char *value;
    for (;;) {
        if (config_take_flag(&value, flag, argc, argv, &err) != BADGE_OK)
            return cli_refuse("verify: %s", err.text);
        if (!value)
            return true;
        if (*n == MAX_GIVEN)
            return cli_refuse("at most %d of %s", MAX_GIVEN, flag);
        out[(*n)++] = value;
    }
}

static bool read_accept(enum badge_accept *out, const char *text)
{
    if (strcmp(text, "signed") == 0)
        *out = BADGE_ACCEPT_SIGNED;
    else if (strcmp(text, "signed-domain") == 0)
        *out = BADGE_ACCEPT_SIGNED_DOMAIN;
    else
        return cli_refuse("--accept takes signed or signed-domain, not %s", text);
    return true;
}

static bool read_args(struct verifying *v, int *argc, char **argv)
{
    const char *confirmations = "0"; /* how deep a block is final; 0: the chain's own finalized block */
    const char *accept = NULL;
    bool offline = false;
    const struct cli_flag flag[] = {{.name = "receipt", .value = &v->receipt_file},
                                    {.name = "confirmations", .value = &confirmations},
                                    {.name = "accept", .value = &accept},
                                    {.name = "offline", .given = &offline},
                                    {.name = "private-hosts", .given = &v->private_hosts}};
    if (!take_all(v->did, &v->n_dids, "--did", argc, argv) ||
        !take_all(v->context, &v->n_contexts, "--context", argc, argv) ||
        !cli_flags(argc, argv, flag, ARRAY_LEN(flag), 1, 1 << 20) || (accept && !read_accept(&v->accept, accept)))
        return false;
    v->fetch.mode = offline ? ISSUER_FETCH_OFF : ISSUER_FETCH_ON;
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
    if (is_ready && session_open(&v->session, &err) != BADGE_OK) {
        cli_fail(CLI_USAGE, "%s", err.text);
    } else if (is_ready) {
        if (open_sources(v))
            exit_status = verify_files(v, argv + 1);
        close_sources(v);
    }
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
    .synopsis = "FILE… [--receipt FILE] [--rpc URL]… [--chain-id N] [--contract 0x…] [--issuer ID|[ID=]0x…]…\n"
                "             [--accept signed|signed-domain] [--did ID=FILE]… [--context URL=FILE]… [--offline]\n"
                "             [--accreditor 0x…]… [--confirmations N] [--max-head-age TIME] [--private-hosts]\n"
                "             [--status-max-age TIME] [--node URL]",
    .summary = "Verify credentials on this machine: the issuer's signature, and the record on a chain",
    .help =
        "FILE is a credential (JSON, JWT, PDF, anything), an image with a badge in it, a bundle or a receipt. A badge\n"
        "that its issuer signed and nobody recorded needs nothing more. The receipt of one that was recorded is that\n"
        "of --receipt, else that of the bundle or image, else <digest>.receipt.json beside the file, else, with\n"
        "--node, that of the node.\n\n"
        "  --issuer         an issuer that you trust: the ID that its badges name. ID=0x…: and this account acts for\n"
        "                   it; 0x… alone: for files without an issuer\n"
        "  --accept         what ends with exit status 0 beside valid: signed, by an issuer that you named;\n"
        "                   signed-domain, also by the key of a whole domain\n"
        "  --did            a document of an issuer with its keys, in the place of the one at its address; with a URL\n"
        "                   in the place of the ID also a status list\n"
        "  --context        a JSON-LD context beside those that are built in; none is ever fetched\n"
        "  --offline        fetch nothing from issuers\n"
        "  --rpc            a provider of the chain; named several times, all must agree\n"
        "  --chain-id       the chain that you trust, else that of the provider\n"
        "  --contract       the registry on it, else the one built in\n"
        "  --accreditor     an account that you trust to say which account acts for which issuer\n"
        "  --confirmations  how many blocks make an anchor final; else the chain's own finality\n"
        "  --max-head-age   how old a provider's newest block may be: 1 h, or longer where blocks are made on demand\n"
        "  --status-max-age how long a status list is used beyond its time that can't be fetched again; 1 h\n"
        "  --private-hosts  fetch issuers' documents and status lists also from hosts off the public internet\n\n"
        "The names below the verdict are the badge's own words; of the issuer, its id is what was compared. Checks "
        "are\n"
        "marked + (passed), x (failed), ? (unknown) and ! (a caution: nobody confirms the issuer, or no signature).\n\n"
        "An issuer's key is in its id (did:key, did:jwk), or in the document at its address (did:web, https), which "
        "is\n"
        "fetched. So is the DID document that names the account of a did:web, if nothing that you named confirms "
        "it.\n\n"
        "Exit status 0 valid, recorded; 1 signed, invalid, revoked, suspended, withdrawn, expired,\n"
        "not_yet_valid, unknown_issuer, pending, anchored; 3 unverifiable: it could not be checked, which says\n"
        "nothing against the credential. Of several files: 2 if one can't be read, else 1, else 3. --json prints a\n"
        "line for each, with the file's name.",
    .run = run_verify};
