//! Instructions, code units and constants: what the compiler makes and the virtual machine runs.
