"""The operations on a folder: tables in `database.db`, files beside it under the contract's keys."""
