"""The tasks that can be learned here. Another one is a module of its own, and a line here: names, the command, the
pages and the files all read this list."""

from __future__ import annotations

from attnviz.training.pictures.beside import BesideTask
from attnviz.training.pictures.digit import DigitTask
from attnviz.training.pictures.picture import PictureTask
from attnviz.training.sounds.tones import TonesTask
from attnviz.training.sounds.voice import VoiceTask
from attnviz.training.tasks import Task
from attnviz.training.words.french.task import FrenchTask
from attnviz.training.words.grammar.task import GrammarTask
from attnviz.training.words.induction import InductionTask
from attnviz.training.words.stories.task import StoriesTask

_WORDS: tuple[Task, ...] = (GrammarTask(), InductionTask(), StoriesTask(), FrenchTask())
_ALL: tuple[Task, ...] = (*_WORDS, PictureTask(), DigitTask(), BesideTask(), VoiceTask(), TonesTask())
TASKS: dict[str, Task] = {task.name: task for task in _ALL}
