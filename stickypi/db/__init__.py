"""What the queries of all apps share: rows, LIKE, skips through an index, retries after deadlocks."""
