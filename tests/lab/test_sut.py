"""SUT descriptions: files are meant from where the description lies, whatever the working folder is."""

from pathlib import Path

from v2xconform.lab.sut import load_sut

CHARGER = """
name: charger
secc:
  interface: eth1
  tls:
    credential: {chain: keys/chain.pem, key: /keys/vehicle.key}
    trust: [../roots/v2g.pem]
tester_persona: my_car.yaml
"""


def test_files_of_a_description_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "charger.yaml").write_text(CHARGER, encoding="utf-8")
    sut = load_sut(tmp_path / "charger.yaml")
    assert sut.secc is not None and sut.secc.tls.credential is not None
    assert sut.secc.tls.credential.chain == tmp_path / "keys/chain.pem"
    assert sut.secc.tls.credential.key == Path("/keys/vehicle.key")
    assert [path.resolve() for path in sut.secc.tls.trust] == [tmp_path.parent / "roots/v2g.pem"]
    assert sut.tester_persona == str(tmp_path / "my_car.yaml")


def test_a_shipped_persona_is_meant_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "car.yaml").write_text(
        "name: car\nevcc: {interface: eth1}\ntester_persona: v2g_charger\n", encoding="utf-8"
    )
    assert load_sut(tmp_path / "car.yaml").tester_persona == "v2g_charger"
