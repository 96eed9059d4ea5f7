"""What all pages need, done before anybody comes: several who came at once found modules that were half imported."""

from __future__ import annotations

from importlib import import_module

_PAGES = ("attnviz.ui.pages.explore", "attnviz.ui.pages.compare", "attnviz.ui.pages.train")
# What Streamlit and plotly import as late as a page needs it. Their parts import one another in circles, and Python
# lets a second thread see such a circle before it is closed.
_LATE = ("pandas", "pyarrow", "plotly.io", "plotly.graph_objs")


def prepare() -> None:
    """Import the pages and what they import late, and stand between the browsers and Streamlit."""
    for module in (*_LATE, *_PAGES):
        import_module(module)
    import_module("attnviz.ui.serving.sessions").watch()
    import_module("attnviz.ui.serving.uploads").bound()
