"""A package with a __main__."""
from . import sub
from .sub import value as renamed
__all__ = ["renamed"]
