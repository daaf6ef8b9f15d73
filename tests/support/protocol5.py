"""The verdict as the protocol defines it (include/badge/PROTOCOL.md, section 5), without code of the project. Facts
about a credential, its receipt and the chain determine the code of each check; the codes determine the verdict.
"""

from dataclasses import dataclass

ORDER = "digest inclusion registry anchor proof withdrawn revoked status validity issuer".split()

PASSED = set("""digest_matches inclusion_holds registry_trusted anchor_final anchor_hints_differ not_withdrawn not_revoked
    no_status in_force no_period issuer_bound""".split())
FAILED = {  # the verdict of each check that fails
    "digest": ("invalid", "digest_differs label_differs label_external document_malformed"),
    "inclusion": ("invalid", "path_broken receipt_malformed"),
    "anchor": ("invalid", "not_anchored tree_size_differs"),
    "withdrawn": ("withdrawn", "withdrawn"),
    "revoked": ("revoked", "revoked"),
    "status": ("revoked", "status_revoked"),
    "validity": (None, "not_yet_valid expired"),  # each code is its own verdict
    "issuer": ("unknown_issuer", "issuer_not_bound"),
}
OPEN = "registry anchor proof withdrawn revoked status".split()
DECIDES_OVER = {  # a failed check, and the unknown ones over which it decides
    "digest": ORDER, "inclusion": ORDER, "proof": ORDER,
    "withdrawn": OPEN, "revoked": OPEN, "status": OPEN, "validity": OPEN,
}
UNKNOWN_ISSUER, UNDECIDED = "unknown_issuer", None


@dataclass(frozen=True)
class Facts:
    document: str = "whole"  # altered malformed absent
    claims: bool = True  # its dates can be read
    period: str = "none"  # expired early
    status: bool = False
    issuer: str = "bound"  # stranger (not bound), silent (unreachable)
    revoked: bool = False
    receipt: str = "whole"  # malformed unsupported absent
    label: str = "right"  # wrong external
    path: str = "right"  # broken
    registry: str = "trusted"  # foreign (in the receipt), unnamed (by the verifier)
    provider: str = "honest"  # silent, or of another chain, or with other code
    height: str = "final"  # latest (not final yet), gone (final, and not at the latest block)
    batch: str = "anchored"  # never, awaited, resized, withdrawn
    unanswered: str = ""  # anchor, withdrawn or revoked


def outcome_of(check, code):
    if code in PASSED:
        return "passed"
    return "failed" if check in FAILED and code in FAILED[check][1].split() else "unknown"


def codes_of(f):
    unreadable = {"malformed": "receipt_malformed", "unsupported": "receipt_unsupported", "absent": "no_receipt"}
    gap = unreadable.get(f.receipt)
    codes = {}

    if f.document == "malformed":
        codes["digest"] = "document_malformed"
    elif gap:
        codes["digest"] = gap
    elif f.document == "absent":
        codes["digest"] = "no_document"
    elif f.document == "altered":
        codes["digest"] = "digest_differs"
    else:
        codes["digest"] = {"right": "digest_matches", "wrong": "label_differs", "external": "label_external"}[f.label]

    codes["inclusion"] = gap or ("inclusion_holds" if f.path == "right" else "path_broken")

    if gap:
        codes["registry"] = "no_receipt"
    elif f.registry != "trusted":
        codes["registry"] = "registry_not_named" if f.registry == "unnamed" else "registry_not_trusted"
    else:
        codes["registry"] = {"honest": "registry_trusted", "silent": "registry_unreachable",
                             "other chain": "wrong_chain", "other code": "wrong_code"}[f.provider]

    is_there = f.batch in ("anchored", "resized", "withdrawn")
    for check in ("anchor", "withdrawn", "revoked"):
        if gap:
            codes[check] = "no_receipt"
        elif codes["registry"] != "registry_trusted":
            codes[check] = "registry_unknown"
        elif f.unanswered == check:
            codes[check] = "chain_unreachable"
        elif check == "withdrawn":  # at the latest block; a provider that lags does not have it
            codes[check] = "withdrawn" if f.batch == "withdrawn" and f.height != "gone" else "not_withdrawn"
        elif check == "revoked":  # by digest; an altered document has a different digest
            is_revoked = f.revoked and f.height != "gone" and f.document != "altered"
            codes[check] = "revoked" if is_revoked else "not_revoked"
        elif not is_there:
            codes[check] = "anchor_awaited" if f.batch == "awaited" else "not_anchored"
        elif f.height == "gone":
            codes[check] = "anchor_contradictory"
        elif f.batch == "resized":
            codes[check] = "tree_size_differs"
        else:
            codes[check] = "anchor_final" if f.height == "final" else "anchor_not_final"

    blank = {"absent": "no_document", "malformed": "document_unread"}.get(f.document)
    codes["proof"] = blank or "no_proof"
    codes["status"] = blank or ("status_not_checked" if f.status else "no_status")
    codes["validity"] = blank or (None if f.claims else "claims_malformed") or {"none": "no_period", "expired": "expired", "early": "not_yet_valid"}[f.period]
    codes["issuer"] = blank or ("no_receipt" if gap else {"bound": "issuer_bound", "stranger": "issuer_not_bound",
                                                          "silent": "issuer_unreachable"}[f.issuer])
    return {check: codes[check] for check in ORDER}


def _verdict_of_one(check, code):
    """The verdict of a check that did not pass; None if it does not decide."""
    if outcome_of(check, code) == "failed":
        return FAILED[check][0] or code
    if check == "proof" or (code == "no_document" and check != "digest"):
        return UNDECIDED
    if code in ("anchor_not_final", "anchor_awaited"):
        return "pending"
    if check == "issuer":
        return UNKNOWN_ISSUER
    return "anchored" if code == "no_document" else "unverifiable"


def verdict_of(codes):
    found = []  # the checks that did not pass, in order of precedence
    for check in ORDER:
        outcome = outcome_of(check, codes[check])
        verdict = _verdict_of_one(check, codes[check]) if outcome != "passed" else None
        if verdict:
            found.append((check, outcome, verdict))
    if not found:
        return "valid"
    found.sort(key=lambda entry: entry[2] == "anchored")  # the best possible without a document: it comes last
    decisive = found[0]
    for entry in found[1:]:
        over = DECIDES_OVER.get(entry[0], ()) if entry[1] == "failed" else ()
        if decisive[1] == "unknown" and decisive[0] in over:
            decisive = entry
    return decisive[2]
