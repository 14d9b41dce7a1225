"""What is said within the transactions that store and delete annotations, for apps that follow them."""

from django.dispatch import Signal

annotations_stored = Signal()  # new: NewAnnotation of each, parents: the id of its image
annotations_to_delete = Signal()  # ids: of annotations that are still there
