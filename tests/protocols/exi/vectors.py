"""The vectors that the tests of the EXI codec read: own ones next to this file, the whole collection where present.

``vectors.jsonl``: own recordings, and bytes from public tests under Apache-2.0 or MIT (each line names its sources and
licences). ``agreed`` means that EXIficient and libcbv2g both re-encode the bytes unchanged.
``exificient.jsonl``: what EXIficient makes of our own right and wrong XML, and the XML that it reads back from the bytes.
"""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]
COLLECTION = REPOSITORY.parent / "shared" / "data" / "exi"

TABLES = {
    "sap/V2G_CI_AppProtocol.xsd": "supportedappprotocol",
    "din/V2G_CI_MsgDef.xsd": "din70121",
    "iso2/V2G_CI_MsgDef.xsd": "iso15118-2",
    "iso20/V2G_CI_CommonMessages.xsd": "iso15118-20-common",
    "iso20/V2G_CI_AC.xsd": "iso15118-20-ac",
    "iso20/V2G_CI_DC.xsd": "iso15118-20-dc",
    "iso20/V2G_CI_WPT.xsd": "iso15118-20-wpt",
    "iso20/V2G_CI_ACDP.xsd": "iso15118-20-acdp",
    "iso2/xmldsig-core-schema.xsd": "xmldsig",
}


@cache
def own() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / "vectors.jsonl").read_text(encoding="utf-8").splitlines()]


@cache
def exificient() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / "exificient.jsonl").read_text(encoding="utf-8").splitlines()]


@cache
def collection(name: str) -> list[dict[str, Any]]:
    """Return the documents and fragments of ``vectors`` or ``frames`` of the collection, in the shape of ours."""
    found = []
    with gzip.open(COLLECTION / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            vector = json.loads(line)
            vector.setdefault("kind", "document")
            if vector["kind"] in ("document", "fragment"):
                vector["table"] = TABLES[vector["xsd"]]
                vector["agreed"] = {"exificient", "cbv2g"} <= set(vector["verified_by"])
                found.append(vector)
    return found
