"""What is read from a document, without code of the project: the layers of wrappers round a credential, outermost first,
and its claims (include/badge/PROTOCOL.md, sections 1 and 5).

A wrapper is opened only if all its members are known and exactly one credential is inside, at most four of them. What is
not opened, but may have a credential inside, is hidden: its claims are unknown, and never absent.
"""

import base64
import hashlib
import math
import re
import urllib.parse
from dataclasses import dataclass, field
from datetime import date

from strict_json import JsonError, canonicalize, parse

CREDENTIAL = set("""VerifiableCredential OpenBadgeCredential AchievementCredential EndorsementCredential ClrCredential
    Assertion EuropeanDigitalCredential""".split())
LISTS = set("BitstringStatusListCredential StatusList2021Credential RevocationList2020Credential".split())
RECORD = set("""Achievement Profile BadgePathway BitstringStatusList StatusList2021 RevocationList2020
    1EdTechRevocationList RevocationList""".split())
JWT = set("iss sub aud jti nbf exp iat nonce cnf".split())
KNOWN = {
    "presentation": JWT | set("""@context id type @id @type holder proof verifiableCredential issuer validFrom validUntil
        issuanceDate expires issued expirationDate credentialStatus termsOfUse name description
        presentation_submission""".split()),
    "graph": JWT | set("@context @graph @id id".split()),
    "envelope": JWT | set("@context id type @id @type".split()),
    "jws": set("payload protected header signature signatures".split()),
    "openattestation": set("version schema data privacy signature proof".split()),
}
CONTENT = set("""credential credentials verifiableCredential presentation verifiablePresentation verifiableCredentials
    compactJwsString jwt""".split())
KNOWN["request"] = CONTENT | JWT | set("""options format credential_configuration_id c_nonce c_nonce_expires_in
    notification_id transaction_id @context""".split())
DECIDING = set("""issuer validFrom validUntil issuanceDate expires expirationDate issuedOn credentialStatus revoked
    revocationList badge credentialSubject credential verifiableCredential @graph @included @nest @reverse""".split())
TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.A)
ROUND = " \t\r\n\v\f\0\"'`<>“”„‘’«»\ufeff\u200b\u200c\u200d\u200e\u200f\u2060\u00ad\u0085"


class Hidden(Exception):
    pass


@dataclass
class Reading:
    layers: list = field(default_factory=list)  # (kind, object or None)
    inner: list = field(default_factory=list)  # digests of what was opened inside
    hidden: str = None


def get(value, name):
    """A member that is there: null and "" are absent."""
    found = value.get(name) if isinstance(value, dict) else None
    return None if found == "" else found


def types(value):
    found = set()
    for name in ("type", "@type"):
        one = get(value, name)
        found |= {text for text in (one if isinstance(one, list) else [one]) if isinstance(text, str)}
    return found


def is_assertion(value):
    return get(value, "badge") is not None and any(get(value, n) is not None for n in ("recipient", "verify",
                                                                                        "verification"))


def kind_of(value):
    if isinstance(value.get("payload"), str) and ("signatures" in value or "signature" in value):
        return "jws"
    named = types(value)
    if "VerifiablePresentation" in named:
        return "presentation"
    if named & {"EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"}:
        return "envelope"
    if "@graph" in value:
        return "graph"
    is_credential = bool(named & CREDENTIAL) or is_assertion(value)
    only_vc = not (named & (CREDENTIAL - {"VerifiableCredential"}) or is_assertion(value))
    keys = "verificationMethod authentication assertionMethod service".split()
    is_did = str(value.get("id")).startswith("did:") and get(value, "type") is None and any(k in value for k in keys)
    if only_vc and (named & LISTS or (named & RECORD and not is_credential) or is_did):
        return "record"
    if is_credential:
        return "credential"
    signature = value.get("signature")
    if isinstance(value.get("data"), dict):
        salted = isinstance(signature, dict) and signature.get("type") == "SHA3MerkleProof"
        if salted or ("schema" in value and ("signature" in value or "privacy" in value)):
            return "openattestation"
    content = [n for n in CONTENT if get(value, n) not in (None, [])]
    if len(content) == 1 and "type" not in value and "@type" not in value:
        return "request"
    return "document"


def text_may_hide(text):
    return bool(re.search(r"(?<![\w-])eyJ[\w=\r\n-]*\.[\w=\r\n-]*\.", text, re.A)
                or (text.startswith("eyJ") and len(text) > 40)
                or "VerifiableCredential" in text or "credentialSubject" in text)


def may_hide(value, skip=()):
    if isinstance(value, str):
        return text_may_hide(value)
    if isinstance(value, list):
        return any(may_hide(one) for one in value)
    if not isinstance(value, dict):
        return False
    dated = any(n in value for n in ("validUntil", "expirationDate", "validFrom", "issuanceDate", "expires"))
    if (types(value) & CREDENTIAL or kind_of(value) in ("jws", "presentation", "envelope", "credential",
                                                        "openattestation")
            or "credentialSubject" in value or "credentialStatus" in value or ("issuer" in value and dated)):
        return True
    return any(text_may_hide(name) or may_hide(one) for name, one in value.items() if name not in skip)


def base64url(text):
    clean = re.sub(r"[^\w-]", "", text, flags=re.A).replace("+", "-").replace("/", "_")
    clean = clean[: len(clean) - 1] if len(clean) % 4 == 1 else clean
    return base64.urlsafe_b64decode(clean + "=" * (-len(clean) % 4))


def unsalted(value):
    if isinstance(value, dict):
        return {name: unsalted(one) for name, one in value.items()}
    if isinstance(value, list):
        return [unsalted(one) for one in value]
    if not isinstance(value, str) or value.count(":") < 2:
        return value
    _, kind, text = value.split(":", 2)
    if kind in ("null", "undefined"):
        return None
    try:
        return text if kind == "string" else parse(text.encode())
    except JsonError:
        return text


class Reader:
    def __init__(self):
        self.out = Reading()

    def push(self, kind, value=None):
        if len(self.out.layers) == 5:
            raise Hidden("it is within more wrappers than are opened")
        self.out.layers.append((kind, value))

    def add_inner(self, data):
        if len(self.out.inner) == 4:
            raise Hidden("it has more forms inside than can be looked up in the registry")
        self.out.inner.append(hashlib.sha256(data).digest())

    def only(self, value):
        one = value if not isinstance(value, list) else value[0] if len(value) == 1 else None
        if one is None:
            raise Hidden("it has not exactly one credential inside")
        self.value(one)

    def value(self, value):
        if isinstance(value, dict):
            self.object(value)
        elif not isinstance(value, str) or not self.text(value.encode()):
            raise Hidden("what its wrapper has inside can't be opened")

    def object(self, value):
        kind = kind_of(value)
        inside = bool(self.out.layers)
        if kind == "jws":
            return self.jws(value)
        if kind == "openattestation":
            self.push(kind, unsalted(value["data"]))
        else:
            self.push(kind, value)
        if kind in ("credential", "record", "document") and inside:
            self.add_inner(canonicalize(value))
        self.members(kind, value)

    def members(self, kind, value):
        if kind in KNOWN and not value.keys() <= KNOWN[kind]:
            raise Hidden("its wrapper has members that are not known")
        privacy = get(get(value, "proof"), "privacy") if kind != "openattestation" else get(value, "privacy")
        if get(privacy, "obfuscated" if kind != "openattestation" else "obfuscatedData"):
            raise Hidden("members of it were removed by its holder")
        if kind == "presentation":
            self.only(value.get("verifiableCredential"))
        elif kind == "graph":
            self.only(value["@graph"])
        elif kind == "request":
            self.only(next(get(value, n) for n in CONTENT if get(value, n) not in (None, [])))
        elif kind == "envelope":
            self.envelope(value.get("id", value.get("@id")))
        elif kind == "record" and not types(value) & CREDENTIAL and may_hide_inside(value):
            raise Hidden("a credential seems to be inside of something that is not known")
        elif kind == "document":
            if "@context" in value:
                raise Hidden("it is of no known type, so its claims may have other names")
            if any(text_may_hide(name) or may_hide(one) for name, one in value.items()):
                raise Hidden("a credential seems to be inside of something that is not known")

    def envelope(self, url):
        head, comma, data = (url if isinstance(url, str) else "").partition(",")
        data = urllib.parse.unquote_to_bytes(data)
        if head.endswith(";base64"):
            data = base64url(data.decode("latin-1").replace("+", "-").replace("/", "_"))
        if not head.startswith("data:") or not comma or not self.text(data):
            raise Hidden("its envelope can't be opened")

    def jws(self, value):
        several = value.get("signatures")
        one = [value] if several is None else several
        good = (value.keys() <= KNOWN["jws"] and isinstance(one, list) and one
                and (several is None or not value.keys() & {"signature", "protected"})
                and all(isinstance(s, dict) and isinstance(s.get("protected", ""), str) for s in one)
                and (several is None or all(s.keys() <= {"protected", "header", "signature"} for s in one)))
        if not good:
            self.push("jws")
            raise Hidden("its wrapper has members that are not known")
        for s in one:
            if "protected" in s and isinstance(s.get("signature"), str):
                self.add_inner(f"{s['protected']}.{value['payload']}.{s['signature']}".encode())
        self.signed("jws", one[-1].get("protected", ""), value["payload"])

    def signed(self, kind, header, payload):
        self.push(kind)
        header, payload = base64url(header), base64url(payload)
        if not re.match(rb'(\xef\xbb\xbf)?[ \t\r\n]*\{[ \t\r\n]*["}]', payload):
            squeezed = payload.strip(b" \t\r\n")
            nested = re.fullmatch(rb"[\w-]+\.[\w-]+\.[\w-]+(~.*)?|[\w-]+(\.[\w-]*){4}", squeezed, re.S | re.A)
            try:
                known = parse(header)
                zipped = isinstance(known, dict) and bool({"zip", "b64"} & known.keys())
            except JsonError:
                zipped = bool(re.match(rb'(\xef\xbb\xbf)?[ \t\r\n]*\{[ \t\r\n]*["}]', header))
            if nested or zipped:
                raise Hidden("its payload is compressed, not encoded, or a nested token")
            self.text(payload)
            return
        try:
            value = parse(payload)
        except JsonError:
            raise Hidden("its payload is not well-formed JSON") from None
        self.out.layers[-1] = (kind, value)
        self.payload(value)

    def payload(self, value):
        vc, vp = get(value, "vc"), get(value, "vp")
        if vc is not None and vp is not None:
            raise Hidden("it has not exactly one credential inside")
        if vp is not None:
            if not isinstance(vp, dict) or not value.keys() <= JWT | {"vp", "typ", "holder"}:
                raise Hidden("its wrapper has members that are not known")
            return self.object(vp)
        if vc is not None:
            if not isinstance(vc, dict):
                raise Hidden("its vc is not an object")
            if types(vc) & CREDENTIAL or kind_of(vc) not in ("envelope", "presentation", "graph"):
                self.push("credential", vc)
                return self.add_inner(canonicalize(vc))
            return self.object(vc)
        kind = kind_of(value)
        if kind in ("presentation", "envelope", "graph", "request"):
            self.members(kind, value)
        elif kind in ("jws", "openattestation"):
            self.object(value)
        elif types(value) & CREDENTIAL or is_assertion(value):
            self.add_inner(canonicalize(value))
        elif "@context" in value:
            if kind != "record":
                raise Hidden("it is of no known type, so its claims may have other names")
        elif may_hide(value) and get(value, "issuer") is None:
            raise Hidden("a credential seems to be inside of something that is not known")

    def text(self, data):
        """False: neither JSON nor a token."""
        text = decoded(data)
        if text[:1] in ("{", "["):
            try:
                value = parse(text.encode("utf-8", "surrogatepass"))
            except JsonError:
                rest = text[1:].lstrip(" \t\r\n")
                if not rest or rest[0] in "\"'{[/" or rest[:2] == '\\"' or ord(rest[0]) >= 0x80:
                    raise Hidden("it looks like JSON, but is not well-formed") from None
                return False
            if isinstance(value, dict):
                self.object(value)
            else:
                self.array(value)
            return True
        token = "".join(c for c in text if c not in ROUND and not c.isspace()).replace("=", "")
        token = token.replace("+", "-").replace("/", "_")
        if not re.fullmatch(r"[\w.~-]+", token, re.A) or not re.match(
                rb'[ \t\r\n]*\{[ \t\r\n]*["}]', base64url(token.split(".")[0])):
            return False
        if re.match(r"([\w-]+\.){2}[\w-]+~|[\w-]+(\.[\w-]*){4}$", token, re.A):
            raise Hidden("an encrypted token or an SD-JWT is inside")
        if not TOKEN.fullmatch(token):
            return False
        self.add_inner(token.encode())
        self.signed("token", *token.split(".")[:2])
        return True

    def array(self, value):
        self.push("array")
        if len(value) == 1 and (isinstance(value[0], dict) or may_hide(value[0])):
            self.value(value[0])
        elif may_hide(value):
            raise Hidden("it has not exactly one credential inside")


def may_hide_inside(value):
    return any(text_may_hide(n) or may_hide(one) for n, one in value.items() if n not in ("endorsement",
                                                                                          "endorsementJwt"))


def decoded(data):
    """As a lenient reader would: UTF-16 and UTF-32, without marks, white space, quotes and Bearer at the ends."""
    utf32 = {b"\0\0\xfe\xff": "utf-32-be", b"\xff\xfe\0\0": "utf-32-le"}
    encoding = utf32.get(data[:4])
    zeros = [byte == 0 for byte in data[:4]]
    if not encoding and zeros in ([True, True, True, False], [False, True, True, True]):
        encoding = "utf-32-be" if zeros[0] else "utf-32-le"
    if not encoding and (data[:2] in (b"\xff\xfe", b"\xfe\xff") or zeros[:2] in ([True, False], [False, True])):
        encoding = "utf-16-be" if data[:2] == b"\xfe\xff" or zeros[:1] == [True] else "utf-16-le"
    text = data.decode(encoding, "replace") if encoding else data.decode("utf-8", "surrogateescape")
    while True:
        before = text
        while text and (text[0] in ROUND or text[0].isspace()):
            text = text[1:]
        while text and (text[-1] in ROUND or text[-1].isspace()):
            text = text[:-1]
        text = re.sub(r"^(Authorization:|[Bb][Ee][Aa][Rr][Ee][Rr](?=[\s:\"'<])[:]?)", "", text)
        if text == before:
            return text


def inline_terms(context):
    """(term, what it is mapped to) of inline contexts and those within them."""
    for one in context if isinstance(context, list) else [context]:
        if isinstance(one, dict):
            for term, to in one.items():
                yield term, to.get("@id", to.get("@reverse")) if isinstance(to, dict) else to
                if isinstance(to, dict) and "@context" in to:
                    yield from inline_terms(to["@context"])


def aliased(layers):
    """Whether a member says under another name what decides."""
    terms = {}
    for _, value in layers:
        if isinstance(value, dict):
            for term, to in inline_terms(value.get("@context")):
                if isinstance(to, str):
                    terms.setdefault(term, to)
    for _, value in layers:
        for name in value if isinstance(value, dict) else ():
            if name.startswith("@"):
                if name in DECIDING and name != "@graph":
                    return True
                continue
            iri = name
            for _ in range(4):
                prefix, colon, rest = iri.partition(":")
                if iri in terms:
                    iri = terms[iri]
                elif colon and prefix in terms:
                    iri = terms[prefix] + rest
                elif not colon and not iri.startswith("@") and "@vocab" in terms:
                    iri = terms["@vocab"] + iri
                else:
                    break
            last = re.split("[#/:]", iri)[-1]
            if last != name and last in DECIDING:
                return True
    return False


def read(data, label):
    reader = Reader()
    out = reader.out
    try:
        if label == "jcs":
            reader.object(parse(data))
        elif label == "compact":
            reader.signed("token", *data.decode().split(".")[:2])
        else:
            reader.push("text")
            text = decoded(data).replace("VerifiableCredential", "").replace("credentialSubject", "")
            if not reader.text(data) and text_may_hide(text) and re.match(r"[\w{\[-]|[^\0-\x7f]", text, re.A):
                raise Hidden("a token seems to be in it, with something else")
    except Hidden as why:
        out.hidden = str(why)
    if not out.hidden and aliased(out.layers):
        out.hidden = "terms of its own context may say the same under other names"
    return out


# -- claims

DATES = [("validFrom", 0, "any"), ("issuanceDate", 0, "any"), ("issuedOn", 0, "badge"), ("validUntil", 1, "any"),
         ("expirationDate", 1, "any"), ("expires", 1, "any"), ("nbf", 0, "token"), ("exp", 1, "token")]
DATE = re.compile(r"(-?(?:\d{4}|[1-9]\d{4,10}))-(\d\d)-(\d\d)"
                  r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?)?([Zz]|[+-]\d\d(?::?\d\d)?)?", re.A)


def moments(text):
    """(as a first moment, as a last one) in seconds since 1970, by the narrowest reading. Raises ValueError."""
    match = DATE.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} can't be read as a date")
    year, month, day = (int(match[i]) for i in (1, 2, 3))
    cycles = (year - 2000) // 400  # the calendar repeats after 146,097 days
    days = date(year - 400 * cycles, month, day).toordinal() - date(1970, 1, 1).toordinal() + 146097 * cycles
    first, last = 0, 86399
    if match[4]:
        hour, minute, second = int(match[4]), int(match[5]), int(match[6] or 0)
        second = 59 if second == 60 else second
        is_midnight = (hour, minute, second) == (24, 0, 0) and not (match[7] or "").strip(".0")
        if minute > 59 or second > 59 or (hour > 23 and not is_midnight):
            raise ValueError(f"{text!r} is not a time")
        first = last = hour * 3600 + minute * 60 + second
    zone = match[8]
    if zone is None:
        ahead = (-12 * 3600, 14 * 3600)
    elif zone in "Zz":
        ahead = (0, 0)
    else:
        digits = zone[1:].replace(":", "")
        minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
        if minutes > 14 * 60 or int(digits[2:] or 0) > 59:
            raise ValueError(f"{text!r} has no such offset")
        ahead = (minutes * 60 * (-1 if zone[0] == "-" else 1),) * 2
    return days * 86400 + first - ahead[0], days * 86400 + last - ahead[1]


@dataclass
class Claims:
    issuer: str = None
    begins: float = None
    ends: float = None
    has_status: bool = False
    is_revoked: bool = False
    is_record: bool = False
    layers_differ: bool = False  # in the issuer that they name
    faults: dict = field(default_factory=dict)  # of issuer, validity, status: the first sentence

    def fault(self, name, why):
        self.faults.setdefault(name, why)

    def narrow(self, is_end, seconds):
        if is_end:
            self.ends = seconds if self.ends is None else min(self.ends, seconds)
        else:
            self.begins = seconds if self.begins is None else max(self.begins, seconds)

    def name_issuer(self, value, where):
        if isinstance(value, dict):
            value = get(value, "id") or get(value, "@id") or 0
        if value is None:
            return
        if not isinstance(value, str):
            self.fault("issuer", f"{where} is not an id")
        elif self.issuer not in (None, value):
            self.fault("issuer", "two places name different issuers")
            self.layers_differ |= self.named_by != self.layer
        else:
            self.issuer, self.named_by = value, self.layer

    layer = named_by = None


def token_round(reading, layer, kind):
    """The payload of the token that has this credential as its vc, or None."""
    around, value = reading.layers[layer - 1] if layer and kind == "credential" else (None, None)
    return value if around in ("token", "jws") else None


def claims_of(reading):
    out = Claims()
    for out.layer, (kind, value) in enumerate(reading.layers):
        if not isinstance(value, dict):
            continue
        is_token = kind in ("token", "jws")
        badge2 = is_assertion(value) or "Assertion" in types(value)
        places = {"any"} | ({"token"} if is_token else set()) | ({"badge"} if badge2 or kind == "openattestation"
                                                                 else set())
        for name, is_end, where in DATES:
            found = get(value, name)
            if found is None or where not in places:
                continue
            try:
                if isinstance(found, (int, float)) and not isinstance(found, bool) and abs(found) <= 1e15:
                    out.narrow(is_end, math.floor(found) if is_end else math.ceil(found))
                elif isinstance(found, str) and where != "token":
                    out.narrow(is_end, moments(found)[is_end])
                else:
                    raise ValueError(f"{name} can't be read")
            except ValueError as error:
                out.fault("validity", str(error))
        if kind == "openattestation":
            for one in get(value, "issuers") or []:
                out.name_issuer(get(one, "id") or get(get(one, "identityProof"), "location") or 0, "issuers")
                stores = any(get(one, n) for n in ("documentStore", "certificateStore", "tokenRegistry"))
                out.has_status |= bool(stores) or get(get(one, "revocation"), "type") not in (None, "NONE")
        else:
            issuer = get(value, "issuer")
            token = value if is_token else token_round(reading, out.layer, kind)
            if not (isinstance(issuer, dict) and not (get(issuer, "id") or get(issuer, "@id"))
                    and isinstance(get(token, "iss"), str)):  # else it describes the one that iss names
                out.name_issuer(issuer, "issuer")
        if badge2:
            badge = get(value, "badge")
            if badge is not None and not isinstance(badge, dict) and get(value, "issuer") is None:
                out.fault("issuer", "the badge is named by its address alone")
            out.name_issuer(get(badge, "issuer"), "badge.issuer")
            revoked = get(value, "revoked")
            out.is_revoked |= revoked is True
            if revoked not in (None, True, False):
                out.fault("status", "revoked is not true or false")
            out.has_status |= get(get(badge, "issuer"), "revocationList") is not None
        if is_token:
            out.name_issuer(get(value, "iss"), "iss")
        metadata = get(get(value, "openAttestationMetadata"), "proof")
        out.has_status |= (get(value, "credentialStatus") is not None
                           or get(metadata, "method") in ("DOCUMENT_STORE", "TOKEN_REGISTRY")
                           or get(get(metadata, "revocation"), "type") not in (None, "NONE"))
        out.is_record |= kind == "record"
    if reading.hidden:
        out.faults = dict.fromkeys(("issuer", "validity", "status"), reading.hidden)
    return out
