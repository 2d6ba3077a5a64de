"""Old books: how their editions are read, what state their text is in, and what can be asked about a chapter."""
