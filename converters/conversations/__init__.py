"""Conversations as the corpora write them, made into ours."""
