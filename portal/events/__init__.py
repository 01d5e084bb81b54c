"""The theatre's programme as we hold it: events, their performances, and how the last sync went."""
