"""Find and repair the XSD files of a schema set: a folder, one file, a wheel or an installed package.

The schemas of DIN 70121 and ISO 15118 go around in a shape that XML tools refuse: an import that points to the
wrong folder, a DOCTYPE that needs the network and an entity in xmldsig, mixed line ends, imports in circles. The
copies that leave this module are flat, self-contained and offline; the originals are not touched.
"""

import hashlib
import posixpath
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from v2xconform.protocols.exi.findings import ExiTableError

XSD = "{http://www.w3.org/2001/XMLSchema}"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
LARGEST = 4 << 20
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """One repaired XSD document."""

    place: str
    namespace: str
    digest: str
    """SHA-256 of the file as found."""
    root: etree._Element
    links: tuple[str, ...]
    """Places of the documents that it imports or includes."""


class SchemaFolder:
    """All XSD documents below a path, by their place (a relative POSIX path)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._raw = _read_all(path)
        self._files: dict[str, SchemaFile] = {}

    def places(self) -> list[str]:
        return sorted(self._raw)

    def file(self, place: str) -> SchemaFile:
        """Return the repaired document at *place*; raises ExiTableError when it is not an XSD."""
        found = self._files.get(place)
        if found is None:
            found = self._files[place] = self._repaired(place)
        return found

    def closure(self, place: str) -> list[str]:
        """Return *place* and all that it imports or includes, directly or not."""
        seen = [place]
        for current in seen:
            seen += [link for link in self.file(current).links if link not in seen]
        return seen

    def write(self, place: str, folder: Path) -> Path:
        """Write the set of *place* into an empty *folder*, flat, and return the path of the main document."""
        names = {p: f"{number:02d}_{posixpath.basename(p)}" for number, p in enumerate(self.closure(place))}
        for current, name in names.items():
            file = self.file(current)
            links = iter(file.links)
            for node in file.root.iterchildren(XSD + "import", XSD + "include"):
                if node.get("schemaLocation"):
                    node.set("schemaLocation", names[next(links)])
            (folder / name).write_bytes(etree.tostring(file.root))
            self._files.pop(current)  # its locations are changed now: read it anew when asked again
        return folder / names[place]

    def _repaired(self, place: str) -> SchemaFile:
        raw = self._raw[place]
        try:
            text = raw.decode("utf-8-sig").replace("\r\n", "\n")
            text = _DOCTYPE.sub("", text, count=1).replace("&dsig;", DSIG)
            parser = etree.XMLParser(remove_comments=True, resolve_entities=False, no_network=True)
            root = etree.fromstring(text.encode(), parser)
        except (UnicodeDecodeError, etree.XMLSyntaxError) as error:
            raise ExiTableError(f"{place}: not a readable XML document: {error}") from None
        if root.tag != XSD + "schema":
            raise ExiTableError(f"{place}: the root element is {root.tag}, expected an XML schema ({XSD}schema)")
        if root.find(XSD + "redefine") is not None:
            raise ExiTableError(f"{place}: xs:redefine is not supported")
        links = []
        for node in root.iterchildren(XSD + "import", XSD + "include"):
            location = node.get("schemaLocation")
            if location:
                links.append(self._resolve(place, location))
        return SchemaFile(place, root.get("targetNamespace") or "", hashlib.sha256(raw).hexdigest(), root, tuple(links))

    def _resolve(self, place: str, location: str) -> str:
        """Find *location*: where it says, else a file of that name in this folder or in one above it."""
        folder = posixpath.dirname(place)
        exact = posixpath.normpath(posixpath.join(folder, location))
        if exact in self._raw:
            return exact
        name = posixpath.basename(location)
        while True:
            candidate = posixpath.join(folder, name)
            if candidate in self._raw:
                return candidate
            if not folder:
                raise ExiTableError(f"{place}: imports {location}, which is not there")
            folder = posixpath.dirname(folder)


def _read_all(path: Path) -> Mapping[str, bytes]:
    try:
        return _read_files(path)
    except OSError as error:
        raise ExiTableError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as error:
        raise ExiTableError(f"{path}: a broken or protected archive: {error}") from None


def _read_files(path: Path) -> Mapping[str, bytes]:
    if not path.exists():
        raise ExiTableError(f"{path}: no such file or folder (expected an .xsd file, a folder with them, or a wheel)")
    if path.is_dir():
        wheels = sorted(path.glob("iso15118-*.whl"))
        files = {p.relative_to(path).as_posix(): p for p in sorted(path.rglob("*.xsd"))}
        if not files and wheels:
            return _read_all(wheels[-1])
        found = {place: _bounded(file) for place, file in files.items()}
    elif path.suffix == ".xsd":
        # Neighbours and the folder above are where imports point to.
        top = path.resolve().parent.parent
        near = [*path.resolve().parent.rglob("*.xsd"), *top.glob("*.xsd")]
        found = {p.relative_to(top).as_posix(): _bounded(p) for p in sorted(set(near))}
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename.endswith(".xsd")]
            for entry in entries:
                if entry.file_size > LARGEST:
                    raise ExiTableError(f"{path}: {entry.filename} is larger than {LARGEST} bytes")
            found = {entry.filename: archive.read(entry) for entry in entries}
    else:
        raise ExiTableError(f"{path}: expected an .xsd file, a folder with .xsd files, or a wheel (zip archive)")
    if not found:
        raise ExiTableError(f"{path}: no .xsd file in it")
    return found


def _bounded(path: Path) -> bytes:
    if path.stat().st_size > LARGEST:
        raise ExiTableError(f"{path}: larger than {LARGEST} bytes")
    return path.read_bytes()
