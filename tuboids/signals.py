"""What is said within the transactions that store and delete tuboids, for apps that follow them."""

from django.dispatch import Signal

tuboid_stored = Signal()  # tuboid: TiledTuboid
tuboids_to_delete = Signal()  # ids: of tuboids that are locked and still there, with their labels
