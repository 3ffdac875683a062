//! ferrolab
