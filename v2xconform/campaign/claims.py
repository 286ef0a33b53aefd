"""What an emulator of ours is known to support: PICS that nobody has to declare in a self-hosted OCPP run."""

from v2xconform.lab.persona import load_csms, load_station
from v2xconform.lab.pics import Answer
from v2xconform.lab.profile import Profile
from v2xconform.lab.sut import OcppReach, Sut


def implied_pics(profile: Profile, sut: Sut) -> dict[str, Answer]:
    """Return what persona and reach imply; the SUT description has the last word. Raises LabError."""
    reach = sut.ocpp_reach(profile.role) or OcppReach()
    implied: dict[str, Answer] = {"BasicAuth": "yes" if reach.security_profile in (1, 2) else "no"}
    if reach.security_profile in (2, 3):
        implied["Tls"] = "yes"
    if reach.security_profile == 3:
        implied["ClientCertificate"] = "yes"
    if sut.emulator is None:
        return implied
    without = load_station(sut.emulator.persona).without if profile.role == "station" else ()
    if profile.role == "csms":
        load_csms(sut.emulator.persona)
    for name in profile.pics:
        implied.setdefault(name, "no" if name in without else "yes")
    return implied
