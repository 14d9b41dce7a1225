"""Users, tokens, roles."""
