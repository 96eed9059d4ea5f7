"""Models of the transformers library that read a text: as which tokens, in which run, and what can be asked of them."""
