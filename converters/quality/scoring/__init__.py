"""How do the scores of a dataset come about? Metrics, passes over its rows, what is done already, the file."""
