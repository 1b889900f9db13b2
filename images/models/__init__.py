"""Trained models: one folder each, with its data, the script that made it and a NumPy reference."""
