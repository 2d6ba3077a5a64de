"""What did a selection keep, what did it leave, and why? One HTML file to look at, made of numbers that are JSON too.

Not here: where both are written (`picked`).
"""

from converters.quality.page.layout import page
from converters.quality.page.reckoning import numbers

__all__ = ["numbers", "page"]
