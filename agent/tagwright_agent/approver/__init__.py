"""The approver as a service: its word for the applier, and the page on which people decide."""
