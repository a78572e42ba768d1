"""What configure changes in the AWS config file."""
