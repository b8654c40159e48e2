"""What each agency agreed to send, and the local area that receives it."""
