"""What did a selection keep, what did it leave, and why? One HTML file to look at, and its numbers as JSON."""

from converters.quality.page.writing import numbers, write

__all__ = ["numbers", "write"]
