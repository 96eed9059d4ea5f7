"""Marian's translators with a recurrent decoder: the network, how a text is cut into its pieces, and the model."""
