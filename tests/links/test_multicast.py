"""Multicast needs two interfaces on one wire: a network namespace of our own has them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SETUP = """
sysctl -q -w net.ipv6.conf.default.accept_dad=0
ip link set lo up
ip link add v0 type veth peer name v1
ip link add v2 type veth peer name v3
ip link add v4 type veth peer name v5
ip link set v4 addrgenmode none
ip link set v0 up && ip link set v1 up && ip link set v4 up && ip link set v5 up
ip -6 addr add 2001:db8::1/64 dev v4
for i in $(seq 100); do ip -6 addr show tentative | grep -q inet6 || break; sleep 0.05; done
exec "$0" -m tests.links.multicast_scenario
"""


def test_sdp_by_multicast_on_a_wire_of_its_own() -> None:
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-Urn", "true"], capture_output=True).returncode != 0:
        pytest.skip("this host does not let a user have network namespaces")
    command = [unshare, "-Urn", "sh", "-c", SETUP, sys.executable]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr
