"""A strict parser of I-JSON (RFC 7493) and its canonical form (RFC 8785), based on Python's json module and float repr.

Refused, never repaired: invalid UTF-8, a byte-order mark, duplicate names in an object, lone surrogates,
noncharacters, an integer literal beyond 2^53 - 1 on either side, a number that is out of range of binary64 or
rounds to zero without being zero, nesting deeper than 64, anything after the value.
"""

import json
import math
import re

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 64


class JsonError(ValueError):
    """The bytes are not a document that all parsers interpret the same way."""


def _integer(text):
    value = int(text) if len(text) <= 17 else math.inf
    if abs(value) > MAX_INTEGER:
        raise JsonError(f"the integer {text[:40]} is beyond 2^53 - 1")
    return value


def _float(text):
    value = float(text)
    if math.isinf(value):
        raise JsonError(f"the number {text[:40]} is out of range")
    if value == 0 and re.search("[1-9]", re.split("[eE]", text)[0]):
        raise JsonError(f"the number {text[:40]} rounds to zero")
    return value


def _constant(text):
    raise JsonError(f"{text} is not JSON")


def _object(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise JsonError("duplicate name in an object")
    return members


def _check_text(text):
    for c in map(ord, text):
        if 0xD800 <= c <= 0xDFFF:
            raise JsonError("a lone surrogate")
        if 0xFDD0 <= c <= 0xFDEF or c & 0xFFFE == 0xFFFE:
            raise JsonError("a noncharacter")


def _check(value, depth):
    if isinstance(value, str):
        if not value.isascii():
            _check_text(value)
    elif isinstance(value, (dict, list)):
        if depth == MAX_DEPTH:
            raise JsonError(f"nested deeper than {MAX_DEPTH}")
        if isinstance(value, dict):
            for name in value:
                _check(name, depth + 1)
            value = value.values()
        for item in value:
            _check(item, depth + 1)


def parse(data):
    """The value in the bytes. Raises JsonError."""
    try:
        value = json.loads(
            bytes(data).decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
    except RecursionError:
        raise JsonError(f"nested deeper than {MAX_DEPTH}") from None
    except JsonError:
        raise
    except ValueError as error:  # of the json module and of the UTF-8 decoder
        raise JsonError(str(error)) from None
    _check(value, 0)
    return value


def number_text(value):
    """A number as ECMAScript prints it: the shortest digits, as in repr(), in another format."""
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(float(value))).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(digits) - len(fraction) + int(exponent or 0)  # the value is 0.DIGITS * 10^point
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        text = digits + "0" * (point - count)
    elif 0 < point <= 21:
        text = digits[:point] + "." + digits[point:]
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        text = digits[0] + ("." + digits[1:] if count > 1 else "") + f"e{point - 1:+d}"
    return sign + text


def _text(value):
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (int, float)):
        return number_text(value)
    if isinstance(value, list):
        return "[" + ",".join(map(_text, value)) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(f"{_text(name)}:{_text(value[name])}" for name in names) + "}"


def canonicalize(value):
    """The canonical bytes of a value that parse() returned."""
    return _text(value).encode("utf-8")
