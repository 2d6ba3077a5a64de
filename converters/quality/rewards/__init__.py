"""How good does a reward model find an answer? LLaMA-Factory's value heads, and models for sequence classification."""
