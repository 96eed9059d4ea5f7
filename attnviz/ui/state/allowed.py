"""Which models a person may ask for: on one's own computer any; a visitor those that are offered, those that were named
at the start (`service/named.py`), and runs of the Train page.
"""

from __future__ import annotations

import streamlit as st
from streamlit import runtime

from attnviz.models import ModelError
from attnviz.models.names import Meant, Run, Weights, offered
from attnviz.models.names.choosing import weights_for
from attnviz.request import Input
from attnviz.service import named
from attnviz.ui.serving.hosts import is_loopback, listens_here_only

# A proxy says in these for whom it asks; one's own browser sends none of them.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")


def weights_of(name: str, *asked: Input) -> Weights:
    """The weights that a person asks for by a name, to read all of this.

    Every model that a page loads comes through here.

    Raises:
        ModelError: a visitor asks for what is not offered; the same sentence whether it is there or not.
    """
    weights = weights_for(meant(name), *asked)
    if is_visitor() and not (isinstance(weights, Run) or weights in offered() or name in named.named_models()):
        raise ModelError(
            f"“{name[:80]}” is not among the models of this page. Choose one from its list; whoever runs the page can "
            "add others at the start."
        )
    return weights


def meant(name: str) -> Meant:
    """What a name means, whether one may have them or not. What a visitor names is not looked for."""
    return named.meant(name, look=not is_visitor())


def shown_place_of(weights: Weights) -> str:
    """What `load_model` is given for them, for a person to read; a visitor learns of what was named at the start the
    name alone."""
    return weights.name if is_visitor() and not isinstance(weights, Run) else weights.place


def is_visitor() -> bool:
    """Whether the person may be somebody else than the owner of this computer.

    A server that listens to others takes everybody for a visitor, its owner too: through a proxy or out of a container
    all seem to come from this computer itself. One that listens here alone takes for a visitor who comes from another
    address all the same, or through something that forwards.
    """
    if not runtime.exists():
        return False  # nobody is served: a test, or a script
    if not listens_here_only():
        return True
    return not is_here()


def is_here() -> bool:
    """Whether the browser is on the computer that serves it, as far as its address says."""
    address, headers = st.context.ip_address, st.context.headers  # no address: this computer's
    is_elsewhere = isinstance(address, str) and not is_loopback(address)
    return not is_elsewhere and not any(name in headers for name in _FORWARDED)
