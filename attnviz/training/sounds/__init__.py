"""Tasks about sounds: a voice and a telephone's keys, and what is written of them."""
