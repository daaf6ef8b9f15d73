/*
 * `badge doctor`: would a stranger find the badges of this node valid? It reads badged.conf and asks what a stranger
 * would ask, and a badge is verified by the code of `badge verify`. It changes nothing.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor/doctor.h"
#include "cli/verify.h"
#include "core/compiler.h"
#include "core/format.h"

static const char *const outcome_name[] = {[DOCTOR_GOOD] = "good", [DOCTOR_BAD] = "bad", [DOCTOR_UNKNOWN] = "unknown"};

/* -- findings ------------------------------------------------------------------------------------------------------ */

void doctor_find(struct doctor *doctor, const char *check, enum doctor_outcome outcome, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    doctor->n_bad += outcome == DOCTOR_BAD;
    doctor->n_unknown += outcome == DOCTOR_UNKNOWN;
    json_array_append_new(doctor->findings, json_pack("{s:s,s:s,s:o,s:s}", "check", check, "outcome",
                                                      outcome_name[outcome], "detail", cli_json_text(text), "do", ""));
}

void doctor_do(struct doctor *doctor, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    json_t *last = json_array_get(doctor->findings, json_array_size(doctor->findings) - 1);
    json_object_set_new(last, "do", cli_json_text(text));
}

bool doctor_lacks_chain(struct doctor *doctor, const char *check)
{
    if (doctor->has_chain)
        return false;
    doctor_find(doctor, check, DOCTOR_UNKNOWN, "The chain can't be asked: %s", doctor->why_no_chain);
    doctor_do(doctor, "See chain");
    return true;
}

void doctor_find_failure(struct doctor *doctor, const char *check, const struct badge_err *err)
{
    doctor_find(doctor, check, DOCTOR_UNKNOWN, "%s", err->text);
    doctor_do(doctor, "Run this again, or try another provider");
}

/* Each as soon as it is known: some take seconds. */
static void print_new(struct doctor *doctor)
{
    for (; !doctor->cli->json && doctor->n_printed < json_array_size(doctor->findings); doctor->n_printed++) {
        const json_t *finding = json_array_get(doctor->findings, doctor->n_printed);
        const char *outcome = json_string_value(json_object_get(finding, "outcome"));
        const char *mend = json_string_value(json_object_get(finding, "do"));
        const char *mark = strcmp(outcome, "good") == 0 ? "+" : strcmp(outcome, "bad") == 0 ? "x" : "?";
        cli_print("%s %-14s %s", mark, json_string_value(json_object_get(finding, "check")),
                  json_string_value(json_object_get(finding, "detail")));
        if (mend && mend[0])
            cli_print("  %-14s -> %s", "", mend);
    }
}

/* -- a badge ------------------------------------------------------------------------------------------------------- */

static const char *mend_of(const struct badge_report *report)
{
    switch (report->verdict) {
    case BADGE_VALID:
    case BADGE_RECORDED:
        return "";
    case BADGE_UNKNOWN_ISSUER:
        return "See issuer: accredit the account for the id that this badge names";
    case BADGE_SIGNED:
        return "Its signature is good, and its record is missing: give the receipt (--receipt FILE), or see issuer";
    case BADGE_PENDING:
        return "Wait until its anchor is final, then fetch the receipt again: badge receipt";
    case BADGE_UNVERIFIABLE:
    case BADGE_ANCHORED:
        if (report->check[BADGE_CHECK_INCLUSION].outcome == BADGE_PASSED)
            return "See chain and public_rpc, or run this again";
        return "If it was submitted just now, wait until its anchor is final (badge submit --wait final); else give "
               "the "
               "receipt (--receipt FILE, or the bundle or image with the receipt inside)";
    case BADGE_EXPIRED:
    case BADGE_NOT_YET_VALID:
        return "Its own dates decide: issue another badge if they are wrong";
    case BADGE_REVOKED:
    case BADGE_SUSPENDED:
    case BADGE_WITHDRAWN:
        return "If that is not meant: badge revoke --undo with the issuer's key; a withdrawn batch is submitted again";
    case BADGE_INVALID:
        return "Give the file as it was submitted, with its own receipt";
    }
    return "";
}

/* As a stranger who knows only an accreditor, and when blocks are final and how old they may be on this chain. */
static void check_badge(struct doctor *doctor, const char *file, const char *receipt)
{
    char verify[] = "verify", receipt_flag[] = "--receipt", depth_flag[] = "--confirmations";
    char depth[24], issuer[BADGE_ADDRESS_LEN + 1], *item = issuer;
    char *argv[] = {verify, (char *)(uintptr_t)file,       depth_flag,
                    depth,  receipt ? receipt_flag : NULL, (char *)(uintptr_t)receipt,
                    NULL};
    struct cli stranger = doctor->chain_cli;
    struct badge_report report;
    badge_address_format(issuer, &doctor->settings.chain_issuer.address);
    (void)snprintf(depth, sizeof depth, "%llu", (unsigned long long)settings_confirmations(&doctor->settings));
    if (doctor->settings.http_public_rpc.n)
        stranger.rpc = doctor->settings.http_public_rpc;
    if (!stranger.accreditor.n)
        stranger.accreditor = (struct config_list){.item = &item, .n = 1};
    stranger.issuer = (struct config_list){0};
    if (stranger.max_head_age_ms < doctor->settings.verify_max_head_age_ms)
        stranger.max_head_age_ms = doctor->settings.verify_max_head_age_ms;
    if (!stranger.node)
        stranger.node = doctor->settings.http_public_url;
    if (verify_for_report(&stranger, receipt ? 6 : 4, argv, &report) == CLI_USAGE) {
        doctor_find(doctor, "badge", DOCTOR_UNKNOWN, "%s could not be verified, for the reason above", file);
        doctor_do(doctor, "Correct the file's name, or what is wrong with it");
        return;
    }
    bool is_good = report.verdict == BADGE_VALID || report.verdict == BADGE_RECORDED;
    bool is_open = report.verdict == BADGE_UNVERIFIABLE || report.verdict == BADGE_PENDING ||
                   report.verdict == BADGE_ANCHORED || report.verdict == BADGE_SIGNED;
    doctor_find(doctor, "badge",
                is_good   ? DOCTOR_GOOD
                : is_open ? DOCTOR_UNKNOWN
                          : DOCTOR_BAD,
                "A stranger's verifier says %s of %s: %s", badge_verdict_name(report.verdict), file,
                is_good                          ? badge_verdict_sentence(report.verdict)
                : report.verdict == BADGE_SIGNED ? report.sentence
                                                 : report.check[report.decided_by].detail);
    doctor_do(doctor, "%s", mend_of(&report));
}

/* -- all of it ----------------------------------------------------------------------------------------------------- */

static void check_all(struct doctor *doctor, const char *file, const char *receipt)
{
    static void (*const checks[])(struct doctor *) = {
        doctor_check_files,      doctor_check_backups,  doctor_check_node,   doctor_check_public_url,
        doctor_check_public_rpc, doctor_check_chain,    doctor_check_clock,  doctor_check_registry,
        doctor_check_finality,   doctor_check_operator, doctor_check_issuer,
    };
    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        checks[i](doctor);
        print_new(doctor);
    }
    if (file)
        check_badge(doctor, file, receipt);
    print_new(doctor);
}

static int sum_up(struct doctor *doctor)
{
    int exit_status = doctor->n_bad ? CLI_NO : doctor->n_unknown ? CLI_UNREACHABLE : CLI_YES;
    if (doctor->cli->json)
        cli_print_json(json_incref(doctor->findings));
    else if (exit_status == CLI_YES)
        puts("\nAll good.");
    else
        printf("\n%u bad, %u unknown.\n", doctor->n_bad, doctor->n_unknown);
    return exit_status;
}

static bool load_settings(struct doctor *doctor)
{
    static char name[] = "badged";
    char *argv[] = {name, NULL}, file[4096];
    int argc = 1;
    struct badge_err err = {0};
    (void)snprintf(file, sizeof file, "%s/badged.conf", doctor->dir);
    if (config_load(&doctor->settings, &settings_program, file, &argc, argv, &err) != BADGE_OK)
        return cli_refuse("doctor: %s; --dir DIR names the folder of the node's badged.conf", err.text);
    const struct settings *settings = &doctor->settings;
    doctor->chain_cli = *doctor->cli;
    doctor->chain_cli.rpc = settings->chain_rpc;
    doctor->chain_cli.chain_id = settings->chain_id;
    doctor->chain_cli.contract = settings->chain_contract;
    return true;
}

static int run_doctor(const struct cli *cli, int argc, char **argv)
{
    struct doctor doctor = {.cli = cli};
    const char *receipt = NULL;
    const struct cli_flag flags[] = {{.name = "dir", .value = &doctor.dir}, {.name = "receipt", .value = &receipt}};
    struct badge_err err = {0};
    if (!cli_flags(&argc, argv, flags, ARRAY_LEN(flags), 0, 1))
        return CLI_USAGE;
    if (!doctor.dir)
        doctor.dir = access("badged.conf", F_OK) == 0 ? "." : "/etc/badged";
    if (argc > 1 && access(argv[1], R_OK))
        return cli_fail(CLI_USAGE, "cannot read %s: %s", argv[1], strerror(errno));
    if (!load_settings(&doctor))
        return CLI_USAGE;
    int exit_status = CLI_USAGE;
    if (session_open(&doctor.session, &err) == BADGE_OK) {
        doctor.findings = json_array();
        check_all(&doctor, argc > 1 ? argv[1] : NULL, receipt);
        exit_status = sum_up(&doctor);
        json_decref(doctor.findings);
        if (doctor.has_chain)
            chain_close(&doctor.chain);
        session_close(&doctor.session);
    } else {
        cli_fail(CLI_USAGE, "%s", err.text);
    }
    config_release(&doctor.settings, &settings_program);
    return exit_status;
}

const struct cli_command doctor_command = {
    .name = "doctor",
    .synopsis = "[BADGE] [--dir DIR] [--receipt FILE] [--node URL] [--accreditor 0x…]",
    .summary = "Check whether a stranger would find the badges of a node valid, and what to do if not",
    .help = "Reads badged.conf in DIR, else in this folder, else in /etc/badged, and changes nothing. With BADGE, a\n"
            "badge of this node with its receipt, it also says what a stranger's verifier answers who knows only an\n"
            "accreditor: the issuer's account, or that of --accreditor.\n\n"
            "Each check is good (+), bad (x) or unknown (?), with what to do. Exit status: 1 if any is bad, else 3 if "
            "any\nis unknown. Run it as the user that the node runs as.",
    .run = run_doctor};
