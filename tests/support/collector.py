"""Python's garbage collector, kept from what stays until the end."""

import gc


def spare_the_collector() -> None:
    """Let the collector look no more at what there is now.

    Modules and the list of tests are hundreds of thousands of objects; to walk them again and again took a
    quarter of the whole time.
    """
    gc.collect()
    gc.freeze()
