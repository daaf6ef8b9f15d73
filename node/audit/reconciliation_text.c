/*
 * The texts of an audit: names for machines, which never change, and a sentence for each finding. Used by all three
 * reports.
 */
#include "audit/reconciliation.h"
#include "core/format.h"

static const struct {
    enum reconciliation_kind kind;
    const char *name;
} codes[RECONCILIATION_N_CODES] = {
    [MISSING_NO_SOURCE] = {RECONCILIATION_MISSING, "no_source"},
    [MISSING_ROOT_UNKNOWN] = {RECONCILIATION_MISSING, "root_unknown"},
    [EXTRA_NOT_ANCHORED] = {RECONCILIATION_EXTRA, "not_anchored"},
    [EXTRA_OTHER_REGISTRY] = {RECONCILIATION_EXTRA, "other_registry"},
    [EXTRA_DUPLICATE] = {RECONCILIATION_EXTRA, "duplicate"},
    [ALTERED_LEAVES] = {RECONCILIATION_ALTERED, "leaves_differ"},
    [ALTERED_ORDER] = {RECONCILIATION_ALTERED, "order_differs"},
    [ALTERED_LENGTH] = {RECONCILIATION_ALTERED, "length_differs"},
    [ALTERED_SIZE] = {RECONCILIATION_ALTERED, "size_differs"},
    [ALTERED_SEQUENCE] = {RECONCILIATION_ALTERED, "sequence_differs"},
    [ALTERED_WITHHELD] = {RECONCILIATION_ALTERED, "leaves_withheld"},
    [ALTERED_LIST] = {RECONCILIATION_ALTERED, "list_malformed"},
    [LOG_DIFFERS] = {RECONCILIATION_LOG, "log_differs"},
    [UNKNOWN_SOURCE] = {RECONCILIATION_UNKNOWN, "source_unreachable"},
    [UNKNOWN_LEAVES] = {RECONCILIATION_UNKNOWN, "leaves_unread"},
    [UNKNOWN_ANCHOR] = {RECONCILIATION_UNKNOWN, "anchor_not_found_yet"},
    [UNKNOWN_NEWER] = {RECONCILIATION_UNKNOWN, "providers_unsure"},
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

static const char *predicate(enum reconciliation_code code, bool several)
{
    switch (code) {
    case MISSING_NO_SOURCE:
        return "is on the chain, but no source has its batch";
    case MISSING_ROOT_UNKNOWN:
        return several ? "are counted by the chain, but their roots are unknown: no source and no event has them"
                       : "is counted by the chain, but its root is unknown: no source and no event has it";
    case EXTRA_NOT_ANCHORED:
        return "is final according to the source, but it is not on the chain";
    case EXTRA_OTHER_REGISTRY:
        return "is of another chain, contract or issuer, according to the source";
    case EXTRA_DUPLICATE:
        return "has the same root as this source's batch";
    case ALTERED_LEAVES:
        return "has leaves that do not match its root";
    case ALTERED_ORDER:
        return "has leaves that are not in ascending order";
    case ALTERED_LENGTH:
        return "has more or fewer leaves than its size on the chain, which is";
    case ALTERED_SIZE:
        return "differs from its anchor in size";
    case ALTERED_SEQUENCE:
        return "differs from its anchor in sequence number";
    case ALTERED_WITHHELD:
        return "is listed, but the source does not return its leaves";
    case ALTERED_LIST:
        return "returned a malformed list of batches";
    case LOG_DIFFERS:
        return "";
    case UNKNOWN_SOURCE:
        return "could not be read";
    case UNKNOWN_LEAVES:
        return "has leaves that could not be fetched";
    case UNKNOWN_ANCHOR:
        return "may be known to a source that did not answer";
    case UNKNOWN_NEWER:
        return "is final according to the source, but the providers are behind or disagree, so it is unknown whether "
               "it "
               "is on the chain: name other providers";
    }
    return "";
}

void reconciliation_sentence(char out[400], const struct reconciliation *reconciliation,
                             const struct reconciliation_finding *finding)
{
    char subject[320];
    write_subject(subject, reconciliation, finding);
    const char *text = predicate(finding->code, finding->sequence_to > finding->sequence);
    unsigned long long source_says = finding->source_says, chain_says = finding->chain_says;
    switch (finding->code) {
    case LOG_DIFFERS:
        (void)core_format(out, 400,
                          "The anchors that the provider returned do not match the head of its own log of %llu: the "
                          "provider contradicts itself.",
                          chain_says);
        return;
    case EXTRA_DUPLICATE:
        (void)core_format(out, 400, "%s %s %llu.", subject, text, source_says);
        return;
    case ALTERED_LENGTH:
        (void)core_format(out, 400, "%s %s %llu.", subject, text, chain_says);
        return;
    case ALTERED_SIZE:
    case ALTERED_SEQUENCE:
        (void)core_format(out, 400, "%s %s: %llu in the source, %llu on the chain.", subject, text, source_says,
                          chain_says);
        return;
    case ALTERED_LIST:
    case UNKNOWN_SOURCE:
        (void)core_format(out, 400, "%.*s %s: %s.", 120, subject, text, reconciliation->source[finding->source].why);
        return;
    case MISSING_NO_SOURCE:
    case MISSING_ROOT_UNKNOWN:
    case EXTRA_NOT_ANCHORED:
    case EXTRA_OTHER_REGISTRY:
    case ALTERED_LEAVES:
    case ALTERED_ORDER:
    case ALTERED_WITHHELD:
    case UNKNOWN_LEAVES:
    case UNKNOWN_ANCHOR:
    case UNKNOWN_NEWER:
        break;
    }
    (void)core_format(out, 400, "%s %s.", subject, text);
}
