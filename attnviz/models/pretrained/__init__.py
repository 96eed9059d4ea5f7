"""Models of the transformers library, run through our attention: of texts, of pictures, of sounds.

The library itself is imported in `library.py` alone, and late.
"""
