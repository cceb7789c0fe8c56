"""What supervisors may do, for every face of the product that lets them: HTTP, the console, the command line."""
