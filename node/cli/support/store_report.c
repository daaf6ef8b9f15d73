/*
 * Reports the check of a store, for `badge fsck`, `badge backup` and `badge restore`. Faults are printed to standard
 * output as they are found; with --json one value is printed at the end.
 */
#include "cli/support/store_report.h"

#include <stdio.h>
#include <string.h>

#include "cli/support/signals.h"

static void report_on_fault(void *context, const char *file, uint64_t offset, const char *text)
{
    struct store_report *report = context;
    if (!report->cli->json) {
        printf("fault: %s\n", text);
        return;
    }
    json_t *place = offset == STORE_NO_OFFSET ? json_null() : json_integer((json_int_t)offset);
    (void)json_array_append_new(report->faults, json_pack("{s:o,s:o,s:o}", "file", cli_json_text(file), "offset", place,
                                                          "text", cli_json_text(text)));
}

static void report_on_progress(void *context, const char *what, uint64_t done, uint64_t total)
{
    struct store_report *report = context;
    progress_show_stage(&report->progress, what, done, total);
}

void store_report_begin(struct store_report *report, const struct cli *cli)
{
    *report = (struct store_report){.cli = cli, .faults = cli->json ? json_array() : NULL};
    report->check = (struct store_check){.on_fault = report_on_fault,
                                         .on_progress = report_on_progress,
                                         .is_stopped = signals_pending,
                                         .context = report};
}

void store_report_end(struct store_report *report, enum badge_status status)
{
    const struct store_check *check = &report->check;
    progress_end(&report->progress);
    if (status != BADGE_OK && check->n_faults == 0) {
        json_decref(report->faults);
        return;
    }
    if (report->cli->json) {
        cli_print_json(json_pack("{s:b,s:o,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:b,s:I}", "clean", check->n_faults == 0,
                                 "faults", report->faults, "batches", (json_int_t)check->n_batches, "spoiled",
                                 (json_int_t)check->n_spoiled, "sealed", (json_int_t)check->n_sealed, "pending",
                                 (json_int_t)check->n_pending, "labels", (json_int_t)check->n_labels, "relations",
                                 (json_int_t)check->n_relations, "indexed", (json_int_t)check->n_indexed, "superseded",
                                 (json_int_t)check->n_superseded, "published", (json_int_t)check->n_published,
                                 "withdrawalsKnown", check->has_chain_status, "tornBytes", (json_int_t)check->n_torn));
        return;
    }
    printf("%llu %s in %u %s, %llu pending", (unsigned long long)check->n_sealed,
           check->n_sealed == 1 ? "credential" : "credentials", (unsigned)check->n_batches,
           check->n_batches == 1 ? "batch" : "batches", (unsigned long long)check->n_pending);
    if (check->n_spoiled)
        printf(", %u batches replaced by others", (unsigned)check->n_spoiled);
    if (check->n_superseded)
        printf(", %llu places superseded after a withdrawal%s", (unsigned long long)check->n_superseded,
               check->has_chain_status
                   ? ""
                   : " (presumably: the node has not read the withdrawals from the chain again yet)");
    if (check->n_published)
        printf(", %llu shown by %s", (unsigned long long)check->n_published,
               check->n_published == 1 ? "its holder" : "their holders");
    if (check->has_index)
        printf(", %llu digests found by the index", (unsigned long long)check->n_indexed);
    if (check->n_torn)
        printf(", %llu bytes of an incomplete record", (unsigned long long)check->n_torn);
    if (check->n_faults)
        printf(": %zu %s\n", check->n_faults, check->n_faults == 1 ? "fault" : "faults");
    else
        puts(": clean");
}

int store_report_archive(const struct cli *cli, int argc, char **argv, const char *more,
                         enum badge_status (*act)(const char *store, const char *file, struct store_check *check,
                                                  struct badge_err *err))
{
    const char *store = "/var/lib/badged";
    bool with_published = false;
    const struct cli_flag flags[] = {{.name = "store", .value = &store}, {.name = more, .given = &with_published}};
    struct store_report report;
    struct badge_err err = {0};
    if (!cli_flags(&argc, argv, flags, more ? 2 : 1, 1, 1))
        return CLI_USAGE;
    if (strcmp(argv[1], "-") == 0)
        return cli_fail(CLI_USAGE, "%s: name a file: the archive can't be standard input or output", argv[0]);
    signals_block();
    store_report_begin(&report, cli);
    report.check.with_published = with_published;
    enum badge_status status = act(store, argv[1], &report.check, &err);
    signals_unblock(); /* incomplete files have been removed */
    store_report_end(&report, status);
    if (status != BADGE_OK)
        return cli_fail(status == BADGE_ECORRUPT ? CLI_NO : CLI_USAGE, "%s", err.text);
    return CLI_YES;
}
