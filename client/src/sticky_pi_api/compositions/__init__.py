"""What clients make of the operations; each function takes any implementation of them."""
