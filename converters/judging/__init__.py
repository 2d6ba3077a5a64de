"""Judging a conversation: which kind of request it is, and what is wrong with the answer."""
