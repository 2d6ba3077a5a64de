"""Which texts are the same, nearly the same, or contain one another; and how what is found leaves a dataset."""
