// A target needs a source; what is precompiled are headers.
