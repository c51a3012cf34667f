"""Networks whose features describe how an image looks."""
