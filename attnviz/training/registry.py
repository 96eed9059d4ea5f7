"""The tasks that can be learned here. Another one is a module of its own, and a line here: names, the command, the
pages and the files all read this list."""

from __future__ import annotations

from attnviz.training.agreement import GrammarTask
from attnviz.training.french import FrenchTask
from attnviz.training.induction import InductionTask
from attnviz.training.picture import PictureTask
from attnviz.training.stories import StoriesTask
from attnviz.training.tasks import Task

_ALL: tuple[Task, ...] = (GrammarTask(), InductionTask(), StoriesTask(), FrenchTask(), PictureTask())
TASKS: dict[str, Task] = {task.name: task for task in _ALL}


def on_pages() -> dict[str, Task]:
    """Those that the pages offer."""
    return TASKS
