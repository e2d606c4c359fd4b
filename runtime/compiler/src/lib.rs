//! Python source to bytecode.
