"""Handwritten digits: a 64–512–512–10 int8 network for a tile; see `README.md`."""
