"""Monitors and verdicts."""
