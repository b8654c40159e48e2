"""The seven stops from a received file to a published release."""
