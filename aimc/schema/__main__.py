"""`python -m aimc.schema`: print the JSON Schema of the `--stats` document."""

import sys

from aimc import schema

sys.stdout.write(schema.text())
