"""How fast it is: pytest-benchmark, without limits."""
