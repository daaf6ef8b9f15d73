"""The verdict as the protocol defines it (include/badge/PROTOCOL.md, sections 5 and 7), without code of the project. Facts
about a credential, its signature, its receipt and the chain determine the code of each check; the codes determine the
verdict.
"""

from dataclasses import dataclass

ORDER = "digest inclusion registry anchor proof withdrawn revoked status validity issuer".split()

PASSED = set("""digest_matches inclusion_holds registry_trusted anchor_final anchor_hints_differ not_withdrawn not_revoked
    no_status in_force no_period issuer_bound issuer_named issuer_domain issuer_address proof_holds""".split())
FAILED = {  # the verdict of each check that fails
    "digest": ("invalid", "digest_differs label_differs label_external document_malformed"),
    "inclusion": ("invalid", "path_broken receipt_malformed"),
    "anchor": ("invalid", "not_anchored tree_size_differs"),
    "proof": ("invalid", """proof_broken proof_malformed proof_wrong_purpose proof_wrong_controller proof_key_revoked
        proof_key_expired jwt_claim_differs context_unsafe proof_expired proof_from_future"""),
    "withdrawn": ("withdrawn", "withdrawn"),
    "revoked": ("revoked", "revoked"),
    "status": ("revoked", "status_revoked"),
    "validity": (None, "not_yet_valid expired"),  # each code is its own verdict
    "issuer": ("unknown_issuer", "issuer_not_bound issuer_not_named"),
}
OF_TIME = {"proof_expired": "expired", "proof_from_future": "not_yet_valid"}
RECORD = "digest inclusion registry anchor withdrawn revoked".split()
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
    status: bool = False  # an entry that names no list
    proof: str = "none"  # holds, broken, suite (an unknown one), ended (at its own end); by the issuer, a did:key
    issuer: str = "bound"  # by a pair; stranger (not bound), silent (unreachable)
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


def registry_is_genuine(f):
    """Whether the registry that the verifier trusts answers, whatever the receipt names."""
    return f.registry != "unnamed" and f.provider == "honest"


def accounts_are_asked(f):
    """Whether the verifier knows an account of the issuer: one that it named."""
    return f.issuer == "bound" and f.document in ("whole", "altered")


def accounts_are_silent(f):
    return accounts_are_asked(f) and (not registry_is_genuine(f) or f.unanswered == "revoked")


def is_revoked(f):
    """At the latest block; a provider that lags does not have it, and an altered document has another digest."""
    return f.revoked and f.height != "gone" and f.document != "altered"


def counts(codes):
    """Whether the issuer's word of the status counts: it signed the credential, or recorded it."""
    return codes["proof"] == "proof_holds" or all(outcome_of(check, codes[check]) == "passed" for check in RECORD)


def proof_of(f):
    if f.document == "altered" and f.proof in ("holds", "ended"):
        return "proof_broken"
    return {"none": "no_proof", "holds": "proof_holds", "broken": "proof_broken", "suite": "proof_suite_unknown",
            "ended": "proof_expired"}[f.proof]


def record_of(codes):
    """passed, failed (any) or unknown."""
    found = {outcome_of(check, codes[check]) for check in RECORD}
    return "failed" if "failed" in found else "unknown" if "unknown" in found else "passed"


def issuer_of(f, codes, gap):
    is_signed = codes["proof"] == "proof_holds"
    if f.issuer == "bound" and not gap and not (is_signed and record_of(codes) == "unknown"):
        return "issuer_bound"
    if is_signed and f.issuer == "bound":
        return "issuer_named"  # the pair names its id
    if gap:
        return "issuer_not_named" if is_signed else "no_receipt"
    return "issuer_unreachable" if f.issuer == "silent" else "issuer_not_bound"


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

    asked, genuine = accounts_are_asked(f), registry_is_genuine(f)
    is_there = f.batch in ("anchored", "resized", "withdrawn")
    for check in ("anchor", "withdrawn", "revoked"):
        if check == "revoked" and asked and genuine and not f.unanswered == check and is_revoked(f):
            codes[check] = "revoked"  # by an account known to be the issuer's, whatever the receipt is
        elif check == "revoked" and asked and gap:
            known = f.registry != "unnamed" and f.provider != "silent" and f.unanswered != check
            codes[check] = "chain_unreachable" if not known else "not_revoked" if genuine else "registry_unknown"
        elif gap:
            codes[check] = "no_receipt"
        elif codes["registry"] != "registry_trusted":
            codes[check] = "registry_unknown"
        elif f.unanswered == check:
            codes[check] = "chain_unreachable"
        elif check == "withdrawn":  # at the latest block; a provider that lags does not have it
            codes[check] = "withdrawn" if f.batch == "withdrawn" and f.height != "gone" else "not_withdrawn"
        elif check == "revoked":  # by digest; an altered document has a different digest
            codes[check] = "revoked" if is_revoked(f) else "not_revoked"
        elif not is_there:
            codes[check] = "anchor_awaited" if f.batch == "awaited" else "not_anchored"
        elif f.height == "gone":
            codes[check] = "anchor_contradictory"
        elif f.batch == "resized":
            codes[check] = "tree_size_differs"
        else:
            codes[check] = "anchor_final" if f.height == "final" else "anchor_not_final"

    blank = {"absent": "no_document", "malformed": "document_unread"}.get(f.document)
    codes["proof"] = blank or proof_of(f)
    codes["status"] = blank or ("no_status" if not f.status else "status_list_invalid" if counts(codes) else "status_not_checked")
    codes["validity"] = blank or (None if f.claims else "claims_malformed") or {"none": "no_period", "expired": "expired", "early": "not_yet_valid"}[f.period]
    codes["issuer"] = blank or issuer_of(f, codes, gap)
    return {check: codes[check] for check in ORDER}


def _verdict_of_one(check, code):
    """The verdict of a check that did not pass; None if it does not decide."""
    if outcome_of(check, code) == "failed":
        return OF_TIME.get(code) or FAILED[check][0] or code
    if check == "proof" or (code == "no_document" and check != "digest"):
        return UNDECIDED
    if code in ("anchor_not_final", "anchor_awaited"):
        return "pending"
    if check == "issuer":
        return UNKNOWN_ISSUER
    return "anchored" if code == "no_document" else "unverifiable"


def _decisive(codes, over, passed_over=()):
    """(check, outcome, verdict) of the check that decides; None: all passed. passed_over: do not count while unknown."""
    found = []  # the checks that did not pass, in order of precedence
    for check in ORDER:
        outcome = outcome_of(check, codes[check])
        verdict = _verdict_of_one(check, codes[check]) if outcome != "passed" else None
        if verdict and not (outcome == "unknown" and check in passed_over):
            found.append((check, outcome, verdict))
    found.sort(key=lambda entry: entry[2] == "anchored")  # the best possible without a document: it comes last
    decisive = found[0] if found else None
    for entry in found[1:]:
        beaten = over.get(entry[0], ()) if entry[1] == "failed" else ()
        if decisive[1] == "unknown" and decisive[0] in beaten:
            decisive = entry
    return decisive


def verdict_of(codes, silent=False):
    """silent: an account that is known to be the issuer's was to be asked, and did not answer."""
    gap = codes["digest"] in ("no_receipt", "receipt_unsupported")
    over = DECIDES_OVER | ({"revoked": ORDER} if gap else {})  # then only an account known to be the issuer's said so
    record = _decisive(codes, over)
    if codes["proof"] != "proof_holds":
        return record[2] if record else "valid"
    passed_over = [check for check in RECORD if codes[check] != "record_missing" and not (check == "revoked" and silent)]
    word = _decisive(codes, dict.fromkeys(ORDER[:-1], ORDER), passed_over)
    if not word and codes["issuer"] in ("issuer_named", "issuer_domain", "issuer_address"):
        return "signed"
    if word and word[1] == "failed" and word[0] != "issuer":
        return word[2]
    if word and record[2] == "unverifiable":
        return word[2]
    return record[2] if record else "valid"
