"""``python -m v2xconform``: the same as the command ``v2xconform``."""

from v2xconform.cli import main

main()
