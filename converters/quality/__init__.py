"""Which examples are worth training on? Scores, vectors, clusters, core sets, difficulty, samples and balance.

torch, transformers and sentence-transformers are imported here alone in `converters`, inside the functions that use
them; `host` is the one file that knows LLaMA-Factory.
"""
