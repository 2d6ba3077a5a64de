"""How bytes that a user brought become records: places, compression, archives, encodings, lines, JSON, tables, XML."""
