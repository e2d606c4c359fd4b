"""What the programs beside this one ask of their process."""


def resident():
    """The bytes of memory that the process has in use."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096
