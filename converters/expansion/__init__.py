"""Passages into instruction data with a language model: plan, ask, judge, build."""
