"""System calls of files, by what they work on: `descriptors`, `io` (content), `metadata`, `names`."""
