"""What is said within the transactions that change labels, for apps that follow them."""

from django.dispatch import Signal

# before, after: {(id of the source, id of the tuboid): id of the taxon}, the latest labels of tuboids that are locked
latest_labels_changed = Signal()

labels_stored = Signal()  # new: NewLabel of each, parents: the id of its tuboid
labels_to_delete = Signal()  # ids: of labels that are still there
