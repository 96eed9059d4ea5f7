"""Tasks about pictures: scenes of handwritten digits, and what is asked of them."""
