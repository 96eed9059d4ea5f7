"""The tasks that can be learned here. Another one is a module of its own, and a line here: names, the command, the
pages and the files all read this list."""

from __future__ import annotations

from attnviz.training.agreement import GrammarTask
from attnviz.training.beside import BesideTask
from attnviz.training.digit import DigitTask
from attnviz.training.french import FrenchTask
from attnviz.training.induction import InductionTask
from attnviz.training.picture import PictureTask
from attnviz.training.stories import StoriesTask
from attnviz.training.tasks import Task
from attnviz.training.tones import TonesTask
from attnviz.training.voice import VoiceTask

_WORDS: tuple[Task, ...] = (GrammarTask(), InductionTask(), StoriesTask(), FrenchTask())
_ALL: tuple[Task, ...] = (*_WORDS, PictureTask(), DigitTask(), BesideTask(), VoiceTask(), TonesTask())
TASKS: dict[str, Task] = {task.name: task for task in _ALL}
