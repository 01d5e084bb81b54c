"""What runs outside the web process: the jobs, the worker that runs them and the relay that wakes them."""
