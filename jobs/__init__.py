"""What runs outside the web process: two jobs, the worker that runs them and the relay that wakes them."""
