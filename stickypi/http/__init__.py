"""What the HTTP views of all apps share."""
