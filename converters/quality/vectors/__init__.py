"""How does each example get a vector? Of the model itself, or of one that was made for that; windows, and the file."""
