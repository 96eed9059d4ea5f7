"""Models whose weights come in Python packages: which there are, where they lie, and what is made of their files."""
