"""Trees as XML and back: for people, for logs and for validation with an XML schema processor."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lxml import etree

from v2xconform.protocols.exi.bits import is_xml_character
from v2xconform.protocols.exi.datatypes import STRING, Datatype, Name
from v2xconform.protocols.exi.findings import ExiEncodeError
from v2xconform.protocols.exi.grammar import XML_URI, XSI_URI, Grammar, clark
from v2xconform.protocols.exi.grammars import Grammars, RelaxedGrammar
from v2xconform.protocols.exi.placing import NIL_KEY, ORDER, TYPE_KEY, Placer, natural_order, parse_clark
from v2xconform.protocols.exi.tables import XSD_URI
from v2xconform.protocols.exi.type_grammar import TypeGrammar

if TYPE_CHECKING:
    from v2xconform.protocols.exi.codec import Codec, Document

_PREFIXES = {XSI_URI: "xsi", XSD_URI: "xs", XML_URI: "xml", "http://www.w3.org/2000/09/xmldsig#": "ds"}


def prefixes(grammars: Grammars) -> dict[str, str]:
    """Return namespace -> prefix: the last word of the namespace, as ``msgbody``, or a well-known prefix."""
    found: dict[str, str] = {}
    for uri in [*_PREFIXES, *grammars.uris]:
        if uri and uri not in found:
            word = "".join(c for c in uri.rstrip("/#").replace("/", ":").rpartition(":")[2].lower() if c.isalnum())
            prefix = _PREFIXES.get(uri) or (word if word[:1].isalpha() and not word.startswith("xml") else f"n{word}")
            found[uri] = prefix if prefix not in found.values() else f"{prefix}{len(found)}"
    return found


def grammar_of(grammars: Grammars, name: Name) -> Grammar:
    """Return the grammar of an element: its global declaration, else any declaration of that name, else none."""
    if name in grammars.globals:
        return grammars.of_element(name)
    types = grammars.fragment_types.get(name)
    return grammars.built_in if types is None else grammars.of_candidates(types)


def attributes_of(grammars: Grammars, grammar: Grammar) -> dict[str, tuple[Name, Datatype]]:
    """Return tree key -> name and datatype of the attributes that the grammar declares."""
    if isinstance(grammar, TypeGrammar):
        return {"@" + name[1]: (name, datatype) for name, datatype, _ in grammar.attributes}
    if isinstance(grammar, RelaxedGrammar):
        return {p.key: (p.name, p.datatype or STRING) for p in grammar.start.productions if p.kind == "AT" and p.name}
    return {}


def to_xml(codec: "Codec", document: "Document") -> etree._Element:
    """Return the XML element of a decoded *document*; print it with ``lxml.etree.tostring``.

    Shows undeclared elements and attributes too. Characters that XML does not allow become U+FFFD.
    """
    grammars = codec.grammars
    name = (document.namespace, document.name)
    known = prefixes(grammars)
    root = etree.Element(_tag(name), nsmap={prefix: uri for uri, prefix in known.items() if prefix != "xml"})
    _Shown(grammars, known).fill(root, grammar_of(grammars, name), document.tree)
    etree.cleanup_namespaces(root, keep_ns_prefixes=_used_in_types(root))
    return root


def from_xml(codec: "Codec", element: etree._Element) -> "Document":
    """Return the message that an XML *element* holds: give its name and tree to :meth:`Codec.encode`.

    Raises ExiEncodeError for a value that its type does not allow; :meth:`Codec.validate` finds everything else.
    """
    from v2xconform.protocols.exi.codec import Document

    name = _name(element)
    tree = _Read(codec.grammars).element(element, grammar_of(codec.grammars, name), "")
    return Document(name[1], name[0], tree)


def _tag(name: Name) -> str:
    """Return the name as lxml takes it; what no XML name or URI can hold is replaced or percent-encoded."""
    local = "".join(c if c.isascii() and (c.isalnum() or c in "_-.") else "_" for c in name[1])
    if not (local[:1].isalpha() or local[:1] == "_"):
        local = f"_{local}"
    uri = quote(name[0].encode("utf-8", "replace"), safe=":/#?&=.-_~+,;@!$'()*%")
    return f"{{{uri}}}{local}" if uri else local


def _name(element: etree._Element) -> Name:
    return _split(str(element.tag))


def _split(tag: str) -> Name:
    if tag.startswith("{"):
        uri, _, local = tag[1:].partition("}")
        return uri, local
    return "", tag


def _text(text: str) -> str:
    return "".join(c if is_xml_character(c) else "\ufffd" for c in text)


def _used_in_types(root: etree._Element) -> list[str]:
    values = root.xpath("//@xsi:type", namespaces={"xsi": XSI_URI})
    found = [str(value).partition(":")[0] for value in values if ":" in str(value)] if isinstance(values, list) else []
    return sorted(set(found))


class _Shown:
    """Writes trees into XML elements."""

    def __init__(self, grammars: Grammars, known: Mapping[str, str]) -> None:
        self._grammars = grammars
        self._prefixes = known

    def fill(self, element: etree._Element, grammar: Grammar, tree: Any) -> None:
        if not isinstance(tree, dict):
            datatype = grammar.value if isinstance(grammar, TypeGrammar) and grammar.value else STRING
            element.text = _text(datatype.show(tree))
            return
        if TYPE_KEY in tree:
            type_name = parse_clark(str(tree[TYPE_KEY]))
            prefix = self._prefixes.get(type_name[0])
            element.set(TYPE_KEY[1:], f"{prefix}:{type_name[1]}" if prefix else type_name[1])
            grammar = self._grammars.of_type(type_name) or grammar
        attributes = attributes_of(self._grammars, grammar)
        for key, item in tree.items():
            if key.startswith("@") and key != TYPE_KEY:
                name, datatype = attributes.get(key) or (_key_name(key), STRING)
                if key == NIL_KEY:
                    item = str(item).lower()
                element.set(_tag(name), _text(datatype.show(item)))
        for key, item in _in_order(grammar, tree):
            if key == "#":
                self._add_text(element, grammar, item)
            else:
                child_name, child_grammar = self._child(grammar, key)
                child = etree.SubElement(element, _tag(child_name))
                self.fill(child, child_grammar, item)

    def _child(self, grammar: Grammar, key: str) -> tuple[Name, Grammar]:
        if isinstance(grammar, TypeGrammar) and key in grammar.slots:
            name, number, _ = grammar.slots[key]
            return name, self._grammars.grammar(number)
        name = _key_name(key)
        if isinstance(grammar, RelaxedGrammar):
            return name, grammar_of(self._grammars, name)
        return name, self._grammars.of_element(name)

    @staticmethod
    def _add_text(element: etree._Element, grammar: Grammar, item: Any) -> None:
        datatype = grammar.value if isinstance(grammar, TypeGrammar) and grammar.value else STRING
        text = _text(datatype.show(item))
        if len(element):
            element[-1].tail = (element[-1].tail or "") + text
        else:
            element.text = (element.text or "") + text


def _key_name(key: str) -> Name:
    return parse_clark(key) if key.startswith(("{", "@{")) else ("", key.removeprefix("@"))


def _in_order(grammar: Grammar, tree: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the content in document order; what the grammar has no place for comes last."""
    left = {
        key: deque(item if isinstance(item, list | tuple) else [item])
        for key, item in tree.items()
        if not key.startswith("@") and key != ORDER
    }
    try:
        content = {key: item for key, item in tree.items() if key not in (TYPE_KEY, NIL_KEY)}
        for step in Placer(grammar, content).steps():
            if left.get(step.key):
                yield step.key, left[step.key].popleft()
    except ExiEncodeError:
        pass
    for key, items in left.items():
        for item in items:
            yield key, item


class _Read:
    """Reads trees out of XML elements."""

    def __init__(self, grammars: Grammars) -> None:
        self._grammars = grammars

    def element(self, element: etree._Element, grammar: Grammar, path: str) -> Any:
        tree: dict[str, Any] = {}
        type_text = element.get(TYPE_KEY[1:])
        if type_text is not None:
            type_name = _resolved(element, type_text)
            tree[TYPE_KEY] = clark(type_name)
            grammar = self._grammars.of_type(type_name) or grammar
        self._attributes(element, grammar, tree, path)
        order: list[str] = []
        value = grammar.value if isinstance(grammar, TypeGrammar) else None
        texts = self._content(element, grammar, tree, order, path)
        if value is not None and not order and grammar.simple is not None and not tree:
            return _parsed(value, "".join(texts), path)
        if value is not None:
            tree["#"] = _parsed(value, "".join(texts), path)
        elif texts:
            tree["#"] = texts[0] if len(texts) == 1 else texts
        if len(set(order)) > 1 and natural_order(grammar, tree) != order:
            tree[ORDER] = order
        return tree

    def _attributes(self, element: etree._Element, grammar: Grammar, tree: dict[str, Any], path: str) -> None:
        declared = {name: (key, datatype) for key, (name, datatype) in attributes_of(self._grammars, grammar).items()}
        for tag, text in element.attrib.items():
            name = _split(str(tag))
            key, datatype = declared.get(name) or ("@" + clark(name), self._grammars.attribute_datatype(name))
            if key != TYPE_KEY:
                tree[key] = _parsed(datatype, str(text), f"{path}.{key}" if path else key)

    def _content(
        self, element: etree._Element, grammar: Grammar, tree: dict[str, Any], order: list[str], path: str
    ) -> list[str]:
        slots = grammar.slots if isinstance(grammar, TypeGrammar) else {}
        by_name = {name: (key, number, many) for key, (name, number, many) in slots.items()}
        is_value = isinstance(grammar, TypeGrammar) and grammar.value is not None
        texts: list[str] = []

        def add_text(text: str | None) -> None:
            if text and (is_value or text.strip()):
                texts.append(text)
                if not is_value:
                    order.append("#")

        add_text(element.text)
        for child in element:
            if isinstance(child.tag, str):
                name = _name(child)
                key, number, many = by_name.get(name) or (clark(name), None, True)
                if number is not None:
                    child_grammar = self._grammars.grammar(number)
                elif isinstance(grammar, RelaxedGrammar):
                    child_grammar = grammar_of(self._grammars, name)
                else:
                    child_grammar = self._grammars.of_element(name)
                before = tree.get(key)
                count = len(before) if isinstance(before, list) else int(before is not None)
                label = f"{key}[{count}]" if many else key
                item = self.element(child, child_grammar, f"{path}.{label}" if path else label)
                if many or before is not None:
                    tree[key] = [*(before if isinstance(before, list) else [] if before is None else [before]), item]
                else:
                    tree[key] = item
                order.append(key)
            add_text(child.tail)
        return texts


def _resolved(element: etree._Element, text: str) -> Name:
    prefix, _, local = text.strip().rpartition(":")
    return element.nsmap.get(prefix or None) or "", local


def _parsed(datatype: Datatype, text: str, path: str) -> Any:
    try:
        return datatype.parse(text)
    except ExiEncodeError as error:
        raise ExiEncodeError(error.reason, path) from None
