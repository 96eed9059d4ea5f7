"""Training: small models that learn, on this machine, what their attention then shows."""
