"""A mistake in a recipe gets one line: file, line, what is wrong, what would be right."""

from pathlib import Path

import pytest

from v2xconform.pki import RecipeError, load_recipe

RECIPE = """\
recipe: mini
about: one root and one leaf
algorithm: ed448
certificates:
  root:
    subject: {CN: Root}
    valid: {to: 10d}
    ca: true
    key_usage: [keyCertSign]
  leaf:
    subject: {CN: Leaf}
    issuer: root
    valid: {from: -1h, to: 5d}
anchors:
  v2g: [root]
credentials:
  secc:
    role: secc
    leaf: leaf
    profile: iso15118-20-secc
    anchors: [v2g]
    variants:
      expired:
        what: expired
        change:
          leaf: {valid: {to: -1m}}
        issues: [expired]
        alerts: [certificate_expired]
"""


def refusal(folder: Path, text: str, name: str = "mini.yaml") -> list[str]:
    path = folder / name
    path.write_text(text)
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    return [problem.replace(f"{folder}/", "") for problem in caught.value.problems]


def test_recipe_loads(tmp_path: Path) -> None:
    (tmp_path / "mini.yaml").write_text(RECIPE)
    assert load_recipe(tmp_path / "mini.yaml").certificates["leaf"].issuer == "root"


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("    ca: true", "    cca: true", 8, "unknown field 'cca'; did you mean 'ca'?"),
        ("about:", "colour: red\nabout:", 2, "unknown field 'colour'; known are recipe, about, algorithm, "),
        ("issuer: root", "issuer: rot", 12, "unknown certificate 'rot'; known are root, leaf"),
        ("algorithm: ed448", "algorithm: p512", 3, "'p512' is not allowed for 'algorithm'; allowed are 'secp521r1', "),
        ("{CN: Leaf}", "{XX: Leaf}", 11, "'XX' is not allowed for 'XX'; allowed are 'CN', "),
        ("to: 10d", "to: 10 years", 7, "'to': '10 years' is no span of time; write a whole number and s, m, h or d"),
        ("    leaf: leaf\n", "", 17, "field 'leaf' is missing"),
        ("    leaf: leaf\n", "    leaf: blatt\n", 19, "unknown certificate 'blatt'; known are root, leaf"),
        ("profile: iso15118-20-secc", "profile: iso15118-21", 20, "unknown profile 'iso15118-21'; known are iso"),
        ("anchors: [v2g]", "anchors: [oem]", 21, "unknown anchor 'oem'; known are v2g"),
        ("v2g: [root]", "v2g: [wurzel]", 15, "unknown certificate 'wurzel'; known are root, leaf"),
        ("issues: [expired]", "issues: [outdated]", 27, "unknown issue code 'outdated'; known are empty-chain, "),
        ("leaf: {valid: {to: -1m}}", "leaf: {valdi: {}}", 26, "unknown field 'valdi'; did you mean 'valid'?"),
        ("leaf: {valid: {to: -1m}}", "lief: {ca: true}", 25, "unknown certificate 'lief'; known are root, leaf"),
        ("leaf: {valid: {to: -1m}}", "leaf: {issuer: leaf}", 26, "the issuers run in a circle (leaf -> leaf); "),
        ("to: 10d", "to: -2d", 7, "'valid': the period ends before it begins; "),
        ("to: 10d", "to: 99999d", 7, "'to': '99999d' is more than fifty years; the longest span is 18250d"),
        ("{CN: Leaf}", "{CN: Leaf, C: DEU}", 10, "subject C = 'DEU' cannot be encoded: "),
        ("{CN: Leaf}", "{CN: ''}", 10, "subject CN = '' cannot be encoded: "),
        ("{CN: Leaf}", "{DC: Straße}", 10, "subject DC = 'Straße' cannot be encoded: "),
        ("leaf: {valid: {to: -1m}}", f"leaf: {{subject: {{CN: {'x' * 65}}}}}", 26, "subject CN = 'xxx"),
        ("{CN: Leaf}", "{CN: Leaf}\n    subject_alternative_names: [ö]", 10, "name 'ö' cannot be encoded: "),
        ("alerts: [certificate_expired]", "alerts: [oops]", 28, "'oops' is not allowed for '0'; allowed are "),
        ("    ca: true", "    ca: true\n    issuer: leaf", 9, "the issuers run in a circle (root -> leaf -> root); "),
    ],
)  # fmt: skip
def test_mistake_gets_its_line(tmp_path: Path, old: str, new: str, line: int, what: str) -> None:
    assert RECIPE.count(old) == 1
    first = refusal(tmp_path, RECIPE.replace(old, new))[0]
    assert first.startswith(f"mini.yaml:{line}: {what}")
    assert "\n" not in first


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    told = refusal(tmp_path, RECIPE.replace("ca: true", "cca: true").replace("role: secc", "role: pump"))
    assert [one.partition(" ")[0] for one in told] == ["mini.yaml:8:", "mini.yaml:18:"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a: [1", "mini.yaml:1: not YAML: "),
        ("a: 1\na: 2\n", "mini.yaml:2: not YAML: found duplicate key"),
        ("- a\n", "mini.yaml:1: a recipe is a mapping of fields: recipe, about, "),
        ("", "mini.yaml:1: a recipe is a mapping of fields: recipe, about, "),
        ("recipe: x\nextends: y.yaml\n", "mini.yaml:2: extends 'y.yaml', which is no file beside this one"),
        ("a: 2026-13-45\n", "mini.yaml:1: "),
        ("a: " + "[" * 5000, "mini.yaml:1: the levels go too deep; "),
        ("extends: mini.yaml\n", "mini.yaml:1: extends itself; "),
    ],
)
def test_file_that_is_no_recipe(tmp_path: Path, text: str, what: str) -> None:
    assert refusal(tmp_path, text)[0].startswith(what)


def test_mistake_in_an_extended_file_is_told_there(tmp_path: Path) -> None:
    (tmp_path / "mini.yaml").write_text(RECIPE.replace("role: secc", "role: pump"))
    told = refusal(tmp_path, "extends: mini.yaml\nrecipe: other\ncredentials: {secc: {profil: x}}\n", "other.yaml")
    assert told[0].startswith(
        "mini.yaml:18: 'pump' is not allowed for 'role'; allowed are 'secc', 'evcc', 'csms' or 'station'"
    )
    assert told[1].startswith("other.yaml:3: unknown field 'profil'; did you mean 'profile'?")


def test_unknown_name_lists_the_shipped(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"^nope: no such recipe; give a \.yaml file or one of iso15118-2, "):
        load_recipe("nope")
    with pytest.raises(RecipeError, match=r"gone\.yaml: No such file or directory; "):
        load_recipe(tmp_path / "gone.yaml")
