"""How do weights and a ratio become a mixture? The parts behind `converters.mix`, each answering one question."""
