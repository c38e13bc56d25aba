//! Sealed segments: immutable columnar files of the traces and observations, or the scores, of one project and week.
