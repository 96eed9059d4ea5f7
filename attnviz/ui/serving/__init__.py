"""The server around the pages: who is answered, and what each answer tells the browser to allow."""

from __future__ import annotations

from starlette.middleware import Middleware

from attnviz.ui.serving.headers import Headers
from attnviz.ui.serving.hosts import Hosts
from attnviz.ui.serving.start import lifespan, settle

__all__ = ["lifespan", "middleware", "settle"]


def middleware() -> list[Middleware]:
    """What every request passes, the first one first: a refusal has the headers as well."""
    return [Middleware(Headers), Middleware(Hosts)]
