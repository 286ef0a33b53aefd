"""Stimuli: how the lab makes a real device do something outside the protocol (plug, authorize, stop)."""

import json
import shlex
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import anyio
import anyio.to_thread

from v2xconform.lab.sut import Stimulus


async def stimulate(how: Stimulus, facts: Mapping[str, Any] | None = None) -> str:
    """Do it and return what went wrong, empty when nothing did; `facts` stand in its text as ``{name}``."""
    if how.kind == "none":
        return ""
    if facts:
        how = how.model_copy(update={"text": _filled(how, facts)})
    try:
        with anyio.fail_after(how.timeout_s):
            if how.kind == "http":
                return await _http(how, facts or {})
            return await (_prompt(how) if how.kind == "prompt" else _shell(how))
    except TimeoutError:
        return f"{how.kind} stimulus {how.text!r} was not done after {how.timeout_s:g} s"


def _filled(how: Stimulus, facts: Mapping[str, Any]) -> str:
    text = how.text
    for name, value in _words(facts):
        shown = value if isinstance(value, str) else json.dumps(value)
        if how.kind == "http":
            shown = quote(shown, safe="")
        elif how.kind == "shell":
            shown = shlex.quote(shown)
        text = text.replace("{" + name + "}", shown)
    return text


def _words(facts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield facts as people and command lines want them: a token is its id, and ``{token_type}`` its type."""
    for name, value in facts.items():
        if _is_token(value):
            yield name, value["idToken"]
            yield f"{name}_type", value.get("type", "")
        else:
            yield name, value


def _is_token(value: object) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("idToken"), str)


def unsaid_by(how: Stimulus, facts: Mapping[str, Any], usual: Mapping[str, object]) -> str:
    """Return the facts that a text does not pass on, empty when it has a place for all of them, or needs none.

    What is `usual` (a token by its id) goes without saying; an HTTP call carries everything.
    """
    if how.kind == "http":
        return ""
    missing = [
        f"{{{name}}} = {value}" for name, value in facts.items()
        if f"{{{name}}}" not in how.text
        and (name not in usual or usual[name] != (value["idToken"] if _is_token(value) else value))
    ]  # fmt: skip
    return ", ".join(missing)


async def _prompt(how: Stimulus) -> str:
    def ask() -> str:
        sys.stderr.write(f"\n>>> {how.text} — then press Enter: ")
        sys.stderr.flush()
        return "" if sys.stdin.readline() else "nobody is there to answer the prompt (standard input is closed)"

    return await anyio.to_thread.run_sync(ask, abandon_on_cancel=True)


async def _shell(how: Stimulus) -> str:
    done = await anyio.run_process(how.text, check=False, stderr=subprocess.STDOUT)
    if done.returncode == 0:
        return ""
    output = done.stdout.decode(errors="replace").strip().splitlines()
    return f"{how.text!r} ended with exit code {done.returncode}: {output[-1] if output else 'no output'}"


async def _http(how: Stimulus, facts: Mapping[str, Any]) -> str:
    def post() -> str:
        try:
            data = json.dumps(facts).encode() if facts else None
            headers = {"Content-Type": "application/json"} if facts else {}
            request = urllib.request.Request(how.text, data, headers, method="POST")
            with urllib.request.urlopen(request, timeout=how.timeout_s):
                return ""
        except (urllib.error.URLError, ValueError, OSError) as error:
            return f"POST {how.text}: {error}"

    return await anyio.to_thread.run_sync(post, abandon_on_cancel=True)
