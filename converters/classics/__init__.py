"""Whether a classical sentence and its modern rendering really correspond."""
