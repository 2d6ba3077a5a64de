"""Reckoning done again: what an answer computes, against what its numbers give."""
