"""`python -m aimc`: the same as the `aimc` command."""

import sys

from aimc.cli import main

if __name__ == "__main__":
    sys.exit(main())
