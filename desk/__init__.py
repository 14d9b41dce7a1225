"""The curators' desk: pages of the admin that cross the other apps. The fleet, a device in time, an image at work."""
