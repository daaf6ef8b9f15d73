"""Images with badges, valid and hostile, made with the standard library alone, and what each of them contains. Every
reader of baked images is tested with this table: node/image in C, and unbake.mjs in Node and in chromium."""

import json
import re
import struct
import zlib
from dataclasses import dataclass, replace

OB3, OB2, RECEIPT = "https://purl.imsglobal.org/ob/v3p0", "http://openbadges.org", "urn:badged:receipt"
SVG = "http://www.w3.org/2000/svg"
DOCUMENT = '{"id":"urn:example:1","name":"Größe <&> \\"]]>\\" 😀"}'
OTHER = '{"id":"urn:example:2"}'
JWT = "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJkaWQ6ZXhhbXBsZToxIn0.c2lnbmF0dXJl"
SLIP = '{"type":"BadgeReceipt","version":1}'  # the reader of images accepts this as a receipt
URL = "https://badges.example/assertions/1"
MAX_LEN = 16 << 20


# -- PNG ---------------------------------------------------------------------------------------------------------------


def chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width=8, height=8, depth=8, colour=2, compression=0, filtering=0, interlace=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, compression, filtering, interlace))


def pixels(width=8, height=8):
    rows = b"".join(b"\0" + bytes(v for x in range(width) for v in (31 * x % 256, 31 * y % 256, 128)) for y in range(height))
    return chunk(b"IDAT", zlib.compress(rows))


def png(*before, after=(), head=None, data=None, tail=b""):
    head, data = header() if head is None else head, pixels() if data is None else data
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(before) + data + b"".join(after) + chunk(b"IEND") + tail


def itxt(keyword, text, compressed=0, language="", translated=""):
    text = text.encode() if isinstance(text, str) else text
    strings = language.encode() + b"\0" + translated.encode() + b"\0"
    return chunk(b"iTXt", keyword.encode() + bytes([0, compressed, 0]) + strings + text)


def text_chunk(keyword, text):
    return chunk(b"tEXt", keyword.encode() + b"\0" + text.encode())


def bomb(len_):
    """Compressed data that inflates to so many zeros, made in pieces."""
    deflate, out = zlib.compressobj(9), []
    for _ in range(0, len_, 1 << 20):
        out.append(deflate.compress(bytes(1 << 20)))
    return b"".join(out) + deflate.flush()


# -- SVG ---------------------------------------------------------------------------------------------------------------


def svg(inside="", attributes="", before="", encoding="utf-8"):
    text = f'{before}<svg xmlns="{SVG}" width="8" height="8"{attributes}>{inside}<rect width="8" height="8"/></svg>\n'
    return text.encode(encoding)


def credential(inside="", verify=None, namespace=OB3, prefix="openbadges"):
    name = {OB3: "credential", OB2: "assertion"}.get(namespace, "credential")
    verify = "" if verify is None else f' verify="{verify}"'
    return f'<{prefix}:{name} xmlns:{prefix}="{namespace}"{verify}>{inside}</{prefix}:{name}>'


def slip(inside=SLIP):
    return f'<badgereceipt xmlns="{RECEIPT}">{inside}</badgereceipt>'


def cdata(text):
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


DOCTYPE = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
XHTML = '<!DOCTYPE svg PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">'
XML = '<?xml version="1.0" encoding="{}"?>\n'


# -- the table ---------------------------------------------------------------------------------------------------------


@dataclass
class Image:
    name: str
    bytes: bytes
    status: str = "ok"  # otherwise libbadge's name of the error
    version: str | None = None
    credential: str | None = None
    receipt: str | None = None
    url: str | None = None
    label: str | None = None  # of the digest; None: that of the credential; raw if it has none
    parsed_only: bool = False  # only a reader with an XML parser detects the error
    is_broken: bool = False  # it can't be read, but nothing of a badge stands in it

    @property
    def kind(self):
        return "png" if self.bytes[:1] == b"\x89" else "svg"


def good():
    yield Image("plain.png", png())
    yield Image("json.png", png(itxt("openbadgecredential", DOCUMENT)), "ok", "3.0", DOCUMENT)
    yield Image("jwt.png", png(itxt("openbadgecredential", JWT)), "ok", "3.0", JWT)
    yield Image("spaces.png", png(itxt("openbadgecredential", f"\r\n {JWT} ")), "ok", "3.0", f"\r\n {JWT} ")
    yield Image("languages.png", png(itxt("openbadgecredential", DOCUMENT, 0, "de", "Abzeichen")), "ok", "3.0", DOCUMENT)
    yield Image("behind.png", png(after=[itxt("openbadgecredential", DOCUMENT)]), "ok", "3.0", DOCUMENT)
    yield Image("old.png", png(itxt("openbadges", OTHER)), "ok", "2.0", OTHER)
    yield Image("legacy.png", png(text_chunk("openbadges", OTHER)), "ok", "2.0", OTHER)
    yield Image("url.png", png(text_chunk("openbadges", f" {URL}\n")), "ok", "2.0", None, None, URL)
    yield Image("receipt.png", png(itxt("badgereceipt", SLIP), itxt("openbadgecredential", JWT)), "ok", "3.0", JWT, SLIP)
    yield Image("only-receipt.png", png(itxt("badgereceipt", SLIP)), "ok", None, None, SLIP)
    yield Image("others.png", png(itxt("XML:com.adobe.xmp", "x", 1), text_chunk("Title", "openbadges"), itxt("", "")))
    yield Image("malformed-other.png", png(chunk(b"iTXt", b"Comment\0"), chunk(b"tEXt", b"no keyword")))
    yield Image("case.png", png(itxt("OpenBadges", OTHER)))
    yield Image("palette.png", png(chunk(b"PLTE", bytes(6)), head=header(8, 8, 1, 3)))
    yield Image("parts.png", png(data=chunk(b"IDAT", b"a") + chunk(b"IDAT", b"b")))
    yield Image("largest.png", png(head=header(16384, 16384)))
    yield Image("bombs.png", png(chunk(b"zTXt", b"x\0\0" + bomb(1 << 28)), chunk(b"iCCP", b"x\0\0" + bomb(1 << 28)),
                                 data=chunk(b"IDAT", bomb(1 << 30))))
    yield Image("thousands.png", png(*[text_chunk("a", "b")] * 100_000))
    yield Image("plain.svg", svg())
    yield Image("empty.svg", f'<svg xmlns="{SVG}"/>'.encode())
    yield Image("prefixed.svg", f'<s:svg xmlns:s="{SVG}">{credential(cdata(DOCUMENT))}</s:svg>'.encode(), "ok", "3.0", DOCUMENT)
    yield Image("json.svg", svg(credential(cdata(DOCUMENT))), "ok", "3.0", DOCUMENT)
    yield Image("escaped.svg", svg(credential("\n {&quot;a&quot;:&#49;&#x30;&gt; ".replace("&gt;", "}"))), "ok", "3.0", '{"a":10}')
    yield Image("jwt.svg", svg(credential(verify=JWT)), "ok", "3.0", JWT)
    yield Image("jwt-text.svg", svg(credential(f" {JWT}\n")), "ok", "3.0", JWT)
    yield Image("prefix.svg", svg(credential(verify=JWT, prefix="x")), "ok", "3.0", JWT)
    yield Image("default.svg", svg(f'<credential xmlns="{OB3}" verify="{JWT}"/>'), "ok", "3.0", JWT)
    yield Image("deep.svg", svg("<g>" * 200 + credential(verify=JWT) + "</g>" * 200), "ok", "3.0", JWT)
    yield Image("no-defaults.svg", svg(credential(verify=JWT), ' data-xmlns="u" xmlns:a="u" a:xmlns ="u"'), "ok", "3.0", JWT)
    yield Image("comment.svg", svg(credential(f"<!-- x -->{OTHER}<?y z?>")), "ok", "3.0", OTHER)
    yield Image("old.svg", svg(credential(cdata(OTHER), URL, OB2)), "ok", "2.0", OTHER)
    yield Image("old-jws.svg", svg(credential(verify=JWT, namespace=OB2)), "ok", "2.0", JWT)
    yield Image("url.svg", svg(credential(verify=URL, namespace=OB2)), "ok", "2.0", None, None, URL)
    yield Image("url-text.svg", svg(credential(URL.upper(), namespace=OB2)), "ok", "2.0", None, None, URL.upper())
    yield Image("receipt.svg", svg(credential(verify=JWT) + slip()), "ok", "3.0", JWT, SLIP)
    yield Image("other-namespace.svg", svg(credential(verify=JWT, namespace="urn:example:other")))
    yield Image("crossed.svg", svg(f'<a:assertion xmlns:a="{OB3}" verify="{JWT}"/>'))
    yield Image("doctype.svg", svg(credential(verify=JWT), before=XML.format("UTF-8") + DOCTYPE), "ok", "3.0", JWT)
    yield Image("mark.svg", svg(credential(verify=JWT), before="\ufeff" + XML.format("utf-8")), "ok", "3.0", JWT)
    yield Image("ascii.svg", svg(credential(OTHER), before=XML.format("US-ASCII")), "ok", "3.0", OTHER)
    yield Image("declaration.svg", svg(credential(OTHER), before="<?xml\n version = '1.10'\tstandalone='yes' ?>"), "ok", "3.0", OTHER)
    yield Image("doctype-angle.svg", svg(credential(OTHER), before="<!DOCTYPE svg SYSTEM '>'>"), "ok", "3.0", OTHER)
    yield Image("no-uri.svg", svg(credential(OTHER), ' xmlns:a="<%>"'.replace("<", "&lt;")), "ok", "3.0", OTHER)
    yield Image("lines.svg", svg(credential(cdata('{"a":\r\n1\r}'))), "ok", "3.0", '{"a":\n1\n}')
    yield Image("utf16.svg", svg(credential(cdata(DOCUMENT)), before="\ufeff" + XML.format("UTF-16"), encoding="utf-16-le"),
                "ok", "3.0", DOCUMENT)
    yield Image("utf16-big.svg", svg(credential(cdata(DOCUMENT)), before="\ufeff", encoding="utf-16-be"), "ok", "3.0", DOCUMENT)
    yield Image("utf16-bare.svg", svg(credential(cdata(DOCUMENT)), encoding="utf-16-le"), "ok", "3.0", DOCUMENT)
    yield Image("script.svg", svg('<script>document.title = "ran"</script><a href="javascript:1" onclick="1"/>'))
    yield Image("include.svg", svg('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'))
    yield Image("stylesheet.svg", svg(before='<?xml-stylesheet href="http://127.0.0.1:1/x"?><!-- <!DOCTYPE x [ -->'))
    yield Image("thousands-of-names.svg", svg("".join(f"<a{i}/>" for i in range(10_000))))
    yield Image("large-attribute.svg", svg(f'<image href="data:image/png;base64,{"A" * (4 << 20)}"/>'))
    yield Image("many-elements.svg", svg("<a/>" * 200_000 + credential(verify=JWT)), "ok", "3.0", JWT)


def refused_png():
    def both(*chunks):
        return png(*chunks), png(after=chunks)

    badge, old = itxt("openbadgecredential", DOCUMENT), itxt("openbadges", OTHER)
    for name, chunks in {"two": (badge, badge), "two-versions": (badge, old), "two-old": (old, text_chunk("openbadges", OTHER)),
                         "url-and-badge": (text_chunk("openbadges", URL), old),
                         "two-receipts": (itxt("badgereceipt", SLIP), itxt("badgereceipt", SLIP))}.items():
        for place, image in zip(("before", "behind"), both(*chunks)):
            yield Image(f"{name}-{place}.png", image, "image")
    yield Image("on-both-sides.png", png(badge, after=[badge]), "image")
    yield Image("compressed.png", png(itxt("openbadgecredential", zlib.compress(DOCUMENT.encode()), 1)), "unsupported")
    yield Image("compressed-old.png", png(chunk(b"zTXt", b"openbadges\0\0" + bomb(1 << 26))), "unsupported")
    yield Image("compressed-receipt.png", png(itxt("badgereceipt", bomb(1 << 26), 1)), "unsupported")
    yield Image("legacy-3.png", png(text_chunk("openbadgecredential", DOCUMENT)), "unsupported")
    yield Image("empty.png", png(itxt("openbadgecredential", " \n")), "image")
    yield Image("words.png", png(itxt("openbadgecredential", "a badge")), "image")
    yield Image("url-3.png", png(itxt("openbadgecredential", URL)), "image")
    yield Image("words-and-compressed.png", png(itxt("openbadges", "a badge"), chunk(b"zTXt", b"openbadges\0")), "unsupported")
    yield Image("mark-before-token.png", png(itxt("openbadges", "\ufeffa.b.c")), "image")
    yield Image("array.png", png(itxt("openbadges", "[1]")), "image")
    yield Image("image-inside.png", png(itxt("openbadgecredential", svg())), "image")
    yield Image("malformed.png", png(itxt("openbadgecredential", '{"a":1')), "syntax")
    yield Image("latin.png", png(itxt("openbadges", '{"a":"é"}'.encode("latin-1"))), "utf8")
    yield Image("mark-inside.png", png(itxt("openbadges", "\ufeff{}")), "utf8")
    yield Image("twice.png", png(itxt("openbadges", '{"a":1,"a":2}')), "duplicate")
    yield Image("zero.png", png(itxt("openbadges", '{"a":"\0"}')), "syntax")
    yield Image("receipt-inside.png", png(itxt("openbadgecredential", '{"type":"BadgeReceipt"}')), "refused")
    yield Image("jwe.png", png(itxt("openbadgecredential", "a.b.c.d.e")), "unsupported")
    yield Image("sd-jwt.png", png(itxt("openbadgecredential", JWT + "~")), "unsupported")
    yield Image("flag.png", png(itxt("openbadges", OTHER, 2)), "image")
    yield Image("short.png", png(chunk(b"iTXt", b"openbadges\0\0")), "image")
    yield Image("strings.png", png(chunk(b"iTXt", b"openbadges\0\0\0de\0never ends")), "image")
    whole = png(badge)
    yield Image("signature.png", whole[:8], "image")
    yield Image("flipped.png", whole[:70] + bytes([whole[70] ^ 1]) + whole[71:], "image")
    yield Image("tail.png", png(tail=b"\0"), "image")
    yield Image("second-image.png", png(tail=png(badge)), "image")
    yield Image("wide.png", png(head=header(width=16385)), "unsupported")
    yield Image("wide-and-empty.png", png(head=header(width=16385), data=b""), "image")
    yield Image("wide-without-palette.png", png(head=header(16385, 8, 8, 3)), "image")
    yield Image("huge.png", png(head=header(2**31 - 1, 2**31 - 1)), "unsupported")
    yield Image("negative.png", png(head=header(2**31, 1)), "image")
    yield Image("flat.png", png(head=header(8, 0)), "image")
    yield Image("length.png", whole[:33] + struct.pack(">I", 0x7FFFFFFF) + whole[37:], "image")
    yield Image("length-max.png", whole[:33] + struct.pack(">I", 0xFFFFFFFF) + whole[37:], "image")
    for name, head in {"depth": header(depth=3), "colour": header(colour=5), "pair": header(depth=16, colour=3),
                       "pair-rgb": header(depth=4), "method": header(compression=1), "filter": header(filtering=1),
                       "interlace": header(interlace=2), "long-header": chunk(b"IHDR", bytes(14)),
                       "no-header": b"", "late-header": text_chunk("a", "b") + header()}.items():
        yield Image(f"{name}.png", png(head=head), "image")
    yield Image("two-headers.png", png(header()), "image")
    yield Image("no-data.png", png(data=b""), "image")
    yield Image("no-palette.png", png(head=header(8, 8, 8, 3)), "image")
    yield Image("critical.png", png(chunk(b"ABCD")), "unsupported")
    yield Image("name.png", png(chunk(b"a1b2")), "image")
    yield Image("longest.png", png(chunk(b"tEXt", b"a\0" + bytes(MAX_LEN))), "limit")


def refused_svg():
    def broken(name, *args, **more):
        return Image(name, svg(*args, **more), "image", parsed_only=True)

    def early(name, status, image):
        return Image(name, image, status)

    both = credential(cdata(DOCUMENT))
    yield broken("two.svg", both + credential(cdata(DOCUMENT + " x")))
    yield broken("two-versions.svg", both + credential(OTHER, namespace=OB2))
    yield broken("two-receipts.svg", slip() * 2)
    yield broken("both.svg", credential(OTHER, JWT))
    yield broken("nested.svg", credential(f"{{<b/>{OTHER}"))
    yield broken("nested-receipt.svg", f'<badgereceipt xmlns="{RECEIPT}"><a/></badgereceipt>')
    yield broken("nothing.svg", credential(" \n"))
    yield broken("words.svg", credential("a badge"))
    yield broken("url-3.svg", credential(verify=URL))
    yield broken("unclosed.svg", "<g>")
    yield broken("crossed-tags.svg", "<a><b></a></b>")
    yield broken("unbound.svg", "<x:y/>")
    yield broken("twice.svg", '<a b="1" b="2"/>')
    yield broken("undeclared.svg", "&a;")
    yield broken("undeclared-attribute.svg", '<a b="&a;"/>')
    yield broken("undeclared-outside.svg", "&a;", before=DOCTYPE)
    yield broken("undeclared-xhtml.svg", credential('{"a":"&eacute;"}'), before=f"{XML.format('UTF-8')}<!--{XHTML}-->{XHTML}")
    yield broken("control.svg", "\x01")
    yield broken("two-roots.svg", "</svg><svg>")
    yield broken("ampersand.svg", "&")
    yield broken("cdata-end.svg", "]]>")
    yield broken("local-name.svg", '<x:-y xmlns:x="u"/>')
    yield broken("reserved.svg", '<a xmlns:x="http://www.w3.org/XML/1998/namespace"/>')
    yield broken("reserved-default.svg", '<a xmlns="http://www.w3.org/2000/xmlns/"/>')
    for name, declaration in {"version-2": "version='2.0'", "version-a": "version='1.a'", "version-empty": "version='1.'",
                              "no-version": "encoding='UTF-8'", "no-quotes": "version=1.0", "no-space": "version='1.0'encoding='UTF-8'",
                              "no-equals": "version '1.0'", "standalone": "version='1.0' standalone='maybe'", "more": "version='1.0' a='b'",
                              "order": "version='1.0' standalone='no' encoding='UTF-8'", "one-quote": "version='1.0\""}.items():
        yield early(f"declaration-{name}.svg", "image", svg(before=f"<?xml {declaration}?>"))
    yield early("declaration-no-encoding.svg", "unsupported", svg(before="<?xml version='1.0' encoding=''?>"))
    yield early("two-declarations.svg", "image", svg(before="<?xml version='1.0'?>" * 2))
    yield early("instruction.svg", "image", svg("<?a:b?>"))
    yield early("instruction-long.svg", "image", svg(f"<?{'a' * 300}:b?>"))
    yield early("two-defaults.svg", "image", svg("<a xmlns='u' xmlns='v'/>"))
    for name, doctype in {"space": "svg PUBLIC 'a''b'", "control": "svg SYSTEM '\x01'", "system": "svg PUBLIC 'a'",
                          "public": "svg PUBLIC '{' ''", "rest": "svg -- a --"}.items():
        yield Image(f"doctype-{name}.svg", svg(before=f"<!DOCTYPE {doctype}>"), "image", parsed_only=True)
    yield early("late-subset.svg", "unsupported", svg("<!DOCTYPE svg []>"))
    yield early("less.svg", "image", svg('<a b="<"/>'))
    yield early("zero.svg", "image", svg("\0"))
    yield early("latin-bytes.svg", "image", svg("é", encoding="latin-1"))
    yield early("lone.svg", "image", "\ufeff".encode("utf-16-le") + svg(encoding="utf-16-le")[:-2] + b"\x00\xd8")
    yield early("odd.svg", "image", svg(encoding="utf-16-le") + b"\n")
    yield early("latin.svg", "unsupported", svg("é", before=XML.format("ISO-8859-1"), encoding="latin-1"))
    yield early("ebcdic-name.svg", "unsupported", svg(before=XML.format("IBM037")))
    yield early("utf7.svg", "unsupported", svg(before=XML.format("UTF-7")))
    yield early("not-utf16.svg", "unsupported", svg(before=XML.format("UTF-16")))
    laughs = '<!DOCTYPE svg [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghij", "bcdefghijk")) + "]>"
    yield early("laughs.svg", "unsupported", svg("<text>&k;</text>", before=laughs))
    yield early("quadratic.svg", "unsupported", svg("&a;" * 10_000, before=f'<!DOCTYPE svg [<!ENTITY a "{"x" * 10_000}">]>'))
    yield early("external.svg", "unsupported", svg("&a;", before='<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'))
    yield early("parameter.svg", "unsupported",
                svg(before='<!DOCTYPE svg [<!ENTITY % a SYSTEM "http://127.0.0.1:1/x"> %a;]>'))
    yield early("defaults.svg", "unsupported",
                svg(credential(OTHER), before=f'<!DOCTYPE svg [<!ATTLIST svg verify CDATA "{JWT}"><!-- > ] -->]>'))
    yield early("longest.svg", "limit", svg(" " * MAX_LEN))
    for name, inside in {"deepest": "<g>" * 300 + "</g>" * 300,
                         "attributes": "<a " + " ".join(f'a{i}=""' for i in range(300)) + "/>",
                         "names": "".join(f"<a{i}/>" for i in range(60_000)),
                         "names-attributes": "".join(f'<a b{i}="" c{i}=""/>' for i in range(30_000)),
                         "namespaces": "".join(f'<g xmlns:a{i}="u">' for i in range(80)) + "</g>" * 80}.items():
        yield Image(f"{name}.svg", svg(inside), "limit", parsed_only=name.startswith("names-") or name == "names")


def no_images():
    """Bytes that look like an image and are not. The digester decides their label."""
    yield "html", b'<!DOCTYPE html [<!ENTITY a "b">]><html><svg/></html>'
    yield "nearly.svg", b"<svgs/>"
    yield "nearly.png", b"\x89PNG\r\n\x1a\r"
    yield "words", b"svg"
    yield "nothing", b"\n"
    yield "comment", b"<!-- <svg> -->"


def copies():
    """More than one badge, of which one counts."""
    three, link = itxt("openbadgecredential", DOCUMENT), text_chunk("openbadges", URL)
    yield Image("link-and-badge.png", png(link, three), "ok", "3.0", DOCUMENT)
    yield Image("badge-and-link.png", png(three, after=[link]), "ok", "3.0", DOCUMENT)
    yield Image("badge-and-two-links.png", png(three, link, link), "image")
    yield Image("copies.svg", svg(credential(cdata(DOCUMENT)) * 3), "ok", "3.0", DOCUMENT)
    yield Image("copies-within.svg", svg(f'<svg>{credential(verify=JWT)}</svg>{credential(f" {JWT}")}'), "ok", "3.0", JWT)
    yield Image("too-many-copies.svg", svg(credential(verify=JWT) * 65), "image", parsed_only=True)
    yield Image("link-copies.svg", svg(credential(verify=URL, namespace=OB2) * 2), "ok", "2.0", None, None, URL)
    yield Image("other-copy.svg", svg(credential(cdata(DOCUMENT)) + credential(OTHER)), "image", parsed_only=True)
    yield Image("link-and-badge.svg", svg(credential(verify=URL, namespace=OB2) + credential(cdata(DOCUMENT))), "ok", "3.0",
                DOCUMENT)


def broken_with_a_badge():
    """What breaks an image that would be recorded as the bytes that it is, with something of a badge in it."""
    badge = itxt("openbadgecredential", DOCUMENT)
    yield Image("badge-tail.png", png(badge, tail=b"\0"), "image")
    yield Image("credential-tail.png", png(tail=DOCUMENT.encode() + b'"credentialSubject"'), "image")
    yield Image("token-tail.png", png(tail=JWT.encode()), "image")
    yield Image("badge-critical.png", png(chunk(b"CgBI"), badge), "unsupported")
    yield Image("badge-wide.png", png(badge, head=header(width=16385)), "unsupported")
    yield Image("badge-no-data.png", png(badge, data=b""), "image")
    yield Image("badge-latin.svg", svg(credential(OTHER) + "é", before=XML.format("ISO-8859-1"), encoding="latin-1"), "unsupported")
    yield Image("badge-entity.svg", svg("&a;", before=f"<!DOCTYPE svg [<!ENTITY a '{credential(verify=JWT)}'>]>"), "unsupported")
    yield Image("badge-spelled.svg", svg("&a;", before="<!DOCTYPE svg [<!ENTITY a '<x:&#97;s&#x73;ertion/>'>]>"), "unsupported")
    yield Image("badge-spelled-twice.svg", svg("&a;", before="<!DOCTYPE svg [<!ENTITY a '<x:&#38;#97;ssertion/>'>]>"), "unsupported")
    yield Image("badge-line.svg", b"\n" + svg(credential(OTHER), before=XML.format("UTF-8")), "image")
    yield Image("badge-unclosed.svg", svg("<g>" + credential(verify=JWT)), "image", parsed_only=True)


def without_a_badge():
    """Drawn by browsers, or broken, and nothing of a badge in it."""
    yield Image("apple.png", png(chunk(b"CgBI", b"P\0 \2")), is_broken=True)
    yield Image("zeros.png", png(tail=bytes(64)), is_broken=True)
    flipped = png(text_chunk("Comment", "made by hand"))
    yield Image("comment-crc.png", flipped[:50] + bytes([flipped[50] ^ 1]) + flipped[51:], is_broken=True)
    entities = '<!DOCTYPE svg [<!ENTITY ns_svg "http://www.w3.org/2000/svg">]>'
    yield Image("entities.svg", f'{entities}<svg xmlns="&ns_svg;"/>'.encode(), is_broken=True)
    yield Image("line.svg", b"\n" + svg(before=XML.format("UTF-8")), is_broken=True)


def may_have_badge(image):
    """Whether anything of a badge stands in the bytes, in UTF-8 or UTF-16, with character references or without."""
    text = image.replace(b"\0", b"")
    for _ in range(3):
        if re.search(rb'openbadge|badgereceipt|imsglobal|[cC]redential|assertion|"recipient"|eyJ[\w-]{16}', text, re.A):
            return True
        text = re.sub(rb"&#(?:x([0-9a-fA-F]+)|([0-9]+));", _character, text)
    return False


def _character(match):
    value = int(match[1], 16) if match[1] else int(match[2])
    return bytes([value]) if value < 0x80 else match[0]


def settled(image):
    """A broken image in which nothing of a badge stands has none: it is recorded as the bytes that it is."""
    if image.status in ("image", "unsupported") and not may_have_badge(image.bytes):
        return replace(image, status="ok", is_broken=True)
    return image


BROKEN = [*refused_png(), *refused_svg()]
TABLE = [*good(), *copies(), *map(settled, BROKEN), *broken_with_a_badge(), *without_a_badge()]
BY_NAME = {image.name: image for image in TABLE}
assert len(BY_NAME) == len(TABLE)


def label_of(image):
    return image.label or ("raw" if image.credential is None else "jcs" if "{" in image.credential else "compact")


def independently(image):
    """The parts of an image, read with the standard library: {keyword or {namespace}name: text}."""
    if image[:1] == b"\x89":
        parts, at = {}, 8
        while at < len(image):
            length, kind = struct.unpack(">I4s", image[at : at + 8])
            data = image[at + 8 : at + 8 + length]
            assert struct.unpack(">I", image[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + data)
            if kind == b"iTXt":
                keyword, rest = data.split(b"\0", 1)
                assert rest[:2] == b"\0\0", "compressed"
                parts[keyword.decode()] = rest[2:].split(b"\0", 2)[2].decode()
            at += 12 + length
        return parts
    import xml.etree.ElementTree as tree

    return {e.tag: e.get("verify") or e.text for e in tree.fromstring(image).iter() if e.tag.startswith(("{https://purl", "{http://openb", "{urn"))}


if __name__ == "__main__":  # images.py FOLDER: writes all of them
    import pathlib
    import sys

    for image in TABLE:
        (pathlib.Path(sys.argv[1]) / image.name).write_bytes(image.bytes)
    print(json.dumps({image.name: image.status for image in TABLE}))
