"""Databases of the published Sticky Pi service (2020/21 and 2022/23), taken over in place: `manage.py adopt`."""
