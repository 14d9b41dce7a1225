"""People among the algorithms: what a person annotates or labels has `human:<user name>` for its algo_name."""

PERSON_PREFIX = "human:"


def person_algo_name(username: str) -> str:
    """The algo_name of what a person annotates or labels."""
    return f"{PERSON_PREFIX}{username}"


def is_person(algo_name: str) -> bool:
    """Whether an algo_name is that of a person."""
    return algo_name.startswith(PERSON_PREFIX)
