"""Monitors: rules that read the trace of every test case, event by event, and yield findings.

A monitor has a `name`, ``see(event)`` for each event in order and ``end(event)`` with the last one. Nothing else: no clock,
no I/O, no knowledge of the test case. `MONITORS` is the list that a run and a re-judgement use alike.
"""
