"""What may be changed in a run: the kinds of change (`kinds.py`), the one place where each is applied (`applying.py`),
and how a link and a lesson write them (`linked.py`)."""
