"""What the queries of all apps share: rows for the wire, LIKE, loose index scans, keyset conditions, locks, errors."""
