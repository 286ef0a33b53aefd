"""Reads a written report the way a browser does: an HTML parser for the shell, gzip for the data."""

import base64
import gzip
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import orjson


class Page(HTMLParser):
    """Elements, script texts by id, and everything that is text for a reader."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self.inline: list[str] = []
        self.text: list[str] = []
        self._open: tuple[str, str | None] | None = None
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fields = dict(attrs)
        self.elements.append((tag, fields))
        if tag in ("script", "style"):
            self._open = (tag, fields.get("id"))

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag == self._open[0]:
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is None:
            self.text.append(data)
        elif self._open[0] == "style" or self._open[1] is None:
            self.inline.append(data)
        else:
            self.scripts[self._open[1]] = data

    def data(self, name: str) -> Any:
        return orjson.loads(gzip.decompress(base64.b64decode(self.scripts[name])))
