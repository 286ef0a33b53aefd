"""The shipped tables, their rebuilding from the schemas, and tables of the user's own."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from v2xconform.cli.schemas import app
from v2xconform.protocols.exi import ExiTableError, codec, load_tables
from v2xconform.protocols.exi.schema_import import import_schemas
from v2xconform.protocols.exi.tables import NAMES, find_table, shipped_tables, table_text

from .vectors import REPOSITORY

WHEELS = REPOSITORY / ".interop" / "wheels"
WHEEL = WHEELS / "iso15118-0.31.2-py3-none-any.whl"

# Global elements = document codes, names in fragments (counted in the schemas with another program).
SIZES = {
    "supportedappprotocol": (2, 9),
    "din70121": (81, 245),
    "iso15118-2": (80, 243),
    "iso15118-20-common": (54, 281),
    "iso15118-20-ac": (42, 154),
    "iso15118-20-dc": (48, 149),
    "iso15118-20-wpt": (38, 193),
    "iso15118-20-acdp": (34, 129),
    "xmldsig": (24, 45),
}


@pytest.mark.parametrize("name", sorted(NAMES.values()))
def test_shipped_tables(name: str) -> None:
    c = codec(name)
    assert (len(c.grammars.elements), len(c.grammars.fragment)) == SIZES[name]
    assert c.name == name
    assert codec(c.namespace).name == name
    c.grammars.check()
    assert codec(name) is c


def test_shipped_tables_are_written_as_they_are_read() -> None:
    for path in sorted(shipped_tables().glob("*.json")):
        assert table_text(load_tables(path)) == path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def wheel() -> Path:
    """The wheel that holds the schemas: they are not ours to ship."""
    if not WHEEL.is_file():
        WHEELS.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", str(WHEELS)]
        done = subprocess.run([*command, "iso15118==0.31.2"], capture_output=True, text=True)
        if done.returncode:
            pytest.fail(f"pip cannot get iso15118==0.31.2, which holds the schemas: {done.stderr.strip()[-300:]}")
    return WHEEL


@pytest.mark.interop
def test_rebuilding_from_the_schemas_gives_the_shipped_tables(wheel: Path, tmp_path: Path) -> None:
    written = import_schemas(wheel, tmp_path)
    shipped = sorted(shipped_tables().glob("*.json"))
    assert [path.name for path in written] == [path.name for path in shipped]
    for new, old in zip(written, shipped, strict=True):
        assert new.read_bytes() == old.read_bytes(), f"{old.name} is not what its schemas give"


@pytest.mark.interop
def test_a_single_schema_file_and_a_flat_folder(wheel: Path, tmp_path: Path) -> None:
    """The files lie side by side where people unpack them, not as in the wheel."""
    flat = tmp_path / "flat"
    flat.mkdir()
    shutil.unpack_archive(wheel, tmp_path / "wheel", "zip")
    schemas = tmp_path / "wheel" / "iso15118" / "shared" / "schemas"
    for path in [*(schemas / "iso15118_20").glob("*.xsd"), schemas / "xmldsig-core-schema.xsd"]:
        shutil.copy(path, flat)
    (one,) = import_schemas(flat / "V2G_CI_DC.xsd", tmp_path / "one")
    assert one.read_bytes() == (shipped_tables() / "iso15118-20-dc.json").read_bytes()
    assert len(import_schemas(flat, tmp_path / "all")) == 6
    (deep,) = import_schemas(schemas / "iso15118_2" / "V2G_CI_MsgDef.xsd", tmp_path / "deep")
    assert deep.read_bytes() == (shipped_tables() / "iso15118-2.json").read_bytes()


SCHEMA = """<!DOCTYPE schema [ <!ENTITY x "unused"> ]>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{namespace}" elementFormDefault="qualified">
{body}
</xs:schema>"""


def schema(folder: Path, body: str, namespace: str = "urn:iso:std:iso:15118:-20:AC_DRAFT") -> Path:
    path = folder / "draft.xsd"
    path.write_text(SCHEMA.format(namespace=namespace, body=body), encoding="utf-8", newline="\r\n")
    return path


def test_a_draft_edition(tmp_path: Path) -> None:
    """An engineer adds a draft: one command, then its path stands wherever a protocol name does."""
    body = """<xs:element name="DraftReq"><xs:complexType><xs:sequence>
        <xs:element name="Power" type="xs:short"/><xs:element name="Note" type="xs:string" minOccurs="0"/>
        </xs:sequence></xs:complexType></xs:element>"""
    out = tmp_path / "tables"
    result = CliRunner().invoke(app, ["import", str(schema(tmp_path, body)), "--out", str(out)])
    assert result.exit_code == 0
    path = out / "iso15118-20-ac-draft.json"
    assert result.output.startswith(f"{path}: iso15118-20-ac-draft, 1 global elements")
    for given in (path, str(path)):
        c = codec(given)
        tree: dict[str, Any] = {"Power": -3, "Note": "é"}
        assert c.decode(c.encode("DraftReq", tree)).tree == tree
    facts = json.loads(CliRunner().invoke(app, ["import", str(tmp_path), "--out", str(out), "--json"]).output)
    assert [(fact["name"], fact["messages"]) for fact in facts] == [("iso15118-20-ac-draft", 1)]
    assert facts[0]["sources"][0]["file"] == "draft.xsd"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('<xs:element name="A" type="xs:dateTime"/>', "xs:dateTime is not supported"),
        ('<xs:element name="A" type="nope"/>', "not a valid XML schema: "),
        ('<xs:import namespace="urn:y" schemaLocation="y.xsd"/>', "imports y.xsd, which is not there"),
        ('<xs:redefine schemaLocation="y.xsd"/>', "xs:redefine is not supported"),
        ("<xs:bogus/>", "not a valid XML schema: "),
        ("<xs:element", "not a readable XML document"),
        (
            '<xs:complexType name="T"><xs:all><xs:element name="a" type="xs:int"/></xs:all></xs:complexType>',
            "xs:all is not supported",
        ),
        (
            (
                '<xs:simpleType name="T"><xs:restriction base="xs:string"><xs:pattern value="a*"/></xs:restriction>'
                "</xs:simpleType>"
            ),
            "xs:pattern on string types (it changes the characters' codes) is not supported",
        ),
    ],
)
def test_schemas_that_cannot_be_used(tmp_path: Path, body: str, reason: str) -> None:
    result = CliRunner().invoke(app, ["import", str(schema(tmp_path, body)), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert reason in result.output
    assert len(result.output.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_paths_that_cannot_be_used(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("hello")
    not_schema = tmp_path / "other.xsd"
    not_schema.write_text("<html/>")
    (tmp_path / "empty").mkdir()
    for path, reason in (
        (tmp_path / "nowhere", "no such file or folder"),
        (text, "expected an .xsd file, a folder with .xsd files, or a wheel"),
        (not_schema, "the root element is html, expected an XML schema"),
        (tmp_path / "empty", "no .xsd file in it"),
    ):
        result = CliRunner().invoke(app, ["import", str(path), "--out", str(tmp_path / "out")])
        assert (result.exit_code, reason in result.output) == (2, True), result.output
        assert len(result.output.splitlines()) == 1
    draft = schema(tmp_path, '<xs:element name="A" type="xs:int"/>')
    result = CliRunner().invoke(app, ["import", str(draft), "--out", str(text)])
    assert (result.exit_code, "cannot write here" in result.output) == (2, True)


def test_two_schemas_of_one_namespace(tmp_path: Path) -> None:
    schema(tmp_path, '<xs:element name="A" type="xs:int"/>')
    (tmp_path / "new").mkdir()
    schema(tmp_path / "new", '<xs:element name="B" type="xs:int"/>')
    with pytest.raises(ExiTableError, match=r"same namespace as draft\.xsd but other content; give one of the files"):
        import_schemas(tmp_path, tmp_path / "out")


def broken_tables() -> list[tuple[str, str]]:
    good = json.loads((shipped_tables() / "supportedappprotocol.json").read_text(encoding="utf-8"))
    return [
        ("{", "not a table file"),
        ("[]", "not a table file; 'v2xconform schemas import' makes them"),
        (json.dumps(good | {"format": 99}), "table format 99, expected 1: import the schemas again"),
        (json.dumps(good | {"elements": [[0]]}), "broken"),
        (json.dumps(good | {"elements": [[0, "A", 99]]}), "broken: .*type 99"),
        (json.dumps(good | {"types": [{"kind": "strange"}] * 9}), "broken"),
        (json.dumps({k: v for k, v in good.items() if k != "fragment"}), "broken: KeyError"),
    ]


def test_broken_tables(tmp_path: Path) -> None:
    for number, (text, reason) in enumerate(broken_tables()):
        path = tmp_path / f"{number}.json"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ExiTableError, match=reason):
            codec(path)
    with pytest.raises(ExiTableError, match="cannot read the table: No such file"):
        codec(tmp_path / "none.json")
    with pytest.raises(ExiTableError, match="no message table 'iso15118-3'; known: supportedappprotocol, din70121"):
        find_table("iso15118-3")
