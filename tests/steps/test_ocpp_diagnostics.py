"""How the sentences on firmware and logs compare what was told with the way that it should go."""

import pytest

from v2xconform.steps.ocpp_diagnostics import follows


@pytest.mark.parametrize(
    ("observed", "way", "met"),
    [
        (["A", "B"], ["A", "B"], True),
        (["A", "A", "B"], ["A", "B"], True),
        (["B"], ["A?", "B"], True),
        (["A", "C"], ["A", "B|C"], True),
        (["B", "A"], ["A", "B"], False),
        (["A"], ["A", "B"], False),
        (["A", "X", "B"], ["A", "B"], False),
        (["AB"], ["A", "B"], False),
        ([], ["A"], False),
    ],
)
def test_a_way_of_statuses(observed: list[str], way: list[str], met: bool) -> None:
    assert follows(observed, way) is met
