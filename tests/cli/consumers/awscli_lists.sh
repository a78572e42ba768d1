# List a bucket, wait until the first credentials are over, list it again.
# Arguments: the program `aws`, the bucket, seconds.
set -e
"$1" s3api list-objects-v2 --bucket "$2"
sleep "$3"
"$1" s3api list-objects-v2 --bucket "$2"
