"""Changes the images of images.py at random in places where parsers differ. The same seed gives the same images."""

import random
import struct
import zlib

from images import JWT, OB3, TABLE, URL, chunk, header, itxt, text_chunk

MAX_LEN = 3000
VALUES = ["1.0", "1.1", "2.0", "1.", "", "UTF-8", "utf-16", "latin1", "us-ascii", "yes", "no", "maybe"]
PIECES = """&amp; &lt; &#10; &#13; &#0; &#xD800; &#x1F600; &; &a; &nbsp; & < > " ' = / : ]]> <![CDATA[ <![CDATA[]]> <!-- -->
<!----> <!--a--b--> <?a?> <?xml?> <?a:b?> <? <!DOCTYPE\x20a> <!DOCTYPE\x20svg\x20[]> <! <a/> <a> </a> </svg> <svg> <1/> <a:b/>
<:a/> <a\x20b='c'\x20b='d'/> <a\x20b=c/> <a\x20b='<'/> <a\x20b='c'd='e'/> <a\x20xmlns:a='u'\x20xmlns:b='u'\x20a:c=''\x20b:c=''/>
<a\x20xmlns:a=''/> <a\x20xmlns:xml='u'/> <a\x20xmlns:xmlns='u'/> <a\x20xmlns='u'\x20xmlns='v'/> <a\x20xmlns:1='u'/>
<badgereceipt\x20xmlns='urn:badged:receipt'>{}</badgereceipt> \x20verify='a.b.c' \x20verify='https://a'""".split()
PIECES += ["\r", "\r\n", "\n\r", "\t", "\f", "\x01", "\x7f", "\u0085", "\u2028", "\ufffe", "\ufeff", "\u00a0", "\0",
           f"<credential xmlns='{OB3}'>{{}}</credential>"]
DOCTYPES = ["", " SYSTEM 'a'", " PUBLIC 'a' 'b'", " PUBLIC 'a''b'", " PUBLIC 'a'", " SYSTEM '>'", " []", " a", ":x", " SYSTEM '\x01'",
            " PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' 'x'"]
TEXTS = ["{}", "[]", "{", JWT, JWT + "~", "a.b.c", " a.b.c\n", "a.b.", "a..c", "a.b.c.d.e", "a....", URL, URL + " x", "http://", "\ufeff{}",
         "\ufeffa.b.c", "", " ", "\0", "{}\0", "é", "{\u00a0}", '{"type":"BadgeReceipt"}']
KINDS = [b"IDAT", b"PLTE", b"IEND", b"IHDR", b"tRNS", b"sRGB", b"iCCP", b"eXIf", b"itXt", b"ITXt", b"abCd", b"ab d", b"Abcd"]


def declaration(r):
    def part(name):
        quote = r.choice("\"'")
        return r.choice(" \n ") + name + r.choice(["=", " = ", ""] + ["="] * 9) + quote + r.choice(VALUES) + quote

    names = [name for name in ("version", "encoding", "standalone") if r.random() < 0.7]
    parts = ['version="1.0"' if name == "version" and r.random() < 0.6 else part(name).strip() for name in names]
    return f"<?xml {r.choice([' '] * 9 + ['']).join(parts)}{r.choice(['', ' ', 'x', '?'])}?>"


def svg_mutant(r, text):
    at = text.find("<svg")
    if at >= 0 and r.random() < 0.2:
        text = text[:at] + f"<!DOCTYPE svg{r.choice(DOCTYPES)}>" + text[at:]
    if r.random() < 0.3:
        text = declaration(r) + text
    for _ in range(r.choice([0, 1, 1, 2])):
        at = r.choice([i for i, c in enumerate(text) if c in "<>\"'= /"]) + r.randrange(2)
        text = text[:at] + (r.choice(PIECES) if r.random() < 0.8 else "") + text[at + (r.random() < 0.3) :]
    image = text.encode(r.choice(["utf-8"] * 6 + ["utf-16-le", "utf-16-be"]))
    if r.random() < 0.1:
        at = r.randrange(len(image))
        image = image[:at] + bytes([r.randrange(256)]) + image[at + 1 :]
    return image


def chunks_of(image):
    found, at = [], 8
    while at < len(image):
        end = at + 12 + struct.unpack_from(">I", image, at)[0]
        found.append(image[at:end])
        at = end
    return found


def new_chunk(r):
    keyword = r.choice(["openbadges", "openbadgecredential", "badgereceipt", "openbadges "])
    which = r.random()
    if which < 0.4:
        return itxt(keyword, r.choice(TEXTS), r.choice([0] * 9 + [1, 2]))
    if which < 0.6:
        return text_chunk(keyword, r.choice(TEXTS))
    if which < 0.7:
        return header(r.choice([0, 8, 16385, 2**31]), 8, r.choice([1, 8, 3]), r.choice([0, 2, 3, 7]), 0, 0, r.choice([0, 1, 2]))
    return chunk(r.choice(KINDS), r.randbytes(r.choice([0, 1, 6, 13, 768, 769])))


def png_mutant(r, parts):
    if r.random() < 0.2:
        parts[0] = header(r.choice([0, 8, 16385]), 8, r.choice([1, 8, 3]), r.choice([0, 2, 3, 7]))
    for _ in range(r.choice([0, 1, 1, 2])):
        at, which = r.randrange(len(parts)), r.random()
        if which < 0.7:
            parts.insert(at, new_chunk(r))
        elif which < 0.85 and len(parts) > 1:
            parts.insert(r.randrange(len(parts)), parts.pop(at))
        else:
            data = bytearray(parts[at][4:-4])
            data[r.randrange(len(data))] ^= 1 << r.randrange(8)
            parts[at] = parts[at][:4] + data + struct.pack(">I", zlib.crc32(data))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + r.choice([b""] * 19 + [b"\0"])


def mutants(seed, n):
    r = random.Random(seed)
    short = [image for image in TABLE if len(image.bytes) < MAX_LEN]
    texts = [image.bytes.decode() for image in short if image.kind == "svg" and image.status == "ok" and not image.is_broken
             and b"\0" not in image.bytes]
    whole = [chunks_of(image.bytes) for image in short if image.kind == "png" and image.status == "ok" and not image.is_broken]
    for _ in range(n):
        yield svg_mutant(r, r.choice(texts)) if r.random() < 0.7 else png_mutant(r, list(r.choice(whole)))
