"""The desk's pages, their data as JSON, and the pictures in them."""
