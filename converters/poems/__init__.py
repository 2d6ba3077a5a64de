"""Classical verse: its lines, tones, rhymes, forms and tunes."""
