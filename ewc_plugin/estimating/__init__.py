"""What will a stage cost? Tokens, steps, GPU memory and hours of a recipe, counted before anything is trained.

`tokens` counts the data with the host's own encoder, `steps` is transformers' arithmetic, `tracing` runs the model's
code on the meta device (shapes without numbers) and counts parameters, operations and what is kept for the backward
pass, `memory` and `speed` make bytes and seconds of it, `page` says it. None imports the host.
"""
