/*
 * The texts of an audit: names for machines, which never change, and a sentence for each finding. Used by all three
 * reports.
 */
#include "audit/reconciliation.h"
#include "core/format.h"

/* What follows the text of a finding. */
enum detail { NOTHING, CHAIN_SAYS, SOURCE_SAYS, BOTH_SAY, SOURCE_WHY };

static const struct {
    enum reconciliation_kind kind;
    const char *name;
    const char *text; /* of the sentence, after its subject */
    enum detail detail;
} codes[RECONCILIATION_N_CODES] = {
    [MISSING_NO_SOURCE] = {RECONCILIATION_MISSING, "no_source", "is on the chain, but no source has its batch",
                           NOTHING},
    [MISSING_ROOT_UNKNOWN] = {RECONCILIATION_MISSING, "root_unknown",
                              "is counted by the chain, but its root is unknown: no source and no event has it",
                              NOTHING},
    [EXTRA_NOT_ANCHORED] = {RECONCILIATION_EXTRA, "not_anchored",
                            "is final according to the source, but it is not on the chain", NOTHING},
    [EXTRA_OTHER_REGISTRY] = {RECONCILIATION_EXTRA, "other_registry",
                              "is of another chain, contract or issuer, according to the source", NOTHING},
    [EXTRA_DUPLICATE] = {RECONCILIATION_EXTRA, "duplicate", "has the same root as this source's batch", SOURCE_SAYS},
    [ALTERED_LEAVES] = {RECONCILIATION_ALTERED, "leaves_differ", "has leaves that do not match its root", NOTHING},
    [ALTERED_ORDER] = {RECONCILIATION_ALTERED, "order_differs", "has leaves that are not in ascending order", NOTHING},
    [ALTERED_LENGTH] = {RECONCILIATION_ALTERED, "length_differs",
                        "has more or fewer leaves than its size on the chain, which is", CHAIN_SAYS},
    [ALTERED_SIZE] = {RECONCILIATION_ALTERED, "size_differs", "differs from its anchor in size", BOTH_SAY},
    [ALTERED_SEQUENCE] = {RECONCILIATION_ALTERED, "sequence_differs", "differs from its anchor in sequence number",
                          BOTH_SAY},
    [ALTERED_WITHHELD] = {RECONCILIATION_ALTERED, "leaves_withheld",
                          "is listed, but the source does not return its leaves", NOTHING},
    [ALTERED_LIST] = {RECONCILIATION_ALTERED, "list_malformed", "returned a malformed list of batches", SOURCE_WHY},
    [LOG_DIFFERS] = {RECONCILIATION_LOG, "log_differs", "", NOTHING},
    [UNKNOWN_SOURCE] = {RECONCILIATION_UNKNOWN, "source_unreachable", "could not be read", SOURCE_WHY},
    [UNKNOWN_LEAVES] = {RECONCILIATION_UNKNOWN, "leaves_unread", "has leaves that could not be fetched", NOTHING},
    [UNKNOWN_ANCHOR] = {RECONCILIATION_UNKNOWN, "anchor_not_found_yet", "may be known to a source that did not answer",
                        NOTHING},
    [UNKNOWN_NEWER] = {RECONCILIATION_UNKNOWN, "providers_unsure",
                       "is final according to the source, but the providers are behind or disagree, so it is unknown "
                       "whether it is on the chain: name other providers",
                       NOTHING},
};

enum reconciliation_kind reconciliation_kind_of(enum reconciliation_code code)
{
    return codes[code].kind;
}

const char *reconciliation_code_name(enum reconciliation_code code)
{
    return codes[code].name;
}

const char *reconciliation_kind_name(enum reconciliation_kind kind)
{
    static const char *const name[RECONCILIATION_N_KINDS] = {"missing", "extra", "altered", "log", "untold"};
    return name[kind];
}

const char *reconciliation_kind_label(enum reconciliation_kind kind)
{
    return kind == RECONCILIATION_UNKNOWN ? "unknown" : reconciliation_kind_name(kind);
}

const char *reconciliation_verdict_name(enum reconciliation_verdict verdict)
{
    static const char *const name[] = {
        [RECONCILIATION_CLEAN] = "clean", [RECONCILIATION_FAILED] = "failed", [RECONCILIATION_UNDECIDED] = "undecided"};
    return name[verdict];
}

const char *reconciliation_verdict_sentence(enum reconciliation_verdict verdict)
{
    static const char *const sentence[] = {
        [RECONCILIATION_CLEAN] =
            "Every anchor on the chain has its batch, every batch has its anchor, and all leaves match their roots.",
        [RECONCILIATION_FAILED] = "The chain and the sources do not agree.",
        [RECONCILIATION_UNDECIDED] =
            "Not everything could be read, so it is unknown whether the chain and the sources agree."};
    return sentence[verdict];
}

/* What the finding is about: "batch 5 of http://…", or "the anchor with sequence 7". */
static void write_subject(char out[320], const struct reconciliation *reconciliation,
                          const struct reconciliation_finding *finding)
{
    const char *name = finding->has_source ? reconciliation->source[finding->source].name : "";
    if (finding->has_source && finding->number)
        (void)core_format(out, 320, "Batch %u of %s", finding->number, name);
    else if (finding->has_source)
        (void)core_format(out, 320, "%s", name);
    else if (finding->sequence_to > finding->sequence)
        (void)core_format(out, 320, "The anchors with the sequence numbers %llu to %llu",
                          (unsigned long long)finding->sequence, (unsigned long long)finding->sequence_to);
    else
        (void)core_format(out, 320, "The anchor with the sequence number %llu", (unsigned long long)finding->sequence);
}

static void write_detail(char out[320], const struct reconciliation *reconciliation,
                         const struct reconciliation_finding *finding)
{
    unsigned long long source_says = finding->source_says, chain_says = finding->chain_says;
    switch (codes[finding->code].detail) {
    case NOTHING:
        out[0] = '\0';
        return;
    case CHAIN_SAYS:
        (void)core_format(out, 320, " %llu", chain_says);
        return;
    case SOURCE_SAYS:
        (void)core_format(out, 320, " %llu", source_says);
        return;
    case BOTH_SAY:
        (void)core_format(out, 320, ": %llu in the source, %llu on the chain", source_says, chain_says);
        return;
    case SOURCE_WHY:
        (void)core_format(out, 320, ": %s", reconciliation->source[finding->source].why);
        return;
    }
}

void reconciliation_sentence(char out[400], const struct reconciliation *reconciliation,
                             const struct reconciliation_finding *finding)
{
    char subject[320], detail[320];
    const char *text = codes[finding->code].text;
    if (finding->code == LOG_DIFFERS) {
        (void)core_format(out, 400,
                          "The anchors that the provider returned do not match the head of its own log of %llu: the "
                          "provider contradicts itself.",
                          (unsigned long long)finding->chain_says);
        return;
    }
    if (finding->code == MISSING_ROOT_UNKNOWN && finding->sequence_to > finding->sequence)
        text = "are counted by the chain, but their roots are unknown: no source and no event has them";
    write_subject(subject, reconciliation, finding);
    write_detail(detail, reconciliation, finding);
    int subject_len = codes[finding->code].detail == SOURCE_WHY ? 120 : sizeof subject; /* the reason must fit too */
    (void)core_format(out, 400, "%.*s %s%s.", subject_len, subject, text, detail);
}
