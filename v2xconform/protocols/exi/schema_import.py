"""Build message tables from XML schemas: what ``v2xconform schemas import`` does.

A table holds grammar facts only (names, types, occurrence, facets), no text of the schema. The same schemas give the
same table, byte for byte. Constructs that no edition of the V2G schemas uses and that would change the bits (xs:all,
dates, patterns on strings, xs:redefine) are refused by name instead of being encoded wrongly.
"""

import tempfile
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import xmlschema
from xmlschema.validators import XsdAnyElement, XsdAttribute, XsdElement, XsdGroup

from v2xconform.protocols.exi.findings import ExiTableError
from v2xconform.protocols.exi.schema_files import SchemaFolder
from v2xconform.protocols.exi.tables import ANY_TYPE, BUILTIN, FORMAT, NAMES, XSD_URI, Table, range_kind, write_table

_XSD = "{" + XSD_URI + "}"
_BOUNDS = {
    "minInclusive": ("low", 0),
    "maxInclusive": ("high", 0),
    "minExclusive": ("low", 1),
    "maxExclusive": ("high", -1),
}
_LENGTHS = ("length", "minLength", "maxLength")


def import_schemas(path: Path, out: Path) -> list[Path]:
    """Write one table into *out* for each message set found at *path* and return the files.

    *path* is an .xsd file (one set), or a folder or wheel (every set in it: the known namespaces, and every schema
    that no other one imports). Raises ExiTableError with one line that says what is wrong.
    """
    folder = SchemaFolder(path)
    mains = [_place_of(folder, path)] if path.suffix == ".xsd" else _mains(folder)
    tables = [build_table(folder, main) for main in mains]
    try:
        out.mkdir(parents=True, exist_ok=True)
        return [write_table(table, out) for table in sorted(tables, key=lambda t: str(t["name"]))]
    except OSError as error:
        raise ExiTableError(f"{out}: cannot write here: {error.strerror}") from None


def build_table(folder: SchemaFolder, place: str) -> Table:
    """Make the table of the schema document at *place* and of all that it imports."""
    sources = sorted(
        [file.namespace, file.place.rpartition("/")[2], file.digest] for file in map(folder.file, folder.closure(place))
    )
    namespace = folder.file(place).namespace
    with tempfile.TemporaryDirectory(prefix="v2xconform-xsd-") as scratch:
        main = folder.write(place, Path(scratch))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # an import that fails is only a warning to xmlschema
                schema = xmlschema.XMLSchema10(str(main), allow="sandbox")
        except (xmlschema.XMLSchemaException, xmlschema.XMLResourceError, UserWarning) as error:
            # xmlschema prints the offending node after a blank line; its first line says what is wrong.
            text = str(error).strip().splitlines()[0]
            raise ExiTableError(f"{place}: not a valid XML schema: {text}") from None
        builder = _Builder(schema, place)
        return {"format": FORMAT, "name": _name_of(namespace, place), "namespace": namespace, "sources": sources} | (
            builder.parts()
        )


def _place_of(folder: SchemaFolder, path: Path) -> str:
    wanted = path.resolve()
    return next(p for p in folder.places() if (wanted.parent.parent / p) == wanted)


def _mains(folder: SchemaFolder) -> list[str]:
    linked = {link for place in folder.places() for link in folder.file(place).links if link != place}
    mains: dict[str, str] = {}
    for place in folder.places():
        namespace = folder.file(place).namespace
        if namespace in NAMES or place not in linked:
            other = mains.setdefault(namespace, place)
            # A copy of the same document elsewhere (xmldsig lies in several folders) is not a second set.
            if other != place and folder.file(other).digest != folder.file(place).digest:
                raise ExiTableError(f"{place}: same namespace as {other} but other content; give one of the files")
    if not mains:
        raise ExiTableError("every schema here is imported by another one: give the .xsd file of the messages itself")
    return sorted(mains.values())


def _name_of(namespace: str, place: str) -> str:
    if namespace in NAMES:
        return NAMES[namespace]
    prefix = "urn:iso:std:iso:15118:-20:"
    stem = place.rpartition("/")[2].removesuffix(".xsd")
    text = "iso15118-20-" + namespace[len(prefix) :] if namespace.startswith(prefix) else stem
    return "".join(c if c.isalnum() or c in ".-" else "-" for c in text.lower())


def _split(name: str) -> tuple[str, str]:
    """Split a Clark name: local name first, so that the pairs sort in the order of EXI."""
    if name.startswith("{"):
        uri, _, local = name[1:].partition("}")
        return local, uri
    return name, ""


class _Builder:
    """Walks the components of one schema set and numbers its types."""

    def __init__(self, schema: xmlschema.XMLSchema10, place: str) -> None:
        self.place = place
        self.maps = schema.maps
        self.own = [s for s in schema.maps.iter_schemas() if s.meta_schema is not None and s.url and _is_own(s)]
        self.uris = sorted({"", *(s.target_namespace for s in self.own)})
        self.types: list[dict[str, Any]] = []
        self.numbers: dict[object, int] = {}
        self.declared: dict[tuple[str, str], set[int]] = {}
        self.attributes: dict[tuple[str, str], set[int]] = {}

    def parts(self) -> Table:
        elements = []
        for element in sorted(self._globals(self.maps.elements), key=lambda e: _split(e.name)):
            number = self._declare(element)
            entry: list[object] = [*self._name(element.name), number]
            if element.abstract:
                entry.append(1)
            elements.append(entry)
        global_attributes = []
        for attribute in sorted(self._globals(self.maps.attributes), key=lambda a: _split(a.name)):
            global_attributes.append([*self._name(attribute.name), self._attribute(attribute)])
        for xsd_type in sorted(self._globals(self.maps.types), key=lambda t: _split(t.name)):
            self.type_number(xsd_type)
        return {
            "namespaces": self.uris,
            "elements": elements,
            "globalAttributes": global_attributes,
            "fragment": [[self.uris.index(u), n, sorted(t)] for (n, u), t in sorted(self.declared.items())],
            "attributes": [[self.uris.index(u), n, sorted(t)] for (n, u), t in sorted(self.attributes.items())],
            "types": self.types,
        }

    def _globals(self, components: Any) -> list[Any]:
        return [c for c in components.values() if c.target_namespace in self.uris and _is_own(c.schema)]

    def _refuse(self, what: str, where: str) -> ExiTableError:
        return ExiTableError(f"{self.place}: {where}: {what} is not supported")

    def _name(self, name: str) -> list[Any]:
        local, uri = _split(name)
        return [self.uris.index(uri), local]

    def _declare(self, element: XsdElement) -> int:
        number = self.type_number(element.type)
        self.declared.setdefault(_split(element.name), set()).add(number)
        return number

    def _attribute(self, attribute: XsdAttribute) -> int:
        number = self.type_number(attribute.type)
        self.attributes.setdefault(_split(attribute.name), set()).add(number)
        return number

    # -- types

    def type_number(self, xsd_type: Any) -> int:
        if xsd_type.name == _XSD + "anyType":
            return ANY_TYPE
        key: object = xsd_type.name or xsd_type.elem
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = len(self.types)
            entry: dict[str, Any] = {}
            self.types.append(entry)  # before its content: types can contain themselves
            if xsd_type.name:
                local, uri = _split(xsd_type.name)
                entry["name"] = [XSD_URI, local] if uri == XSD_URI else self._name(xsd_type.name)
            entry |= self._simple(xsd_type) if xsd_type.is_simple() else self._complex(xsd_type)
        return number

    def _complex(self, xsd_type: Any) -> dict[str, Any]:
        entry: dict[str, Any] = {}
        where = xsd_type.name or f"type of {getattr(xsd_type.parent, 'name', '?')}"
        attributes = []
        for name, attribute in xsd_type.attributes.items():
            if name is None:
                entry["anyAttribute"] = self._constraint(attribute, where)
            elif attribute.use != "prohibited":
                attributes.append((_split(attribute.name), attribute))
        if attributes:
            entry["attributes"] = [
                [self.uris.index(uri), local, self._attribute(attribute), int(attribute.use == "required")]
                for (local, uri), attribute in sorted(attributes, key=lambda pair: pair[0])
            ]
        if xsd_type.has_simple_content():
            entry["content"] = self.type_number(xsd_type.content)
        else:
            particle = self._group(xsd_type.content, where)
            entry["particles"] = particle[1] if particle[0] == "sequence" and particle[2:] == [1, 1] else [particle]
            if not entry["particles"]:
                del entry["particles"]
            if xsd_type.mixed:
                entry["mixed"] = 1
        if xsd_type.abstract:
            entry["abstract"] = 1
        return entry

    def _group(self, group: XsdGroup, where: str) -> list[Any]:
        if group.model == "all":
            raise self._refuse("xs:all", where)
        items: list[list[Any]] = []
        for child in group:
            item = self._particle(child, where)
            if item[0] == group.model and item[2:] == [1, 1]:
                items += item[1]  # a sequence in a sequence, as extensions give them, is one sequence
            elif item[1] and item[3] != 0:
                items.append(item)
        return [group.model, items, *_occurs(group)]

    def _particle(self, node: Any, where: str) -> list[Any]:
        if isinstance(node, XsdGroup):
            return self._group(node, where)
        if isinstance(node, XsdAnyElement):
            return ["any", self._constraint(node, where), *_occurs(node)]
        if node.ref is None:
            self._declare(node)
            members: Iterable[Any] = [node]
        else:
            members = self._substitutes(node.ref)
        return ["element", [[*self._name(m.name), self.type_number(m.type)] for m in members], *_occurs(node)]

    def _substitutes(self, head: Any) -> list[Any]:
        """Return the head, even if it is abstract, and all members of its group, in the order of their codes."""
        found = {head.name: head}
        todo = [head.name]
        while todo:
            for member in self.maps.substitution_groups.get(todo.pop(), ()):
                if member.name not in found:
                    found[member.name] = member
                    todo.append(member.name)
        return [found[name] for name in sorted(found, key=_split)]

    def _constraint(self, wildcard: Any, where: str) -> str | list[str]:
        namespaces = list(wildcard.namespace)
        if namespaces in (["##any"], ["##other"]):
            return str(namespaces[0])
        if wildcard.not_namespace:
            raise self._refuse("notNamespace", where)
        target = wildcard.target_namespace
        return sorted({"##targetNamespace": target, "##local": ""}.get(n, n) for n in namespaces)

    def _simple(self, xsd_type: Any) -> dict[str, Any]:
        where = xsd_type.name or f"type of {getattr(xsd_type.parent, 'name', '?')}"
        chain = list(_chain(xsd_type))
        ground = chain[-1]
        own = [t for t in chain if not (t.name or "").startswith(_XSD)]
        if ground.is_list() and not (ground.name or "").startswith(_XSD):
            facts: dict[str, Any] = {"kind": "list", "item": self.type_number(ground.item_type)}
        elif ground.is_union():
            facts = {"kind": "string"}
        else:
            name = _split(ground.name or "")[0]
            if name not in BUILTIN:
                raise self._refuse(f"xs:{name}", where)
            facts = dict(BUILTIN[name])
            if facts["kind"] == "list":
                facts["item"] = self.type_number(self.maps.types[_XSD + str(facts["item"])])
        for step in reversed(own):  # from the ground up: the last one narrows most
            self._narrow(facts, step, where)
        if "low" in facts or "high" in facts or facts["kind"] == "integer":
            facts["kind"] = range_kind(facts) if facts["kind"] == "integer" else facts["kind"]
        return facts

    def _narrow(self, facts: dict[str, Any], step: Any, where: str) -> None:
        # xmlschema gives the xs:restriction itself for most types, the xs:simpleType around it for others.
        node = step.elem
        restriction = node if node.tag == _XSD + "restriction" else node.find(_XSD + "restriction")
        values = []
        for facet in () if restriction is None else restriction:
            tag = str(facet.tag).removeprefix(_XSD)
            text = facet.get("value", "")
            if tag == "enumeration":
                values.append(text)
            elif tag == "pattern" and facts["kind"] in ("string", "boolean"):
                raise self._refuse(f"xs:pattern on {facts['kind']} types (it changes the characters' codes)", where)
            elif tag in _LENGTHS:
                facts[tag] = int(text)
            elif tag in _BOUNDS:
                key, shift = _BOUNDS[tag]
                if facts["kind"] == "integer":
                    narrower = max if key == "low" else min
                    facts[key] = narrower(int(text) + shift, facts.get(key, int(text) + shift))
                else:
                    facts[tag] = text
        if values and facts["kind"] != "list":
            facts.clear()
            facts |= {"kind": "enumeration", "values": values}


def _chain(xsd_type: Any) -> Iterator[Any]:
    """Yield the type and its bases down to the built-in type, list or union that it rests on."""
    current = xsd_type
    while True:
        yield current
        base = current.base_type
        if (current.name or "").startswith(_XSD) or base is None or base.name == _XSD + "anySimpleType":
            return
        current = base


def _occurs(node: Any) -> list[int]:
    return [node.min_occurs, -1 if node.max_occurs is None else node.max_occurs]


def _is_own(schema: Any) -> bool:
    return schema.target_namespace not in (
        XSD_URI,
        "http://www.w3.org/XML/1998/namespace",
        "http://www.w3.org/2001/XMLSchema-instance",
    )
