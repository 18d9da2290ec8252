"""Sample Drives: a made-up company, its ERP exports, and what a scan of them must and must not find."""
