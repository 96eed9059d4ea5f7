"""What a weight moves, which is more than how large it is: its meaning in every way that can be measured (`meaning.py`,
`norms.py`), how much of a row could be otherwise (`freedom.py`), where through all layers a vector comes from
(`rollout.py`), and who wrote the next word (`writing.py`)."""
