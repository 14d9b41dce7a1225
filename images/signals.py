"""What is said within the transactions that store and delete images, for apps that follow them."""

from django.dispatch import Signal

images_stored = Signal()  # images: [Image]
images_deleted = Signal()  # images: [Image], of which device and datetime are known
