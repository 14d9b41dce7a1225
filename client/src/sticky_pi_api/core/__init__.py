"""What client and server agree on, pure: no network, no database, no Django.

The server imports this package and nothing else of the client.
"""
