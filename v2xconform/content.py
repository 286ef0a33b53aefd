"""Where the lab content (profiles, test cases, recipes, personas, templates) lies: in the wheel or in the checkout."""

from importlib.resources import files
from pathlib import Path
from typing import Literal

Kind = Literal["profiles", "testcases", "certs", "emulators", "reports"]

_CHECKOUT = Path(__file__).resolve().parents[1]


def content(kind: Kind) -> Path:
    """Return the folder of the shipped *kind*: read it, or copy it out with ``v2xconform init``.

    The wheel holds the content below ``v2xconform/_content``; a checkout holds it at its top level.
    """
    packaged = Path(str(files("v2xconform") / "_content" / kind))
    return packaged if packaged.is_dir() else _CHECKOUT / kind
