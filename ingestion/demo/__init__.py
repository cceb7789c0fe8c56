"""The demo shop, Larkfield: everything in it was written for this project, and nobody in it exists."""
