"""What Python and the page agree on: the choices by name and the limits (`choices.py`), the types of what is sent
(`records.py`), the colours.

Python reads it here; JavaScript and its tests read `js/state/schema.js`, which `writing.py` writes:

    python -c "from attnviz.client import schema; schema.write()"

Names are written as the page has them.
"""

from attnviz.client.schema.choices import (
    CELLS,
    CHOICES,
    CHOSEN,
    IN_ADDRESS,
    MOST_OVER,
    MOST_ROLLED,
    MOST_SWITCHED,
    SQUARE,
    THUMBNAIL,
    WALK,
    WHOLE,
)
from attnviz.client.schema.records import State
from attnviz.client.schema.writing import FILE, javascript, write

__all__ = [
    "CELLS",
    "CHOICES",
    "CHOSEN",
    "FILE",
    "IN_ADDRESS",
    "MOST_OVER",
    "MOST_ROLLED",
    "MOST_SWITCHED",
    "SQUARE",
    "THUMBNAIL",
    "WALK",
    "WHOLE",
    "State",
    "javascript",
    "write",
]
