/*
 * The report of an audit as one self-contained HTML file, to be read, printed and kept. All text from outside is
 * escaped; the file has no script, and its Content-Security-Policy forbids any.
 */
#include <string.h>

#include "audit/audit.h"
#include "core/format.h"

#define MAX_ROWS 10000

static const char style[] =
    ":root{color-scheme:light dark;--ink:#17202a;--dim:#5a6672;--line:#dde3e9;--card:#f6f8fa;--page:#fff;"
    "--good:#146c43;--bad:#b02a37;--open:#8a5a00}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8edf2;--dim:#9aa7b4;--line:#313b46;--card:#1b232c;--page:#12181f;"
    "--good:#5bd197;--bad:#ff8f98;--open:#f0b849}}"
    "*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);"
    "font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}"
    "main{max-width:62rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}"
    "header p{color:var(--dim);margin:.25rem 0 0}h1{font-size:1.6rem;margin:0;line-height:1.25}"
    "h2{font-size:1.15rem;margin:2.5rem 0 .75rem}"
    ".verdict{display:flex;gap:1rem;align-items:center;border:2px solid;border-radius:.75rem;padding:1rem 1.25rem;"
    "margin:1.5rem 0}.verdict b{font-size:1.25rem;display:block}.verdict svg{flex:none;width:2.5rem;height:2.5rem}"
    ".verdict span{color:var(--ink)}.clean{color:var(--good)}.failed{color:var(--bad)}.undecided{color:var(--open)}"
    ".counts{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem;margin:0}"
    ".counts div{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.7rem .9rem}"
    ".counts dt{color:var(--dim);font-size:.85rem}.counts dd{margin:0;font-size:1.35rem;font-weight:600;"
    "font-variant-numeric:tabular-nums}.counts .failed dd{color:var(--bad)}.counts .undecided dd{color:var(--open)}"
    "table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;vertical-align:top;"
    "padding:.45rem .7rem .45rem 0;border-bottom:1px solid var(--line)}th{color:var(--dim);font-weight:600}"
    "td.n,th.n{text-align:right;padding-right:1.4rem;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "code{font:.85em ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}.facts th{width:8rem}"
    ".wide{overflow-x:auto}.note{color:var(--dim);font-size:.9rem}"
    "@media print{:root{--ink:#000;--dim:#444;--line:#bbb;--card:#fff;--page:#fff;--good:#0a5c36;--bad:#9b1c28;"
    "--open:#6b4600}main{max-width:none;padding:0}body{font-size:10.5pt}h2{break-after:avoid}tr,.verdict{break-inside:"
    "avoid}thead{display:table-header-group}.wide{overflow:visible}}";

/* Texts for fprintf(). */
struct text {
    char s[80];
};
struct escaped_text {
    char s[2400]; /* of up to 399 bytes: no text of an audit is longer */
};

static struct escaped_text escaped(const char *text)
{
    static const char special[] = "&<>\"'";
    static const char *const entity[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    struct escaped_text out = {""};
    for (size_t len = 0; *text && len + sizeof "&quot;" <= sizeof out.s; text++) {
        const char *found = strchr(special, *text);
        const char plain[] = {*text, '\0'};
        len = (size_t)(stpcpy(out.s + len, found ? entity[found - special] : plain) - out.s);
    }
    return out;
}

/* 1234567 as 1,234,567. */
static struct text html_number(uint64_t number)
{
    struct text out;
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    char *at = out.s;
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    return out;
}

/* "2026-11-23 12:00:00 UTC" */
static struct text html_time(int64_t time_s)
{
    struct text out;
    struct time_text time = core_time_text(time_s);
    (void)snprintf(out.s, sizeof out.s, "<time datetime=\"%s\">%.10s %.8s UTC</time>", time.s, time.s, time.s + 11);
    return out;
}

/* css_class is for a number other than 0. */
static void put_count(FILE *out, const char *name, uint64_t number, const char *css_class)
{
    fprintf(out, "<div class=\"%s\"><dt>%s</dt><dd>%s</dd></div>\n", number ? css_class : "", name,
            html_number(number).s);
}

static void write_verdict(FILE *out, const struct reconciliation *reconciliation)
{
    static const char *const icon[] = {
        [RECONCILIATION_CLEAN] = "M7 12.5l3.2 3.2L17 9",
        [RECONCILIATION_FAILED] = "M8 8l8 8M16 8l-8 8",
        [RECONCILIATION_UNDECIDED] = "M9.2 9.2a2.8 2.8 0 1 1 3.9 2.6c-.8.4-1.1.9-1.1 1.7M12 16.6v.4"};
    static const char *const title[] = {
        [RECONCILIATION_CLEAN] = "Clean", [RECONCILIATION_FAILED] = "Failed", [RECONCILIATION_UNDECIDED] = "Undecided"};
    fprintf(out,
            "<div class=\"verdict %s\"><svg viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\" "
            "stroke-width=\"2\" stroke-linecap=\"round\" stroke-linejoin=\"round\" aria-hidden=\"true\"><circle "
            "cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"%s\"/></svg><div><b>%s</b><span>%s</span></div></div>\n",
            reconciliation_verdict_name(reconciliation->verdict), icon[reconciliation->verdict],
            title[reconciliation->verdict], reconciliation_verdict_sentence(reconciliation->verdict));
}

static const char *const reason_label[BADGE_N_REASONS] = {
    [BADGE_REASON_UNSPECIFIED] = "revoked: unspecified", [BADGE_REASON_ERROR] = "revoked: error",
    [BADGE_REASON_REPLACED] = "revoked: replaced",       [BADGE_REASON_UNMET] = "revoked: unmet",
    [BADGE_REASON_ANNULLED] = "revoked: annulled",       [BADGE_REASON_HOLDER] = "revoked: holder",
};

static void write_counts(FILE *out, const struct audit *audit)
{
    const struct reconciliation *reconciliation = &audit->reconciliation;
    fputs("<dl class=\"counts\">\n", out);
    put_count(out, "anchors", reconciliation->log.count, "");
    put_count(out, "verified", reconciliation->n_verified, "");
    put_count(out, "leaves verified", reconciliation->n_leaves_verified, "");
    for (int i = 0; i < RECONCILIATION_N_KINDS; i++)
        if (i != RECONCILIATION_LOG)
            put_count(out, reconciliation_kind_label((enum reconciliation_kind)i), reconciliation->n_of_kind[i],
                      i == RECONCILIATION_UNKNOWN ? "undecided" : "failed");
    put_count(out, "pending", reconciliation->n_pending, "");
    put_count(out, "withdrawn", reconciliation->n_withdrawn, "");
    put_count(out, audit->has_all_events ? "revoked" : "revoked, at least", audit->n_revoked, "");
    for (int i = 0; i < BADGE_N_REASONS; i++)
        if (audit->n_revoked_for[i] > 0)
            put_count(out, reason_label[i], audit->n_revoked_for[i], "");
    fputs("</dl>\n", out);
}

static void write_facts(FILE *out, const struct audit *audit)
{
    const struct reconciliation *reconciliation = &audit->reconciliation;
    char head[49];
    badge_hex_encode(head, reconciliation->log.head, sizeof reconciliation->log.head);
    fprintf(out,
            "<h2>What was read</h2>\n<table class=\"facts\"><tr><th>Chain</th><td>%llu, according to %s</td></tr>\n"
            "<tr><th>Block</th><td>%s of %s<br><code>0x%s</code></td></tr>\n",
            (unsigned long long)reconciliation->chain_id, escaped(audit->provider).s,
            html_number(audit->block.number).s, html_time(audit->block.time_s).s, core_hash_text(&audit->block.hash).s);
    fprintf(out,
            "<tr><th>Contract</th><td><code>%s</code></td></tr>\n<tr><th>Issuer</th><td><code>%s</code></td></tr>\n"
            "<tr><th>Log</th><td>head <code>%s</code><br>%s</td></tr>\n",
            core_account_text(&reconciliation->contract).s, core_account_text(&reconciliation->issuer).s, head,
            reconciliation->is_proven
                ? "The list of anchors below matches this head: it is complete and in order."
                : "The list of anchors below does not match this head: not all anchors are known.");
    for (size_t i = 0; i < reconciliation->n_sources; i++) {
        const struct reconciliation_source *source = &reconciliation->source[i];
        fprintf(out, "<tr><th>Source</th><td>%s: %s batches%s%s</td></tr>\n", escaped(source->name).s,
                html_number(source->n_batches).s, source->is_listed ? "" : "; ",
                source->is_listed ? "" : escaped(source->why).s);
    }
    fputs("</table>\n", out);
    if (audit->n_from_checkpoint)
        fprintf(out, "<p class=\"note\">%s batches were verified by an earlier run of this audit.</p>\n",
                html_number(audit->n_from_checkpoint).s);
}

static void write_findings(FILE *out, const struct reconciliation *reconciliation)
{
    if (!reconciliation->n_findings)
        return;
    fputs("<h2>Findings</h2>\n<div class=\"wide\"><table><thead><tr><th>Kind</th><th>What</th></tr></thead>\n", out);
    for (size_t i = 0; i < reconciliation->n_findings && i < MAX_ROWS; i++) {
        const struct reconciliation_finding *finding = &reconciliation->finding[i];
        char sentence[400];
        reconciliation_sentence(sentence, reconciliation, finding);
        enum reconciliation_kind kind = reconciliation_kind_of(finding->code);
        fprintf(out, "<tr><td class=\"%s\"><b>%s</b></td><td>%s",
                kind == RECONCILIATION_UNKNOWN ? "undecided" : "failed", reconciliation_kind_label(kind),
                escaped(sentence).s);
        if (finding->has_root)
            fprintf(out, "<br><code>%s</code>", core_hash_text(&finding->root).s);
        fputs("</td></tr>\n", out);
    }
    fputs("</table></div>\n", out);
    if (reconciliation->n_findings > MAX_ROWS)
        fprintf(out, "<p class=\"note\">%zu more are in the report as JSON.</p>\n",
                reconciliation->n_findings - MAX_ROWS);
}

static void write_operators(FILE *out, const struct audit *audit)
{
    fputs("<h2>Who anchored, and who may</h2>\n", out);
    if (!audit->has_all_events)
        fprintf(out,
                "<p class=\"note\">Events before block %llu could not be read, so this list may be incomplete: "
                "%s.</p>\n",
                (unsigned long long)audit->events_from, escaped(audit->events_why).s);
    else if (!audit->n_operators)
        fputs("<p class=\"note\">Nobody has anchored, and only the issuer itself may.</p>\n", out);
    if (!audit->n_operators)
        return;
    fputs("<div class=\"wide\"><table><thead><tr><th>Account</th><th class=\"n\">Anchors</th><th>Now</th>"
          "<th>Changes</th></tr></thead>\n",
          out);
    for (size_t i = 0; i < audit->n_operators; i++) {
        const struct audit_operator *one = &audit->operators[i];
        bool is_issuer = memcmp(one->account.b, audit->request.issuer.b, sizeof one->account.b) == 0;
        fprintf(out, "<tr><td><code>%s</code></td><td class=\"n\">%s</td><td>%s</td><td>",
                core_account_text(&one->account).s, html_number(one->n_anchors).s,
                is_issuer         ? "the issuer"
                : one->is_allowed ? "operator"
                                  : "not an operator");
        for (size_t j = 0; j < audit->events.n; j++) {
            const struct registry_event *event = &audit->events.event[j];
            if (memcmp(event->account.b, one->account.b, sizeof one->account.b) != 0)
                continue;
            fprintf(out, "<div>%s %s</div>", event->allowed ? "appointed" : "removed", html_time(event->time_s).s);
        }
        fputs("</td></tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

static void write_anchors(FILE *out, const struct reconciliation *reconciliation)
{
    fputs("<h2>Anchors</h2>\n<div class=\"wide\"><table><thead><tr><th class=\"n\">No.</th><th>Root</th>"
          "<th class=\"n\">Leaves</th><th>Anchored</th><th>Found</th></tr></thead>\n",
          out);
    for (size_t i = 0; i < reconciliation->n_anchored && i < MAX_ROWS; i++) {
        const struct reconciliation_root *root = &reconciliation->root[reconciliation->order[i]];
        fprintf(out,
                "<tr><td class=\"n\">%s</td><td><code>%s</code></td><td class=\"n\">%s</td><td>%s</td>"
                "<td>%s%s</td></tr>\n",
                html_number(root->sequence).s, core_hash_text(&root->root).s, html_number(root->tree_size).s,
                html_time(root->time_s).s,
                root->n_good     ? "<span class=\"clean\">verified</span>"
                : root->n_copies ? "<span class=\"failed\">not verified</span>"
                                 : "<span class=\"failed\">not found</span>",
                root->withdrawn_s ? ", withdrawn" : "");
    }
    fputs("</table></div>\n", out);
    if (reconciliation->n_anchored > MAX_ROWS)
        fprintf(out, "<p class=\"note\">%zu more are in the report as JSON.</p>\n",
                reconciliation->n_anchored - MAX_ROWS);
}

void audit_write_html(FILE *out, const struct audit *audit)
{
    fprintf(out,
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
            "<title>Audit of a badge registry</title>\n<style>%s</style></head>\n"
            "<body><main><header><h1>Audit of a badge registry</h1>\n<p>%s</p></header>\n",
            style, html_time(audit->ended_s).s);
    write_verdict(out, &audit->reconciliation);
    write_counts(out, audit);
    write_findings(out, &audit->reconciliation);
    write_facts(out, audit);
    write_operators(out, audit);
    write_anchors(out, &audit->reconciliation);
    fputs(
        "<p class=\"note\">The log of the contract proves which anchors there are. Who made them, who was an operator "
        "when, and what was revoked, is known only from the provider's events, which are not proven.</p>\n"
        "</main></body></html>\n",
        out);
}
