/*
 * `badge revoke`: requests revocations from a node, thousands in one request, and with --wait waits until they are on
 * the chain. Repeating a request is harmless, so an interrupted run can be started again. But one run requests once and
 * afterwards only reads, because the issuer may undo a revocation in between (--undo).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/registry.h"
#include "cli/support/digest_args.h"
#include "cli/support/http_retry.h"
#include "cli/support/signer.h"
#include "cli/support/wait_until.h"
#include "core/format.h"
#include "runtime/file.h"
#include "store/store.h"

#define MAX_CHUNK 5000   /* digests in one request */
#define MAX_RESTORED 200 /* digests in one transaction */
#define NOTE_FILE_MAX_LEN ((size_t)64 << 10)

enum revoke_state { NOT_REQUESTED, REFUSED, UNDONE, REQUESTED, SENT, MINED, FINAL, N_STATES };
static const char *const state_names[N_STATES] = {"not requested", "refused", "undone", "requested",
                                                  "sent",          "mined",   "final"};

struct revoke_job {
    const struct cli *cli;
    struct session session;
    char *authorization;
    struct digest_args list;
    enum revoke_state *state;       /* of each */
    enum badge_reason *held_reason; /* of each: that of an earlier request, if it is not mined yet */
    enum revoke_state wanted;
    enum badge_reason reason;
    const char *note, *replaced_by; /* NULL: none */
    char *note_read;                /* what note points at, if it came from a file */
    struct progress progress;

    /* the request under way */
    size_t first, n_chunk; /* of the list */
    bool answered;
    int exit_status; /* not CLI_YES: it ends early */
};

/* -- one request --------------------------------------------------------------------------------------------------- */

static void revoke_refuse(struct revoke_job *revoke, size_t index, const json_t *error)
{
    const char *detail = json_string_value(json_object_get(error, "detail"));
    struct hash_text hex = core_hash_text(&revoke->list.digest[index]);
    revoke->state[index] = REFUSED;
    if (revoke->cli->json)
        cli_print_json(json_pack("{s:s,s:s,s:O}", "digest", hex.s, "state", "refused", "error", error));
    cli_warn("%s: %s", hex.s, detail ? detail : "refused");
}

static void revoke_take_state(struct revoke_job *revoke, size_t index, const json_t *result)
{
    const char *name = json_string_value(json_object_get(result, "state"));
    const char *reason = json_string_value(json_object_get(result, "reason"));
    if (reason)
        (void)badge_reason_parse(&revoke->held_reason[index], reason); /* a later version's is unspecified here */
    for (enum revoke_state i = REQUESTED; name && i < N_STATES; i++) {
        if (strcmp(name, state_names[i]) == 0) {
            revoke->state[index] = i;
            return;
        }
    }
    revoke->exit_status = cli_fail(CLI_UNREACHABLE, "the node's answer is not the state of a revocation: check --node");
}

static void revoke_take_results(struct revoke_job *revoke, const struct net_response *response)
{
    json_t *answer = json_loadb(response->body, response->body_len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *results = json_object_get(answer, "results");
    if (json_array_size(results) != revoke->n_chunk)
        revoke->exit_status = cli_fail(CLI_UNREACHABLE, "the node did not answer for every digest: check --node");
    for (size_t i = 0; i < revoke->n_chunk && revoke->exit_status == CLI_YES; i++) {
        const json_t *result = json_array_get(results, i), *error = json_object_get(result, "error");
        if (json_is_object(error))
            revoke_refuse(revoke, revoke->first + i, error);
        else
            revoke_take_state(revoke, revoke->first + i, result);
    }
    json_decref(answer);
}

static size_t revoke_count(const struct revoke_job *revoke, enum revoke_state at_least)
{
    size_t n = 0;
    for (size_t i = 0; i < revoke->list.n; i++)
        n += revoke->state[i] >= at_least;
    return n;
}

/* For an answer that is not about one digest, and for no answer. */
static void revoke_fail(struct revoke_job *revoke, const struct net_response *response)
{
    char why[256];
    bool token = response->http_status == 401 || response->http_status == 403;
    bool unknown = response->http_status == 404 && revoke->replaced_by;
    if (response->status != BADGE_OK)
        (void)snprintf(why, sizeof why, "%s", response->err.text);
    else
        session_problem(why, sizeof why, response);
    revoke->exit_status = cli_fail(token ? CLI_USAGE : unknown ? CLI_NO : CLI_UNREACHABLE, "%s", why);
    if (revoke_count(revoke, REQUESTED) > 0)
        cli_warn("the node has stored everything that it has answered; run the same command again for the rest");
}

static void revoke_on_response(void *context, const struct net_response *response)
{
    struct revoke_job *revoke = context;
    revoke->answered = true;
    if (response->status == BADGE_OK && response->http_status == 200)
        revoke_take_results(revoke, response);
    else
        revoke_fail(revoke, response);
}

static char *write_body(const struct revoke_job *revoke)
{
    json_t *digests = json_array(), *request = json_pack("{s:o}", "digests", digests);
    for (size_t i = revoke->first; i < revoke->first + revoke->n_chunk; i++)
        (void)json_array_append_new(digests, json_string(core_hash_text(&revoke->list.digest[i]).s));
    if (revoke->reason != BADGE_REASON_UNSPECIFIED)
        (void)json_object_set_new(request, "reason", json_string(badge_reason_name(revoke->reason)));
    if (revoke->note)
        (void)json_object_set_new(request, "note", json_string(revoke->note));
    if (revoke->replaced_by)
        (void)json_object_set_new(request, "replacedBy", json_string(revoke->replaced_by));
    char *body = json_dumps(request, JSON_COMPACT);
    json_decref(request);
    return body;
}

static void request_chunk(struct revoke_job *revoke)
{
    char url[4096];
    struct badge_err err = {0};
    char *body = write_body(revoke);
    struct net_request request = {.url = url,
                                  .body = body,
                                  .body_len = body ? strlen(body) : 0,
                                  .content_type = "application/json",
                                  .authorization = revoke->authorization,
                                  .callback = revoke_on_response,
                                  .context = revoke};
    (void)snprintf(url, sizeof url, "%s/v1/revocations", cli_node(revoke->cli));
    if (!body || http_retry(&revoke->session, &request, &err) != BADGE_OK) {
        revoke->exit_status = cli_fail(CLI_USAGE, "%s", body ? err.text : "out of memory");
        return;
    }
    revoke->answered = false;
    while (!revoke->answered)
        (void)uv_run(&revoke->session.loop, UV_RUN_ONCE);
}

/* -- all of them --------------------------------------------------------------------------------------------------- */

static void request_all(struct revoke_job *revoke)
{
    progress_begin(&revoke->progress, "requested", revoke->list.n);
    for (revoke->n_chunk = 0; revoke->first < revoke->list.n && revoke->exit_status == CLI_YES;
         revoke->first += revoke->n_chunk) {
        size_t left = revoke->list.n - revoke->first;
        revoke->n_chunk = left < MAX_CHUNK ? left : MAX_CHUNK;
        request_chunk(revoke);
        progress_show(&revoke->progress, revoke_count(revoke, REQUESTED));
    }
    progress_end(&revoke->progress);
}

static bool revocation_path(void *context, size_t index, char *out, size_t capacity)
{
    const struct revoke_job *revoke = context;
    (void)snprintf(out, capacity, "/v1/credentials/%s/revocation", core_hash_text(&revoke->list.digest[index]).s);
    return revoke->state[index] >= REQUESTED && revoke->state[index] < revoke->wanted;
}

static enum wait_next revoke_on_state(void *context, size_t index, const struct net_response *response,
                                      const char **state)
{
    struct revoke_job *revoke = context;
    if (response->status == BADGE_OK && response->http_status == 200) {
        json_t *answer = json_loadb(response->body, response->body_len, JSON_REJECT_DUPLICATES, NULL);
        revoke_take_state(revoke, index, answer);
        json_decref(answer);
    } else if (response->status == BADGE_OK && response->http_status == 404 &&
               strstr(response->body, "urn:badged:error:not_revoked")) {
        revoke->state[index] = UNDONE; /* it was requested, so the issuer must have undone it */
    } else if (revoke->exit_status == CLI_YES) {
        revoke_fail(revoke, response);
    }
    if (revoke->exit_status != CLI_YES)
        return WAIT_STOP;
    *state = state_names[revoke->state[index]];
    return revoke->state[index] == UNDONE || revoke->state[index] >= revoke->wanted ? WAIT_DONE : WAIT_AGAIN;
}

static void await_all(struct revoke_job *revoke)
{
    struct wait_until wait = {.session = &revoke->session,
                              .node = cli_node(revoke->cli),
                              .authorization = revoke->authorization,
                              .n_items = revoke->list.n,
                              .progress = &revoke->progress,
                              .path = revocation_path,
                              .take = revoke_on_state,
                              .context = revoke};
    progress_begin(&revoke->progress, state_names[revoke->wanted], revoke_count(revoke, REQUESTED));
    wait.n_done = revoke_count(revoke, revoke->wanted);
    wait_until_run(&wait);
    progress_end(&revoke->progress);
}

static void revoke_report(const struct revoke_job *revoke)
{
    size_t n[N_STATES] = {0}, n_other_reason = 0;
    for (size_t i = 0; i < revoke->list.n; i++) {
        enum revoke_state state = revoke->state[i];
        n[state]++;
        struct hash_text hex = core_hash_text(&revoke->list.digest[i]);
        if (revoke->cli->json && state > REFUSED)
            cli_print_json(json_pack("{s:s,s:s,s:s}", "digest", hex.s, "state", state_names[state], "reason",
                                     badge_reason_name(revoke->held_reason[i])));
        else if (revoke->list.n == 1 && state > REFUSED)
            printf("%s: revocation %s\n", hex.s, state_names[state]);
        n_other_reason += state >= REQUESTED && revoke->held_reason[i] != revoke->reason;
        if (state == UNDONE)
            cli_warn("%s: the issuer has undone this revocation since it was requested", hex.s);
    }
    if (n_other_reason > 0)
        cli_warn("%zu of them %s requested before for another reason, which stands", n_other_reason,
                 n_other_reason == 1 ? "was" : "were");
    for (enum revoke_state i = UNDONE; i < N_STATES && revoke->list.n > 1 && !revoke->cli->json; i++)
        if (n[i] > 0)
            printf("%zu %s %s\n", n[i], n[i] == 1 ? "revocation" : "revocations", state_names[i]);
}

static int revoke_run(struct revoke_job *revoke)
{
    revoke->state = calloc(revoke->list.n, sizeof *revoke->state);
    revoke->held_reason = calloc(revoke->list.n, sizeof *revoke->held_reason);
    if (!revoke->state || !revoke->held_reason)
        return cli_fail(CLI_USAGE, "out of memory");
    request_all(revoke);
    if (revoke->exit_status == CLI_YES && revoke->wanted > REQUESTED)
        await_all(revoke);
    if (revoke->exit_status != CLI_YES)
        return revoke->exit_status;
    revoke_report(revoke);
    return revoke_count(revoke, REQUESTED) == revoke->list.n ? CLI_YES : CLI_NO;
}

/* -- undo: on the chain, with the issuer's own key, without the node --------------------------------------------- */

/* Moves the *n_revoked revoked digests to the front of the list, and prints the others. */
static enum badge_status undo_select_revoked(struct signer *issuer, struct badge_hash *digest, size_t n,
                                             size_t *n_revoked, struct badge_err *err)
{
    *n_revoked = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t call[BADGE_CALL_MAX_LEN];
        uint64_t word[2]; /* time, reason */
        size_t len = badge_call_revoked_at(call, &issuer->account, &digest[i]);
        enum badge_status status = signer_query(issuer, call, len, word, 2, err);
        if (status != BADGE_OK)
            return status;
        if (word[0] != 0)
            digest[(*n_revoked)++] = digest[i];
        else
            cli_warn("%s is not revoked by %s: nothing to undo", core_hash_text(&digest[i]).s, issuer->name);
    }
    return BADGE_OK;
}

static enum badge_status undo_send(struct signer *issuer, const struct badge_hash *digest, size_t n,
                                   struct badge_err *err)
{
    for (size_t at = 0; at < n;) {
        uint8_t call[BADGE_CALL_RESTORE_LEN(MAX_RESTORED)];
        size_t n_now = n - at < MAX_RESTORED ? n - at : MAX_RESTORED;
        char what[64];
        (void)snprintf(what, sizeof what, "%zu restored", n_now);
        json_t *answer = json_pack("{s:s,s:I}", "issuer", issuer->name, "restored", (json_int_t)n_now);
        enum badge_status status = signer_change(issuer, false, call, badge_call_restore(call, digest + at, n_now),
                                                 what, answer, err);
        if (status != BADGE_OK)
            return status;
        at += n_now;
    }
    return BADGE_OK;
}

static int undo_all(const struct cli *cli, const struct digest_args *list)
{
    struct signer issuer;
    struct badge_err err = {0};
    size_t n_revoked = 0;
    if (signer_open(&issuer, cli, &err) != BADGE_OK)
        return cli_fail(cli_exit_of(&err), "%s", err.text);
    enum badge_status status = undo_select_revoked(&issuer, list->digest, list->n, &n_revoked, &err);
    if (status == BADGE_OK)
        status = undo_send(&issuer, list->digest, n_revoked, &err);
    signer_close(&issuer);
    if (status != BADGE_OK)
        return cli_fail(cli_exit_of(&err), "%s", err.text);
    return n_revoked == list->n ? CLI_YES : CLI_NO;
}

/* -- the command --------------------------------------------------------------------------------------------------- */

static bool read_wanted(struct revoke_job *revoke, const char *wait)
{
    revoke->wanted = !wait ? REQUESTED : strcmp(wait, "mined") == 0 ? MINED : FINAL;
    if (!wait || strcmp(wait, state_names[revoke->wanted]) == 0)
        return true;
    return cli_refuse("--wait takes mined or final, not %s", wait);
}

/* The note in a file, or on standard input, where no digests come from it. A line break at its end is not part of it.
 */
static bool read_note(struct revoke_job *revoke, const char *path, int argc, char **argv)
{
    struct badge_err err = {0};
    size_t len;
    if (!path)
        return true;
    if (revoke->note)
        return cli_refuse("revoke takes --note or --note-file, not both");
    for (int i = 1; i < argc && strcmp(path, "-") == 0; i++)
        if (strcmp(argv[i], "-") == 0)
            return cli_refuse("standard input is for the digests or for the note, not for both: name a file for one");
    if (file_read(&revoke->note_read, &len, path, NOTE_FILE_MAX_LEN, &err) != BADGE_OK)
        return cli_refuse("--note-file: %s", err.text);
    while (len > 0 && strchr("\r\n", revoke->note_read[len - 1]))
        len--;
    if (strlen(revoke->note_read) < len)
        return cli_refuse("--note-file: %s is not text", path);
    revoke->note_read[len] = '\0';
    revoke->note = revoke->note_read;
    return true;
}

static bool is_utf8(const char *text)
{
    json_t *string = json_string(text);
    json_decref(string);
    return string;
}

static bool read_why(struct revoke_job *revoke, const char *reason)
{
    struct badge_hash digest;
    if (reason && !badge_reason_parse(&revoke->reason, reason))
        return cli_refuse("--reason takes unspecified, error, replaced, unmet, annulled or holder, not %s", reason);
    if (revoke->note && strlen(revoke->note) > STORE_MAX_NOTE)
        return cli_refuse("a note has at most %d bytes", STORE_MAX_NOTE);
    if (revoke->note && !is_utf8(revoke->note))
        return cli_refuse("the note is not in UTF-8: nothing was requested");
    if (revoke->replaced_by && !cli_read_digest(&digest, revoke->replaced_by))
        return cli_refuse("--replaced-by takes a digest, which is 64 hexadecimal digits: see `badge digest`");
    if (revoke->reason != BADGE_REASON_UNSPECIFIED)
        cli_warn("the reason, %s, will be public on the chain for ever, even if the credential is restored", reason);
    return true;
}

static bool fits_undo(const struct revoke_job *revoke, const char *wait, const char *reason)
{
    if (wait)
        return cli_refuse("revoke: --undo always waits until it is in a block: leave --wait out");
    return (!reason && !revoke->note && !revoke->replaced_by) ||
           cli_refuse("revoke: --undo takes no --reason, --note, --note-file or --replaced-by");
}

static int run_revoke(const struct cli *cli, int argc, char **argv)
{
    struct revoke_job revoke = {.cli = cli};
    const char *wait = NULL, *reason = NULL, *note_file = NULL;
    bool undo = false;
    struct badge_err err = {0};
    const struct cli_flag flags[] = {
        {.name = "wait", .value = &wait},           {.name = "undo", .given = &undo},
        {.name = "reason", .value = &reason},       {.name = "note", .value = &revoke.note},
        {.name = "note-file", .value = &note_file}, {.name = "replaced-by", .value = &revoke.replaced_by}};
    int exit_status = CLI_USAGE;
    if (cli_flags(&argc, argv, flags, sizeof flags / sizeof *flags, 1, 1 << 20) && read_wanted(&revoke, wait) &&
        read_note(&revoke, note_file, argc, argv) && (!undo || fits_undo(&revoke, wait, reason)) &&
        read_why(&revoke, reason))
        exit_status = digest_args_collect(&revoke.list, argc, argv);
    if (exit_status == CLI_YES && revoke.replaced_by && revoke.list.n > 1)
        exit_status = cli_fail(CLI_USAGE, "revoke: --replaced-by is for one credential");
    if (exit_status == CLI_YES && undo) {
        exit_status = undo_all(cli, &revoke.list);
    } else if (exit_status == CLI_YES) {
        if (!http_retry_authorization(&revoke.authorization, cli)) {
            exit_status = CLI_USAGE;
        } else if (session_open(&revoke.session, &err) != BADGE_OK) {
            exit_status = cli_fail(CLI_USAGE, "%s", err.text);
        } else {
            exit_status = revoke_run(&revoke);
            session_close(&revoke.session);
        }
        http_retry_forget(revoke.authorization);
    }
    digest_args_release(&revoke.list);
    free(revoke.note_read);
    free(revoke.state);
    free(revoke.held_reason);
    return exit_status;
}

const struct cli_command revoke_command = {
    .name = "revoke",
    .synopsis = "DIGEST|FILE|-… [--reason REASON] [--note TEXT|--note-file FILE] [--replaced-by DIGEST] [--wait "
                "mined|final]  |  "
                "--undo DIGEST|FILE|-… --rpc URL --keystore FILE",
    .summary = "Revoke credentials on the chain, or restore them as the issuer",
    .help =
        "The node sends many in one transaction with the operator's key; the token needs the scope admin. `-` reads\n"
        "digests from standard input, one on each line; there may be hundreds of thousands. After an interruption, "
        "run\n"
        "the same command again.\n\n"
        "  --reason       unspecified (the default), error, replaced, unmet (its conditions are no longer met), "
        "annulled\n"
        "                 or holder (its holder wishes it). It is public on the chain for ever: everyone who has the\n"
        "                 digest can read it, even after --undo\n"
        "  --note         kept by the node, and shown to administrators only; but everyone on this machine sees it in\n"
        "                 the list of processes while the command runs\n"
        "  --note-file    the note from a file, which nobody sees; `-` is standard input\n"
        "  --replaced-by  the credential that replaces this one: the node says so in the records of both\n"
        "  --wait         wait until all are in a block, or final there\n"
        "  --undo         restore them, without the node: only the issuer's own keystore can do this, not an "
        "operator's",
    .run = run_revoke};
