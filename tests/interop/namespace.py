"""A network of its own for one command: a veth pair, no root, no Debian package.

    python -m tests.interop.namespace -- COMMAND...

``v0`` is the station's end, ``v1`` the vehicle's; both have a usable fe80:: address and ``lo`` is up.
The links are made over rtnetlink from here, because iproute2 is not on every machine.
Everything the command leaves running dies with the namespace: its processes have a PID namespace of their own.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

STATION = "v0"
VEHICLE = "v1"

# Under this name the package is known to the interpreter: pytest may import it as "interop" or "tests.interop".
PACKAGE = __package__ or "tests.interop"
IMPORT_ROOT = Path(__file__).resolve().parents[PACKAGE.count(".") + 1]
ROOT = Path(__file__).resolve().parents[2]

ADDRESS_WAIT = 5.0  # s: duplicate address detection takes up to 2 s where it cannot be switched off
POLL = 0.02  # s

NO_NETWORK = 121  # the exit code by which the inner process says that COMMAND was not even started
COMPLAINT = "namespace: "

# --kill-child: when unshare dies the first process inside dies, and with that one the whole PID namespace.
ISOLATE = ("--net", "--pid", "--fork", "--kill-child")
ENTRANCES = (("--user", "--map-root-user", *ISOLATE), ISOLATE)  # the second one is for root

REMEDIES = (
    ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "kernel.apparmor_restrict_unprivileged_userns=0"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
    ("/proc/sys/user/max_user_namespaces", "0", "user.max_user_namespaces=15000"),
    ("/proc/sys/user/max_net_namespaces", "0", "user.max_net_namespaces=15000"),
)


class NamespaceUnavailableError(RuntimeError):
    """This machine does not let us make a network namespace or a link in it; the text names the remedy."""


def run_in_namespace(
    argv: Sequence[str], env: Mapping[str, str] | None = None, timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``argv`` in a fresh network with the links v0 and v1; return its exit code and output.

    ``env`` is the whole environment (default: ours). After ``timeout`` seconds everything inside is killed and
    subprocess.TimeoutExpired is raised. Raises NamespaceUnavailableError when the machine forbids it.
    """
    inside = [sys.executable, "-m", f"{PACKAGE}.namespace", "--inside", "--", *argv]
    done = subprocess.run(
        [*_entrance(), "--", *inside],
        env=environment_with_package(os.environ if env is None else env),
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode == NO_NETWORK and done.stderr.startswith(COMPLAINT):
        raise NamespaceUnavailableError(done.stderr.removeprefix(COMPLAINT).strip())
    return done


def environment_with_package(env: Mapping[str, str]) -> dict[str, str]:
    """Return ``env`` with this package importable by ``python -m`` from any folder."""
    path = os.pathsep.join(filter(None, (str(IMPORT_ROOT), env.get("PYTHONPATH"))))
    return {**env, "PYTHONPATH": path}


@cache
def _entrance() -> tuple[str, ...]:
    unshare = shutil.which("unshare")
    if unshare is None:
        raise NamespaceUnavailableError("no 'unshare' command: install the package util-linux")
    said = ""
    for options in ENTRANCES if os.geteuid() == 0 else ENTRANCES[:1]:
        trial = subprocess.run([unshare, *options, "--", "true"], capture_output=True, text=True)
        if trial.returncode == 0:
            return (unshare, *options)
        said = said or trial.stderr.strip()
    raise NamespaceUnavailableError(f"cannot make a user and network namespace ({said}): {_remedy()}")


def _remedy() -> str:
    for file, value, setting in REMEDIES:
        path = Path(file)
        if path.exists() and path.read_text(encoding="ascii").strip() == value:
            return f"run 'sudo sysctl -w {setting}' or run the tests as root"
    return (
        "in a container start it with '--security-opt seccomp=unconfined --security-opt apparmor=unconfined' "
        "or '--privileged'; elsewhere allow user namespaces (sysctl user.max_user_namespaces) or run the tests as root"
    )


# ---------------------------------------------------------------- inside the namespace

RTM_NEWLINK = 16
NLMSG_ERROR = 2
NLM_F_REQUEST, NLM_F_ACK, NLM_F_EXCL, NLM_F_CREATE = 0x1, 0x4, 0x200, 0x400
IFLA_IFNAME, IFLA_LINKINFO = 3, 18
IFLA_INFO_KIND, IFLA_INFO_DATA, VETH_INFO_PEER = 1, 2, 1
IFF_UP = 1
TENTATIVE_OR_FAILED = 0x40 | 0x08  # IFA_F_TENTATIVE, IFA_F_DADFAILED
LINK_SCOPE = 0x20


def make_network() -> None:
    """Bring up lo, v0 and v1 in the namespace we are in; return when both fe80:: addresses can be used."""
    _set_up("lo")  # py4j talks to its Java process over loopback
    peer = _link_message() + _attribute(IFLA_IFNAME, VEHICLE.encode() + b"\0")
    veth = _attribute(IFLA_INFO_KIND, b"veth") + _attribute(IFLA_INFO_DATA, _attribute(VETH_INFO_PEER, peer))
    body = _link_message() + _attribute(IFLA_IFNAME, STATION.encode() + b"\0") + _attribute(IFLA_LINKINFO, veth)
    try:
        _netlink(body, NLM_F_CREATE | NLM_F_EXCL)
    except OSError as error:
        raise NamespaceUnavailableError(
            f"cannot make a veth pair ({error.strerror}): load the kernel module ('sudo modprobe veth')"
        ) from error
    for name in (STATION, VEHICLE):
        _setting(name, "disable_ipv6", "0")
        _setting(name, "accept_dad", "0")  # the address is usable at once
        _set_up(name)
    deadline = time.monotonic() + ADDRESS_WAIT
    while not {STATION, VEHICLE} <= _usable_links():
        if time.monotonic() > deadline:
            raise NamespaceUnavailableError(
                "v0 and v1 got no IPv6 link-local address: enable IPv6 ('sudo sysctl -w net.ipv6.conf.all."
                "disable_ipv6=0'; no 'ipv6.disable=1' on the kernel command line)"
            )
        select.select([], [], [], POLL)


def udp_port_is_bound(port: int) -> bool:
    """Say whether some process of this namespace listens on the UDP port (IPv6)."""
    lines = Path("/proc/net/udp6").read_text(encoding="ascii").splitlines()[1:]
    return any(int(line.split()[1].rpartition(":")[2], 16) == port for line in lines)


def _usable_links() -> set[str]:
    path = Path("/proc/net/if_inet6")  # absent when the kernel has no IPv6
    rows = [line.split() for line in path.read_text(encoding="ascii").splitlines()] if path.exists() else []
    return {
        name
        for _address, _index, _prefix, scope, flags, name in rows
        if int(scope, 16) == LINK_SCOPE and not int(flags, 16) & TENTATIVE_OR_FAILED
    }


def _setting(link: str, name: str, value: str) -> None:
    try:
        Path(f"/proc/sys/net/ipv6/conf/{link}/{name}").write_text(value, encoding="ascii")
    except OSError:
        return  # /proc/sys is read-only in some containers; make_network() waits and tells


def _set_up(name: str) -> None:
    _netlink(_link_message(socket.if_nametoindex(name), IFF_UP, IFF_UP))


def _link_message(index: int = 0, flags: int = 0, change: int = 0) -> bytes:
    return struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, flags, change)


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def _netlink(body: bytes, flags: int = 0) -> None:
    """Send one RTM_NEWLINK and wait for its acknowledgement; raise OSError with the kernel's error."""
    header = struct.pack("=IHHII", 16 + len(body), RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK | flags, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.bind((0, 0))
        netlink.send(header + body)
        answer = netlink.recv(65536)
    _length, kind, _flags, _sequence, _pid, error = struct.unpack_from("=IHHIIi", answer)
    if kind != NLMSG_ERROR or error:
        raise OSError(-error, os.strerror(-error))


def main(argv: list[str]) -> int:
    """Run the words after ``--`` in a namespace, or, with --inside, make the links and run them here."""
    split = argv.index("--") if "--" in argv else len(argv)
    options, command = argv[:split], argv[split + 1 :]
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    # A shell's background job ignores SIGINT and hands that down; the command must be stoppable with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        if "--inside" in options:
            make_network()
            return subprocess.run(command).returncode
        done = run_in_namespace(command)
    except (NamespaceUnavailableError, FileNotFoundError) as error:
        print(f"{COMPLAINT}{error}", file=sys.stderr)
        return NO_NETWORK
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
