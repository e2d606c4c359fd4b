//! Script tests: Python programs and what CPython 3.14 printed for them.
