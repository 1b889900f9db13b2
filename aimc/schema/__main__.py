"""`python -m aimc.schema`: write the published JSON Schemas, as they have to be."""

from aimc import schema

for path, text in schema.texts().items():
    path.write_text(text, encoding="utf-8")
