"""v2xconform: protocol conformance and interoperability tests for vehicle-to-grid charging."""

__version__ = "0.1.0"
