"""A Plotly figure on a page."""

from __future__ import annotations

import streamlit as st

from attnviz.figures import Figure


def chart(figure: Figure, key: str, alt: str) -> None:
    """A figure as it stands: its own colours, no buttons over it."""
    config = {"displayModeBar": False, "doubleClick": False}
    st.plotly_chart(figure, key=key, theme=None, config=config, alt=alt)
