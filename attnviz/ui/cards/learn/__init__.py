"""What stands on Learn beside the way."""
