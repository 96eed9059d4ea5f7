"""The page: Streamlit, and what serves it."""
