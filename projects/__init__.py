"""Projects: who may see and change them, and their deployments: which trap stood where, when, with which bait."""
