"""``v2xconform pki``: issue lab certificates from a recipe, and look into certificates, keys and OCSP responses."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

    from v2xconform.pki.validation import PkiIssue

app = typer.Typer(
    name="pki", help="Issue lab certificates, good and broken; look into those of others.", no_args_is_help=True
)

_Now = Annotated[str, typer.Option(help="Instant to go by, ISO 8601 (2026-01-31T12:00:00Z); without it the present.")]
_Json = Annotated[bool, typer.Option("--json", help="Machine-readable, to stdout.")]


@app.command()
def issue(
    recipe: Annotated[str, typer.Argument(help="Recipe file, or the name of a shipped one (iso15118-20-p521 …).")],
    out: Annotated[Path, typer.Option(help="Folder to write to.")],
    now: _Now = "",
    as_json: _Json = False,
) -> None:
    """Make keys, chains with their broken variants, and OCSP responses from a recipe."""
    from v2xconform.pki import issue as issue_pki
    from v2xconform.pki import load_recipe
    from v2xconform.pki.store import write

    try:
        index = write(issue_pki(load_recipe(recipe), _instant(now)), out)
    except (ValueError, FileExistsError) as error:
        _refuse(str(error))
    except OSError as error:
        _refuse(f"{error.filename or out}: {error.strerror}; give a folder that can be written")
    if as_json:
        _print_json(index)
        return
    credentials = index["credentials"]
    good = [entry["credential"] for entry in credentials if entry["variant"] is None]
    typer.echo(f"{index['recipe']}: {index['about']}")
    typer.echo(
        f"{out}: {len(good)} credentials ({', '.join(good)}), {len(credentials) - len(good)} broken variants, "
        f"roots {', '.join(index['anchors'])}; see {out / 'index.json'}"
    )


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="PEM (chain, leaf first) or DER: certificates, key, OCSP response.")],
    profile: Annotated[str, typer.Option(help="Judge the chain by this profile (iso15118-20-secc …).")] = "",
    anchors: Annotated[list[Path] | None, typer.Option(help="PEM file with trusted roots; may be repeated.")] = None,
    now: _Now = "",
    as_json: _Json = False,
) -> None:
    """Say what a file holds, and with --profile what is wrong with the chain (exit code 1 if it must be refused)."""
    from v2xconform.pki import PROFILES, validate_chain
    from v2xconform.pki.describe import read

    if profile and profile not in PROFILES:
        _refuse(f"unknown profile '{profile}'; there are {', '.join(PROFILES)}")
    instant = _instant(now)
    try:
        content = read(_bytes(file))
    except ValueError as error:
        _refuse(f"{file}: {error}")
    roots: list[x509.Certificate] = []
    for path in anchors or []:
        try:
            roots += read(_bytes(path)).certificates
        except ValueError as error:
            _refuse(f"{path}: {error}")
    issues: list[PkiIssue] = []
    if profile:
        if not content.certificates:
            _refuse(f"{file}: holds no certificate to judge by {profile}; give the PEM file of the chain")
        issues = validate_chain(content.certificates, roots, instant, profile, staples=content.staples or None)
        if not roots:
            # Without an anchor every path ends at an unknown root: that would be a finding about the question.
            issues = [one for one in issues if one.code != "unknown-root"]
    if as_json:
        _print_json(
            {
                "file": str(file),
                "profile": profile or None,
                "now": instant.isoformat(),
                "content": content.fields,
                "issues": issues,
            }
        )
    else:
        for fields in content.fields:
            _show(fields)
        _show_issues(issues, profile, bool(roots))
    if any(one.severity == "must" for one in issues):
        raise typer.Exit(1)


def _instant(text: str) -> "datetime":
    from datetime import UTC, datetime

    if not text:
        return datetime.now(UTC)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        _refuse(f"--now {text}: no instant; write it like 2026-01-31T12:00:00Z")
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        _refuse(f"{path}: {error.strerror}; give a file that can be read")


def _refuse(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(2)


def _print_json(value: Any) -> None:
    import orjson

    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


_LABELS: Final = {
    "subject": "subject", "issuer": "issuer", "serial": "serial", "curve": "key", "signature": "signed with",
    "key_usage": "usage", "extended_key_usage": "purpose", "subject_alternative_names": "names",
    "responder": "responder", "responder_certificates": "came along", "produced_at": "produced",
    "subject_key_identifier": "key id", "other_extensions": "extensions", "status": "status", "note": "note",
}  # fmt: skip


def _show(fields: dict[str, Any]) -> None:
    """Print one thing of the file as a block of labelled lines."""
    typer.echo(f"{fields['kind'].replace('-', ' ')}, {fields['size']} bytes of DER")
    for name, label in _LABELS.items():
        value = fields.get(name)
        if value not in (None, [], ""):
            typer.echo(f"  {label:<12}{', '.join(value) if isinstance(value, list) else value}")
    if "ca" in fields:
        length = "" if fields["path_length"] is None else f", path length {fields['path_length']}"
        typer.echo(f"  {'CA':<12}{'yes' if fields['ca'] else 'no'}{length}")
    if "not_before" in fields:
        typer.echo(f"  {'valid':<12}{fields['not_before']} to {fields['not_after']}")
    for answer in fields.get("answers", []):
        end = answer["next_update"] or "(no end)"
        typer.echo(f"  {'answer':<12}{answer['status']}, serial {answer['serial']}, {answer['this_update']} to {end}")


def _show_issues(issues: "list[PkiIssue]", profile: str, anchored: bool) -> None:
    if not profile:
        return
    typer.echo(f"judged by {profile}: {len(issues)} issue{'' if len(issues) == 1 else 's'}")
    if not anchored:
        typer.echo("  (no --anchors given: the root of the path was not judged)")
    for one in issues:
        where = "chain" if one.certificate is None else f"certificate {one.certificate}"
        typer.echo(
            f"  {one.severity:<7}{one.code}  {where}: {one.text}{f' [{one.requirement}]' if one.requirement else ''}"
        )
