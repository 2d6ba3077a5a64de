"""English and Chinese side by side: reading, cleaning and checking of sentence pairs."""
