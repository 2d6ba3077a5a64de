"""How hard is a task for a model, would a prompt do, and with how many examples should training begin?

Measures the untouched model on a sample of the task's own examples; trains nothing and chooses nothing.
"""
