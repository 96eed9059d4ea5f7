"""What stands folded below the explorer, and is asked of the server."""
