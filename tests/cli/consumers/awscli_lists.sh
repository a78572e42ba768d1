# List a bucket, wait until the first credentials have expired, and list it again.
# Arguments: path of the AWS CLI, bucket, seconds.
set -e
"$1" s3api list-objects-v2 --bucket "$2"
sleep "$3"
"$1" s3api list-objects-v2 --bucket "$2"
