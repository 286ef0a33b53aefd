"""Monitors of OCPP."""
