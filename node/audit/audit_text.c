/*
 * The report of an audit as text, for a terminal. Names of sources and providers come from outside; core_format() has
 * removed their control characters.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "core/format.h"

#define MAX_FINDINGS_SHOWN 200

static void line(FILE *out, const char *name, const char *format, ...) BADGE_PRINTF(3, 4);

static void line(FILE *out, const char *name, const char *format, ...)
{
    char text[600];
    va_list args;
    va_start(args, format);
    (void)core_vformat(text, sizeof text, format, args);
    va_end(args);
    fprintf(out, "  %-10s %s\n", name, text);
}

static void write_log(FILE *out, const struct audit *audit)
{
    char head[49];
    badge_hex_encode(head, audit->reconciliation.log.head, sizeof audit->reconciliation.log.head);
    line(out, "log", "%llu anchors, head %s: %s", (unsigned long long)audit->reconciliation.log.count, head,
         audit->reconciliation.is_proven ? "complete and in order" : "not all anchors are known");
}

static void write_counts(FILE *out, const struct audit *audit)
{
    const struct reconciliation *reconciliation = &audit->reconciliation;
    line(out, "verified", "%llu of %llu anchors, %llu leaves", (unsigned long long)reconciliation->n_verified,
         (unsigned long long)reconciliation->log.count, (unsigned long long)reconciliation->n_leaves_verified);
    if (audit->n_from_checkpoint)
        line(out, "", "%llu batches of these were verified by an earlier run (state file)",
             (unsigned long long)audit->n_from_checkpoint);
    for (int i = 0; i < RECONCILIATION_N_KINDS; i++)
        if (i != RECONCILIATION_LOG)
            line(out, reconciliation_kind_label((enum reconciliation_kind)i), "%zu", reconciliation->n_of_kind[i]);
    line(out, "pending", "%llu batches that are not on the chain yet", (unsigned long long)reconciliation->n_pending);
    line(out, "withdrawn", "%llu anchors", (unsigned long long)reconciliation->n_withdrawn);
    if (audit->has_all_events)
        line(out, "revoked", "%llu credentials", (unsigned long long)audit->n_revoked);
    else
        line(out, "revoked", "at least %llu credentials; earlier events could not be read",
             (unsigned long long)audit->n_revoked);
    for (int i = 0; i < BADGE_N_REASONS && audit->n_revoked > 0; i++)
        if (audit->n_revoked_for[i] > 0)
            line(out, "", "%llu for the reason %s", (unsigned long long)audit->n_revoked_for[i],
                 badge_reason_name((enum badge_reason)i));
}

static void write_operators(FILE *out, const struct audit *audit)
{
    fputs("\nWho anchored, and who may\n", out);
    if (!audit->has_all_events)
        fprintf(out, "  Events before block %llu could not be read, so this list may be incomplete: %s.\n",
                (unsigned long long)audit->events_from, audit->events_why);
    else if (!audit->n_operators)
        fputs("  Nobody has anchored, and only the issuer itself may.\n", out);
    for (size_t i = 0; i < audit->n_operators; i++) {
        const struct audit_operator *one = &audit->operators[i];
        fprintf(out, "  %s  %llu anchors; %s\n", core_account_text(&one->account).s, (unsigned long long)one->n_anchors,
                !one->is_allowed                                                              ? "may not anchor now"
                : memcmp(one->account.b, audit->request.issuer.b, sizeof one->account.b) == 0 ? "the issuer itself"
                                                                                              : "an operator now");
        for (size_t j = 0; j < audit->events.n; j++) {
            const struct registry_event *event = &audit->events.event[j];
            if (memcmp(event->account.b, one->account.b, sizeof one->account.b) != 0)
                continue;
            fprintf(out, "      %s %s, block %llu\n", event->allowed ? "appointed" : "removed",
                    core_time_text(event->time_s).s, (unsigned long long)event->block_number);
        }
    }
}

void audit_write_text(FILE *out, const struct audit *audit)
{
    const struct reconciliation *reconciliation = &audit->reconciliation;
    char sentence[400];
    fprintf(out, "%s: %s\n\n", reconciliation_verdict_name(reconciliation->verdict),
            reconciliation_verdict_sentence(reconciliation->verdict));
    line(out, "chain", "%llu, according to %s", (unsigned long long)reconciliation->chain_id, audit->provider);
    line(out, "block", "%llu of %s, 0x%s", (unsigned long long)audit->block.number,
         core_time_text(audit->block.time_s).s, core_hash_text(&audit->block.hash).s);
    line(out, "contract", "%s", core_account_text(&reconciliation->contract).s);
    line(out, "issuer", "%s", core_account_text(&reconciliation->issuer).s);
    write_log(out, audit);
    write_counts(out, audit);
    fputs("\nSources\n", out);
    for (size_t i = 0; i < reconciliation->n_sources; i++) {
        const struct reconciliation_source *source = &reconciliation->source[i];
        fprintf(out, "  %s: %u batches%s%s\n", source->name, source->n_batches, source->is_listed ? "" : "; ",
                source->is_listed ? "" : source->why);
    }
    write_operators(out, audit);
    if (reconciliation->n_findings)
        fputs("\nFindings\n", out);
    for (size_t i = 0; i < reconciliation->n_findings && i < MAX_FINDINGS_SHOWN; i++) {
        reconciliation_sentence(sentence, reconciliation, &reconciliation->finding[i]);
        fprintf(out, "  %c %-8s %s\n",
                reconciliation_kind_of(reconciliation->finding[i].code) == RECONCILIATION_UNKNOWN ? '?' : 'x',
                reconciliation_kind_label(reconciliation_kind_of(reconciliation->finding[i].code)), sentence);
        if (reconciliation->finding[i].has_root)
            fprintf(out, "             root %s\n", core_hash_text(&reconciliation->finding[i].root).s);
    }
    if (reconciliation->n_findings > MAX_FINDINGS_SHOWN)
        fprintf(out, "  … and %zu more: --json shows all of them\n", reconciliation->n_findings - MAX_FINDINGS_SHOWN);
}
