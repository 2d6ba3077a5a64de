"""What an article asks for without a language model: its lead from the body, a heading, the next paragraph.

What is asked for must be readable in the request: how much of an answer stands there is measured, and too little is
a reject. An article gives at most one lead and a few rows of the other tasks, so that long ones do not prevail.
"""

from converters.article_tasks.clean_passages import passages
from converters.article_tasks.leads import lead
from converters.article_tasks.next_paragraphs import continuations
from converters.article_tasks.section_headings import headings
from converters.article_tasks.task import Refusal, Task

__all__ = ["Refusal", "Task", "continuations", "headings", "lead", "passages"]
