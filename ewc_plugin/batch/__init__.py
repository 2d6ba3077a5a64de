"""How many tokens does an optimiser step see? `batch_tokens` as accumulation, for any number of GPUs, and measured.

`reckoning` is the arithmetic, `lengths` how long a sequence is, `keys` what becomes of a recipe's keys, `meter` counts
in the trainer. None knows the host: `host` reads the keys and the data.
"""
