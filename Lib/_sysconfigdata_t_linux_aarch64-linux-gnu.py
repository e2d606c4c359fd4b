"""Under this name `sysconfig` looks for what was known when the runtime was built."""

from _ophion_build_variables import build_time_vars
