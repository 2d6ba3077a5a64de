"""How is a model loaded and fed? Settings, tokens, batches, losses, and the processes that share the work."""
