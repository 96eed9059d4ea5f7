"""One file a page; `main.py` sets them up."""
