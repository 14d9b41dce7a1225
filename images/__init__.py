"""Images of the sticky cards: their files and metadata."""
