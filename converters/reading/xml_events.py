"""How the elements of a large XML file are read one after another, safely and in constant memory.

Entities of its own are what an XML bomb is made of, and external ones read other files: both are refused, whereas a
DOCTYPE that only names a DTD (as in TMX) is not looked at. Expat is used directly: ElementTree hides the hooks that
refuse entities, and defusedxml gets at them only through the slower parser in Python.
"""

from __future__ import annotations

import codecs
import html.entities
import re
from collections.abc import Collection, Iterator
from typing import IO
from xml.etree.ElementTree import Element, SubElement
from xml.parsers import expat

from converters.contract import SourceError
from converters.reading.limits import BLOCK, DEEPEST_XML, LONGEST_VALUE

LANGUAGE = "xml:lang"
ELEMENT = 32  # characters that an element without text is counted as
_XML = "http://www.w3.org/XML/1998/namespace"
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)")
_KNOWN_TO_EXPAT = {"utf-8", "utf-16", "iso8859-1", "ascii"}


def elements(stream: IO[bytes], tags: Collection[str], label: str = "") -> Iterator[Element]:
    """The elements of these names (without namespace), each when it is complete; within one, no other is looked for.

    `element.get(LANGUAGE)` is its xml:lang. Nothing outside these elements is kept. Raises SourceError for broken or
    cut XML (naming the last good element), for entity declarations, and for elements too large or too deep.
    """
    reader = _Reader(frozenset(tags), label)
    piece = stream.read(BLOCK)
    decoder = _decoder(piece)
    while True:
        try:
            reader.feed(decoder.decode(piece, final=not piece) if decoder else piece, final=not piece)
        finally:
            # what is complete before an error is delivered before it
            yield from reader.finished
            reader.finished.clear()
        if not piece:
            return
        piece = stream.read(BLOCK)


def _decoder(head: bytes) -> codecs.IncrementalDecoder | None:
    """For encodings that expat does not know (GB18030, Big5), declared in the first line."""
    declared = _DECLARED.match(head.lstrip())
    try:
        name = codecs.lookup(declared.group(1).decode()).name if declared else "utf-8"
    except LookupError:
        return None  # expat says so, and where
    return None if name in _KNOWN_TO_EXPAT else codecs.getincrementaldecoder(name)("replace")


class _Reader:
    """Expat's events become elements; only what stands inside a wanted one is kept."""

    def __init__(self, tags: Collection[str], label: str) -> None:
        self._tags, self._label = tags, label
        self.finished: list[Element] = []
        self._open: list[Element] = []  # the wanted element and what is open inside it
        self._text: list[str] = []
        self._size = self._depth = self._count = 0
        self._parser = self._configured()

    def _configured(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._refuse_entity
        parser.ExternalEntityRefHandler = self._refuse_entity
        parser.SkippedEntityHandler = self._skipped
        return parser

    def feed(self, piece: bytes | str, *, final: bool) -> None:
        try:
            self._parser.Parse(piece, final)
        except (expat.ExpatError, ValueError) as error:
            raise self._error(
                "XML that is whole", str(error), "The download was probably cut: fetch it again."
            ) from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST_XML:
            raise self._error(f"elements at most {DEEPEST_XML} deep", "deeper ones", "It is no corpus file.")
        tag = name.rpartition(" ")[2]
        attributes = {_attribute(key): value for key, value in attributes.items()} if attributes else attributes
        if self._open:
            if self._text:
                self._flush()
            self._open.append(SubElement(self._open[-1], tag, attributes))
        elif tag in self._tags:
            self._open.append(Element(tag, attributes))
        else:
            return
        self._grow(ELEMENT + sum(map(len, attributes.values())) if attributes else ELEMENT)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if not self._open:
            return
        if self._text:
            self._flush()
        element = self._open.pop()
        if not self._open:
            self.finished.append(element)
            self._count += 1
            self._size = 0

    def _characters(self, text: str) -> None:
        if self._open:
            self._text.append(text)
            self._grow(len(text))

    def _grow(self, characters: int) -> None:
        self._size += characters
        if self._size > LONGEST_VALUE:
            found = f"a longer one, <{self._open[0].tag}>"
            raise self._error(f"elements of at most {LONGEST_VALUE:,} characters", found, "Is its end tag missing?")

    def _flush(self) -> None:
        """Text belongs to the open element, or behind the last one that ended in it."""
        text = "".join(self._text)
        self._text.clear()
        element = self._open[-1]
        if len(element):
            element[-1].tail = (element[-1].tail or "") + text
        else:
            element.text = (element.text or "") + text

    def _skipped(self, name: str, is_parameter: bool) -> None:
        """An entity that a DTD, which is not read, declares: those of HTML are known."""
        if is_parameter:
            return
        character = html.entities.name2codepoint.get(name)
        if character is None:
            raise self._error("entities of XML or HTML", f"&{name};", "Replace the entity by what it stands for.")
        self._characters(chr(character))

    def _refuse_entity(self, *_: object) -> int:
        remedy = "Entities can be a bomb or read other files. Replace them in the file if you trust it."
        raise self._error("XML without entity declarations", "a declaration of an entity", remedy)

    def _error(self, expected: str, found: str, remedy: str) -> SourceError:
        where = f"after record {self._count}"
        return SourceError(
            f"{self._label}, {where}" if self._label else where, expected=expected, found=found, remedy=remedy
        )


def _attribute(name: str) -> str:
    space, _, local = name.rpartition(" ")
    return f"xml:{local}" if space == _XML else local
