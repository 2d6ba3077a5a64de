"""Models that somebody else serves: asking an endpoint, keeping what it answered, and measuring it."""
