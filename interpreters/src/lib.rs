//! Many interpreters in one process, and what passes between them.
