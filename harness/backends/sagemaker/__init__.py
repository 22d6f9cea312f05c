"""SageMaker training and processing jobs through boto3: request, translate, bus, limiter, backend."""
