"""What stands on the pages, each card by itself."""
