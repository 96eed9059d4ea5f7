"""The pages, as a test drives them: a file a page."""

from __future__ import annotations

from tests.browser.pages.compare import Compare
from tests.browser.pages.explore import Explore
from tests.browser.pages.explorer import Explorer, weight_in_words
from tests.browser.pages.explorer_file import ExplorerFile
from tests.browser.pages.learn import Learn
from tests.browser.pages.train import Train

__all__ = ["Compare", "Explore", "Explorer", "ExplorerFile", "Learn", "Train", "weight_in_words"]
