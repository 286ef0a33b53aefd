"""Stimuli: how the lab makes a real device do something outside the protocol (plug, authorize, stop)."""

import subprocess
import sys
import urllib.error
import urllib.request

import anyio
import anyio.to_thread

from v2xconform.lab.sut import Stimulus


async def stimulate(how: Stimulus) -> str:
    """Do it and return what went wrong, empty when nothing did."""
    if how.kind == "none":
        return ""
    try:
        with anyio.fail_after(how.timeout_s):
            return await {"prompt": _prompt, "shell": _shell, "http": _http}[how.kind](how)
    except TimeoutError:
        return f"{how.kind} stimulus {how.text!r} was not done after {how.timeout_s:g} s"


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


async def _http(how: Stimulus) -> str:
    def post() -> str:
        try:
            with urllib.request.urlopen(urllib.request.Request(how.text, method="POST"), timeout=how.timeout_s):
                return ""
        except (urllib.error.URLError, ValueError, OSError) as error:
            return f"POST {how.text}: {error}"

    return await anyio.to_thread.run_sync(post, abandon_on_cancel=True)
