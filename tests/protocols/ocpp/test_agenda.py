"""The agenda: in order of time, a key for one entry, what is planned while firing is done as well."""

from v2xconform.protocols.ocpp.agenda import Agenda


def test_entries_come_in_order() -> None:
    agenda, done = Agenda(), list[str]()
    agenda.at(2.0, lambda now: done.append("late"))
    agenda.at(1.0, lambda now: done.append("first"))
    agenda.at(1.0, lambda now: done.append("second"))
    assert agenda.timer() == 1.0
    agenda.fire(1.5)
    assert done == ["first", "second"] and agenda.timer() == 2.0
    agenda.fire(9.0)
    assert done == ["first", "second", "late"] and agenda.timer() is None


def test_a_key_stands_for_one_entry() -> None:
    agenda, done = Agenda(), list[float]()
    agenda.at(1.0, done.append, "boot")
    agenda.at(3.0, done.append, "boot")
    assert agenda.timer() == 3.0 and agenda.planned("boot")
    agenda.fire(2.0)
    assert not done
    agenda.fire(3.0)
    assert done == [3.0] and not agenda.planned("boot")


def test_what_is_cancelled_does_not_come() -> None:
    agenda, done = Agenda(), list[float]()
    agenda.at(1.0, done.append, "a")
    agenda.at(1.0, done.append, "b")
    agenda.cancel("a")
    agenda.cancel("never planned")
    agenda.fire(5.0)
    assert done == [5.0]
    agenda.at(6.0, done.append)
    agenda.clear()
    assert agenda.timer() is None


def test_what_is_planned_for_now_while_firing_is_done() -> None:
    agenda, done = Agenda(), list[str]()

    def again(now: float) -> None:
        done.append("again")
        if len(done) < 3:
            agenda.at(now, again, "loop")

    agenda.at(1.0, again, "loop")
    agenda.fire(1.0)
    assert done == ["again"] * 3
