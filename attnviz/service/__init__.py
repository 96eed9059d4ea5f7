"""What pages ask for, computed once and remembered, and the runs that go on in the background. No Streamlit in it."""
