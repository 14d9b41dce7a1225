"""Query parameters of annotations."""

from django_filters import CharFilter, NumberFilter

from images.filters import ImageFilters, IndexedDeviceFilter
from stickypi.http.filters import UTCDateTimeFilter


class AnnotationFilters(ImageFilters):
    """By image, algorithm and number of insects found."""

    device = IndexedDeviceFilter(field_name="parent_image__device")
    start = UTCDateTimeFilter(field_name="parent_image__datetime", lookup_expr="gte", label="Taken at or after, UTC")
    end = UTCDateTimeFilter(field_name="parent_image__datetime", lookup_expr="lt", label="Taken before, UTC")
    parent_image_id = NumberFilter(field_name="parent_image__id", label="Id of the image")
    algo_name = CharFilter(label="Algorithm")
    algo_version = CharFilter(label="Version of the algorithm")
    min_objects = NumberFilter(field_name="n_objects", lookup_expr="gte", label="At least that many insects")
    max_objects = NumberFilter(field_name="n_objects", lookup_expr="lte", label="At most that many insects")
