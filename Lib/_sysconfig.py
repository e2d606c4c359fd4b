"""What `sysconfig` asks a native module for: the variables that say how the runtime itself was built."""


def config_vars():
    """Return the build variables that do not depend on where the runtime is installed."""
    return {"Py_GIL_DISABLED": 1, "Py_DEBUG": 0}
