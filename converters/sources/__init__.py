"""One public source per file; `converters.registry` names them all."""
