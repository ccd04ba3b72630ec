"""XML as it goes out and comes in: what it can hold, how text is written in it, and reading it without risk."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from coder.errors import InputError

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def without_forbidden(text: str) -> str:
    """The text without what XML 1.0 cannot hold in any spelling: most control characters, lone surrogates."""
    return _FORBIDDEN.sub("", text)


def one_line(text: str, otherwise: str) -> str:
    """The text as a name: on one line, without what XML cannot hold; `otherwise` where nothing is left."""
    return " ".join(without_forbidden(text).split()) or otherwise


def unused(name: str, taken: set[str]) -> str:
    """The name, with a number behind it where it is `taken`, case aside; it is then taken too."""
    found, number = name, 1
    while found.casefold() in taken:
        number += 1
        found = f"{name} ({number})"
    taken.add(found.casefold())
    return found


def attribute(text: str) -> str:
    """A text as a quoted XML attribute; line ends and tabs stay what they are."""
    return quoteattr(without_forbidden(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def content(text: str) -> str:
    """A text as the content of an XML element."""
    return escape(without_forbidden(text), {"\r": "&#13;"})


_TYPE = re.compile(rb"<!DOCTYPE\s[^<>\[\]]*>")


def parse(raw: bytes, name: str, *, typed: bool = False) -> ElementTree.Element:
    """The root of an XML document without document type; InputError, calling it `name`, where it is none.

    A document type can define entities that grow without bound; none of the formats read here has one. Where one is
    usual (`typed`), it may name a definition elsewhere, which is not looked up, and define nothing itself.
    """
    if typed:
        raw = _TYPE.sub(b"", raw, count=1)
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw or b"<\0!\0D\0O\0C" in raw or b"\0<\0!\0D\0O\0C" in raw:
        raise InputError(f"{name}: declares a document type, which is not read", "export the file again")
    try:
        return ElementTree.fromstring(raw)  # noqa: S314 - no document type, so no entities
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise InputError(f"{name}: not valid XML: {error}", "export the file again") from error


def local(element: ElementTree.Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    """The element's children of this name, whatever their namespace."""
    return [child for child in element if local(child) == name]


def child(element: ElementTree.Element, name: str) -> ElementTree.Element | None:
    """The first child of this name; None where there is none."""
    return next(iter(children(element, name)), None)


def text_of(element: ElementTree.Element, name: str) -> str:
    """The text of the first child of this name; empty where there is none."""
    found = child(element, name)
    return (found.text or "") if found is not None else ""
