"""Projects: the contract's tables, and deployments, which are the series of all projects.

A project's own columns are rows of `ProjectColumn`. A deployment keeps its values of them as JSON, by the column's id:
a column can be renamed without a look at the deployments, and no statement has a name that a user has chosen.
"""

from django.conf import settings
from django.db import models

from sticky_pi_api.core.projects import Level
from stickypi.models import Recorded


class Project(Recorded):
    """A study."""

    name = models.CharField(max_length=32)
    description = models.CharField(max_length=256, null=True, blank=True)
    notes = models.CharField(max_length=2048, null=True, blank=True)

    class Meta:
        db_table = "projects"

    def __str__(self) -> str:
        return self.name


class ProjectPermission(Recorded):
    """What a user may do in a project."""

    LEVELS = [(Level.READ.value, "read"), (Level.WRITE.value, "write"), (Level.ADMIN.value, "admin")]

    parent_project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="permissions", db_index=False)
    parent_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="project_permissions"
    )
    level = models.PositiveSmallIntegerField(choices=LEVELS)

    class Meta:
        db_table = "project_permissions"
        constraints = [
            models.UniqueConstraint(fields=["parent_project", "parent_user"], name="permission_project_user")
        ]

    def __str__(self) -> str:
        return f"{self.parent_user}: {self.get_level_display()}"


class ProjectColumn(models.Model):
    """A column of a project's own. That its name is the only one of its kind is seen to under the project's lock."""

    parent_project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="columns")
    name = models.CharField(max_length=64)
    sql_type = models.CharField(max_length=16, help_text="As its values are checked, e.g. VARCHAR(20).")

    class Meta:
        db_table = "project_columns"

    def __str__(self) -> str:
        return f"{self.name} {self.sql_type}"


class Deployment(Recorded):
    """A trap in the field from one moment to another, and what its project records of it."""

    parent_project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="deployments", db_index=False)
    device = models.CharField(max_length=8, help_text="The trap: 8 hexadecimal characters.")
    start_datetime = models.DateTimeField("start", help_text="UTC.")
    end_datetime = models.DateTimeField("end", help_text="UTC.")
    values = models.JSONField(default=dict, blank=True, help_text="By the id of the project's column.")

    class Meta:
        db_table = "deployments"
        constraints = [
            models.UniqueConstraint(
                fields=["parent_project", "device", "start_datetime", "end_datetime"], name="deployment_project_device"
            )
        ]
        # Where and for what a trap stood when it took an image.
        indexes = [models.Index(fields=["device", "start_datetime", "end_datetime"], name="deployment_device")]

    def __str__(self) -> str:
        return f"{self.device} {self.start_datetime:%Y-%m-%d} to {self.end_datetime:%Y-%m-%d}"
