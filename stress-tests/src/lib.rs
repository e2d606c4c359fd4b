//! Models and stress runs of what the runtime synchronizes.
