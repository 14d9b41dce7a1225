"""Django's backend for MariaDB, for requests that must not wait for ever."""
