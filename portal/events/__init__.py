"""Events and performances as we hold them. The room is empty until the sync of performances arrives."""
