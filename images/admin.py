"""Images in the admin."""
