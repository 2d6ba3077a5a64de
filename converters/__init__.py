"""Raw Chinese corpora become LLaMA-Factory datasets. `python -m converters --help` is the way in."""

__version__ = "0.1.0"
